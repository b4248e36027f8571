"""Each mistake is made for real, and the admin reads in the sign-in log what it was."""

import hashlib
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from webtest import TestApp

from tests.factories import World
from tests.functional.signin.conftest import FromNow, Site


class TestTimes:
    @pytest.mark.parametrize(
        ("claims", "words"),
        [
            ({"iat": FromNow(211), "exp": FromNow(331)}, "s ahead of ours"),
            ({"iat": FromNow(-214), "exp": FromNow(-94)}, "s too late"),
            ({"iat": FromNow(7200), "exp": FromNow(7320)}, "off by +2 hours"),
            ({"iat": FromNow(-3600), "exp": FromNow(-3480)}, "off by -1 hours"),
            ({"iat": "(current unix timestamp)"}, "placeholder in “iat”"),
        ],
    )
    def test_clocks(
        self,
        site: Site,
        browser: TestApp,
        hint: Callable[[], str],
        claims: dict[str, Any],
        words: str,
    ) -> None:
        site.send(browser, "/auth/callback", **claims)
        assert words in hint()

    def test_milliseconds(self, site: Site, browser: TestApp, hint: Callable[[], str]) -> None:
        """As JavaScript's Date.now() has them."""
        site.send(browser, iat=int(time.time() * 1000))
        assert hint() == "iat is in milliseconds. Send seconds."


class TestClaims:
    @pytest.mark.parametrize(
        ("path", "claims", "words"),
        [
            ("/jwt", {"email": "{{ user.email }}"}, "placeholder in “email”"),
            ("/jwt", {"email": "<e-mail of the user>"}, "placeholder in “email”"),
            ("/jwt", {"name": "YOUR_NAME"}, "placeholder in “name”"),
            ("/jwt", {"name": "${user.name}"}, "placeholder in “name”"),
            ("/jwt", {"jti": "(unique id)"}, "placeholder in “jti”"),
            ("/auth/callback", {"tenant": "your-tenant-slug"}, "placeholder in “tenant”"),
            ("/jwt", {"jti": ..., "exp": FromNow(60)}, "The token has no “jti”."),
        ],
    )
    def test_what_nobody_filled_in(
        self,
        site: Site,
        browser: TestApp,
        hint: Callable[[], str],
        path: str,
        claims: dict[str, Any],
        words: str,
    ) -> None:
        site.send(browser, path, **claims)
        assert words in hint()

    @pytest.mark.parametrize(
        "name", ["Carlo (unknown)", "<b>Cleo</b>", "Your Name", "{Cleo}", "Dr. $ {x}", "100 %"]
    )
    def test_names_that_somebody_may_have(self, site: Site, browser: TestApp, name: str) -> None:
        assert site.send(browser, name=name).status_int == 303

    def test_another_dialects_address(
        self, site: Site, browser: TestApp, hint: Callable[[], str]
    ) -> None:
        """Issuely's token at HappyFox's address."""
        site.send(browser, "/jwt", companyId="comp_acme", jti=..., iat=...)
        assert hint() == (
            "The token has “companyId”, as those of Issuely do: they belong at /api/auth/sso."
        )

    def test_the_wrong_audience(self, site: Site, browser: TestApp, world: World) -> None:
        site.send(browser, "/auth/callback", aud="https://other.example")
        failed = site.last().trace[-1]
        assert failed["seen"] == "https://other.example"
        assert failed["wanted"] == f"http://localhost{world.url('/')}"

    def test_a_dialect_that_is_off(self, site: Site, browser: TestApp) -> None:
        site.send(browser, "/access/jwt")
        failed = site.last().trace[-1]
        assert (failed["seen"], failed["wanted"]) == ("zendesk", "central, happyfox")

    @pytest.mark.parametrize(
        "claims", [{"iat": FromNow(-900)}, {"name": ["x"]}, {"nbf": FromNow(900)}]
    )
    def test_who_it_was_is_known_once_the_signature_is_right(
        self, site: Site, browser: TestApp, claims: dict[str, Any]
    ) -> None:
        site.send(browser, jti="the-id", **claims)
        line = site.last()
        assert line.masked_email == "cl•••@customer.test"
        assert line.jti_hash == hashlib.sha256(b"the-id").hexdigest()

    def test_before_that_nobody_is_named(self, site: Site, browser: TestApp) -> None:
        site.send(browser, secret="x" * 40)
        assert (site.last().masked_email, site.last().jti_hash) == (None, None)


class TestShapes:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda raw: f'"{raw}"', "in quotation marks"),
            (lambda raw: f"Bearer {raw}", "without the word “Bearer”"),
            (lambda raw: raw.replace(".", "%2E"), "URL-encoded twice"),
            (lambda raw: f"{raw}&redirect=/x", "“&” was encoded together"),
            (lambda raw: f"{raw}?lang=de", "two question marks"),
            (lambda raw: f"{raw[:60]}\n{raw[60:]}", "A line break is inside the token"),
            (lambda raw: raw.rpartition(".")[0], "no signature"),
            (lambda raw: f"{raw}.x.y", "encrypted (JWE)"),
            (lambda raw: raw[:-2], "A part of the token is cut off."),
            (lambda raw: raw[:-3], "The end of the token is missing"),
            (lambda raw: f"{raw.rpartition('.')[0]}.", "has no signature"),
            (lambda raw: raw + "=", "Remove the padding"),
            (lambda _: "th_" + "x" * 43, "Send it to /auth/callback"),
        ],
    )
    def test_what_came_along_or_was_lost(
        self,
        site: Site,
        world: World,
        browser: TestApp,
        hint: Callable[[], str],
        change: Callable[[str], str],
        words: str,
    ) -> None:
        token = quote(change(site.token(secret="q" * 40)), safe="")
        browser.get(world.url(f"/jwt/?token={token}"), status="*")
        said = hint()
        assert words in said

    def test_references(self, site: Site, browser: TestApp, hint: Callable[[], str]) -> None:
        site.send(browser, "/auth/callback", token="th_" + "x" * 43)
        assert "Nobody asked this help desk for such a reference" in hint()


def test_the_reference_of_a_refusal_is_on_every_answer(
    site: Site, world: World, browser: TestApp
) -> None:
    """A page, JSON, the password form, and beside the tenants."""
    raw = quote(site.token(secret="x" * 40), safe="")
    for path, headers in (
        (world.url(f"/jwt/?token={raw}"), {}),
        (world.url(f"/jwt/?token={raw}"), {"Accept": "application/json"}),
        (world.url(f"/auth/callback?token={raw}"), {"Accept": "application/json"}),
        (f"/auth/callback?token={quote(site.token(tenant=world.slug, secret='x' * 40))}", {}),
    ):
        response = browser.get(path, headers=headers, status="*")
        assert response.status_int == 401, path
        assert site.last().reference in response.text
    form = browser.get(world.url("/login/local")).forms
    login = next(each for each in form.values() if "password" in each.fields)
    login["email"], login["password"] = "ada@acme.test", "wrong words"
    refused = login.submit(status=401)
    assert site.last().code == "credentials_invalid"
    assert site.last().reference in refused.text
