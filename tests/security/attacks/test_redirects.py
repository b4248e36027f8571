"""Redirect targets: whatever is asked for, a browser ends at home or at a host that was listed.

The judge is a WHATWG URL parser, as browsers have it, not ours: of every address that the portal
sends a visitor to, it says the origin.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

import ada_url
import pytest
from webtest import TestApp
from webtest.response import TestResponse

from portal.security.api_keys import ApiKeyService
from portal.web.redirects import RESERVED, Blocked, SafeURL, safe_redirect
from tests.security.attacks.payloads import ALL, GENERATED, STARTS, TRICKS, WELCOME
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CANNY, CENTRAL, WAYS, ZENDESK

pytestmark = pytest.mark.security

US, LISTED = "http://localhost", "www.acme.test"
ALLOWED = {US, f"https://{LISTED}"}
HOMES = ("https://portal.example/acme", "https://help.acme.test", "http://localhost:6543/acme")


def fill(payload: str, slug: str, us: str = US) -> str:
    """A payload for a tenant."""
    filled = payload.replace("{slug}", slug).replace("{us}", us)
    return filled.replace("{listed}", LISTED)


def verdict_of(payload: str, home: str, slug: str) -> SafeURL | Blocked:
    """What the portal's own function says."""
    vendors = {way.path.split("/")[1] for way in WAYS.values()}
    return safe_redirect(
        payload, home=home, slug=slug, allowed_hosts=[LISTED], reserved=RESERVED | vendors
    )


def check_verdict(payload: str, home: str) -> bool:
    """Hold the function's verdict against the oracle; whether it let the visitor go there."""
    parts = ada_url.URL(home)
    filled = fill(payload, "acme", parts.origin)
    verdict = verdict_of(filled, home, "acme")
    if isinstance(verdict, Blocked):
        return False
    landed = ada_url.URL(str(verdict))
    assert landed.origin in {parts.origin, f"https://{LISTED}"}, payload
    assert landed.username == landed.password == "", payload
    assert verdict.isascii()
    assert not any(character <= " " for character in verdict)
    # Not only where we send the browser: also where it would have gone by itself.
    assert ada_url.URL(filled, base=f"{home}/").origin == landed.origin, payload
    if landed.origin == parts.origin:
        assert landed.pathname.startswith(parts.pathname.rstrip("/") + "/"), payload
        inside = landed.pathname[len(parts.pathname.rstrip("/")) :]
        assert inside.split("/")[1].lower() not in {"logout", "login", "auth", "api"}, payload
    return True


@pytest.mark.parametrize("start", STARTS, ids=[ascii(start)[1:-1] for start in STARTS])
def test_a_start_with_every_end(start: str) -> None:
    for home in HOMES:
        for payload in GENERATED:
            if payload.startswith(start):
                check_verdict(payload, home)


@pytest.mark.parametrize("trick", TRICKS, ids=[ascii(trick)[1:50] for trick in TRICKS])
def test_a_trick(trick: str) -> None:
    """None of them is taken anywhere."""
    for home in HOMES:
        assert not check_verdict(trick, home)


@pytest.mark.parametrize("payload", WELCOME)
def test_the_oracle_agrees_with_what_is_taken(payload: str) -> None:
    for home in HOMES:
        assert check_verdict(payload, home)


def test_every_byte_in_every_place() -> None:
    """Each character of two bytes and some beyond, in front of, inside and behind an address."""
    characters = [
        *map(chr, range(0x180)),
        *"\u2028\u2029\u3002\uff0e\uff0f\uff3c\u2044\u2215\ufeff",
    ]
    shapes = ("{c}//evil.test", "/{c}/evil.test", "//{c}evil.test", "https:{c}//evil.test",
        "https://{c}evil.test",
              "https://www.acme.test{c}evil.test", "https://www.acme.test{c}@evil.test",
              "/tickets{c}", "{c}https://evil.test",
              "https://www.acme.test{c}", "https{c}://evil.test", "/%{c}2fevil.test",
              "{c}{c}evil.test")  # fmt: skip
    for character in characters:
        for shape in shapes:
            for home in HOMES:
                check_verdict(shape.replace("{c}", character), home)


class Carrier(NamedTuple):
    """A way in which an address comes to us, and back as a redirect."""

    name: str
    send: Callable[[Target, TestApp, str], TestResponse]


def by_claim(target: Target, browser: TestApp, payload: str) -> TestResponse:
    return target.send(CENTRAL, target.token(CENTRAL, redirect_url=payload), browser)


def by_return_to(target: Target, browser: TestApp, payload: str) -> TestResponse:
    return target.send(ZENDESK, target.token(ZENDESK), browser, beside={"return_to": payload})


def by_redirect(target: Target, browser: TestApp, payload: str) -> TestResponse:
    return target.send(CANNY, target.token(CANNY), browser, beside={"redirect": payload})


def by_next(target: Target, browser: TestApp, payload: str) -> TestResponse:
    """The sign-in page remembers it for whoever comes back from the company's login."""
    asked = quote(payload, safe="", errors="surrogatepass")
    browser.get(target.world.url(f"/login?next={asked}"), expect_errors=True)
    return target.send(CENTRAL, target.token(CENTRAL), browser)


def by_parameter(target: Target, browser: TestApp, payload: str) -> TestResponse:
    """Beside the token, where anybody on the way could have put it: it is not read at all."""
    return target.send(CENTRAL, target.token(CENTRAL), browser, beside={"redirect_url": payload})


CARRIERS = (
    Carrier("the claim redirect_url", by_claim),
    Carrier("the parameter return_to", by_return_to),
    Carrier("the parameter redirect", by_redirect),
    Carrier("the sign-in page's next", by_next),
    Carrier("the parameter redirect_url", by_parameter),
)
#: Each start once, and every trick; those that no parameter can hold are for the claim alone.
SENT = tuple(dict.fromkeys((*TRICKS, *(start + "evil.test/" for start in STARTS))))


@pytest.mark.parametrize("carrier", CARRIERS, ids=[carrier.name for carrier in CARRIERS])
@pytest.mark.parametrize("part", range(8))
def test_carried(target: Target, carrier: Carrier, part: int) -> None:
    """From one end to the other: the sign-in works, and ends at home or at a listed host."""
    # The claim carries all of them, each of the other ways its share.
    share = SENT[part::8] if carrier.send is by_claim else SENT[part::8][part % 3 :: 3]
    for payload in share:
        filled = fill(payload, target.slug)
        if "\0" in filled and carrier.send is not by_claim:
            continue
        browser = target.browser()
        response = carrier.send(target, browser, filled)
        assert response.status_int == 303, payload
        landed = ada_url.URL(response.location)
        assert landed.origin in ALLOWED, payload
        assert "Set-Cookie: x" not in str(response.headers)
        if landed.origin == US:
            assert landed.pathname.startswith(f"/{target.slug}/"), payload
            assert not landed.pathname.startswith(f"/{target.slug}/logout"), payload
        assert target.site.signed_in(browser) == "cleo@customer.test"


@pytest.mark.parametrize("carrier", CARRIERS[:4], ids=[carrier.name for carrier in CARRIERS[:4]])
def test_a_good_target_is_carried(target: Target, carrier: Carrier) -> None:
    """Or the test above would be content with a portal that sends everybody home."""
    response = carrier.send(target, target.browser(), f"/{target.slug}/tickets")
    assert response.location == f"{US}/{target.slug}/tickets"


@pytest.mark.parametrize("part", range(4))
def test_the_backends_redirect_url(target: Target, part: int) -> None:
    """The API refuses what is not safe, and leads nowhere but to our own callback."""
    with target.world.factory.session(target.site.tenant.id) as db:
        key, secret = ApiKeyService(db, target.site.tenant).create("Backend", ["auth:redirect"])
    headers = {"X-API-Key": key.public_id, "X-API-Secret": secret}
    own = f"{US}/{target.slug}/auth/callback?token=th_"
    for payload in SENT[part::8]:
        filled = fill(payload, target.slug)
        body = {"email": "cleo@customer.test", "name": "Cleo", "redirect_url": filled}
        browser = target.browser()
        response = browser.post_json(
            target.world.url("/api/auth/redirect"), body, headers=headers, expect_errors=True
        )
        assert response.status_int in (302, 422), payload
        if response.status_int == 422:
            assert "Location" not in response.headers
            continue
        assert response.location.startswith(own)
        done = browser.get(response.location)
        assert ada_url.URL(done.location).origin in ALLOWED, payload


def test_there_are_hundreds_of_payloads() -> None:
    assert len(ALL) > 700
