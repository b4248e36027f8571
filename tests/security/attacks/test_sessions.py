"""Sessions: fixation, flags, revocation, logout, two cookies of one name."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from pyramid.router import Router
from sqlalchemy import delete
from webtest import TestApp

from portal.security.api_keys import ApiKeyService
from portal.security.models import Session
from portal.security.sessions import SessionService
from tests.factories import PASSWORD, World
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL, WAYS, Way
from tests.security.browse import at

pytestmark = pytest.mark.security

KNOWN = "A" * 43


def cookie_of(target: Target, browser: TestApp) -> str:
    """The value of the browser's cookie."""
    return str(browser.cookies[f"portal-{target.slug}"]).strip('"')


def by_password(target: Target, browser: TestApp) -> Any:
    """Sign cleo in with her password."""
    form = browser.get(target.world.url("/login/local")).forms[0]
    form["email"], form["password"] = "cleo@customer.test", PASSWORD
    return form.submit(expect_errors=True)


def opens(target: Target, value: str) -> bool:
    """Whether a cookie value opens the portal."""
    browser = target.browser()
    browser.set_cookie(f"portal-{target.slug}", value)
    return int(browser.get(target.world.url("/tickets"), expect_errors=True).status_int) == 200


class TestFixation:
    @pytest.mark.parametrize("way", WAYS.values(), ids=lambda way: way.dialect)
    def test_the_attackers_cookie_is_not_the_victims(self, target: Target, way: Way) -> None:
        """An attacker plants a value that is known to them; the sign-in replaces it."""
        victim = target.browser()
        victim.set_cookie(f"portal-{target.slug}", KNOWN)
        assert target.send(way, target.token(way), victim).status_int == 303
        assert cookie_of(target, victim) != KNOWN
        assert not opens(target, KNOWN)
        assert opens(target, cookie_of(target, victim))

    def test_nor_with_a_password(self, target: Target) -> None:
        victim = target.browser()
        victim.set_cookie(f"portal-{target.slug}", KNOWN)
        assert by_password(target, victim).status_int == 303
        assert cookie_of(target, victim) != KNOWN
        assert not opens(target, KNOWN)

    def test_the_attackers_own_session_does_not_become_the_victims(self, target: Target) -> None:
        attacker = target.browser()
        target.send(CENTRAL, target.token(CENTRAL, email="dora@customer.test"), attacker)
        planted = cookie_of(target, attacker)
        victim = target.browser()
        victim.set_cookie(f"portal-{target.slug}", planted)
        page = target.send(CENTRAL, target.token(CENTRAL), victim).follow()
        assert "Switch to" in page.text, "she is asked, since somebody else is signed in there"
        page.forms[0].submit()
        assert target.site.signed_in(victim) == "cleo@customer.test"
        assert not opens(target, planted)
        assert target.site.signed_in(attacker) is None

    def test_every_sign_in_has_a_value_of_its_own(self, target: Target) -> None:
        browser, seen = target.browser(), set()
        for _ in range(5):
            target.send(CENTRAL, target.token(CENTRAL), browser)
            seen.add(cookie_of(target, browser))
        assert len(seen) == 5
        assert sum(opens(target, value) for value in seen) == 1
        assert all(len(value) == 43 for value in seen), "256 bits"

    @pytest.mark.parametrize(
        "value",
        ["", "A", "A" * 42, "A" * 44, "A" * 5000, "../../etc/passwd", "' or 1=1 --", "\xff" * 43,
            "0" * 43, "%00" * 14, "A" * 42 + "=",
         '"' + "A" * 43 + '"', "A" * 43 + ";x", "null", "true"],
    )  # fmt: skip
    def test_a_made_up_value_opens_nothing(self, target: Target, value: str) -> None:
        browser = target.browser()
        browser.lint = False
        headers = {"Cookie": f"portal-{target.slug}={value}"}
        answer = browser.get(target.world.url("/tickets"), headers=headers, expect_errors=True)
        assert answer.status_int == 303
        assert "/login" in answer.location


class TestFlags:
    @pytest.mark.parametrize("slug_root", [True, False])
    def test_on_https_the_cookie_is_closed_on_all_sides(
        self, production: Router, own: Target, factory: Any, slug_root: bool
    ) -> None:
        host = f"{own.slug}.help.test"
        world = own.world if slug_root else World(factory.create(host=host), production, factory)
        name = "portal.example" if slug_root else host
        browser = at(production, name, "https")
        page = browser.get(f"/{world.slug}/login/local" if slug_root else "/login/local")
        form = page.forms[0]
        form["email"], form["password"] = "cleo@customer.test", PASSWORD
        # The test browser keeps no Secure cookies of a host that it cannot resolve.
        (given,) = page.headers.getall("Set-Cookie")
        headers = {"Cookie": given.partition(";")[0], "Origin": f"https://{name}"}
        response = form.submit(headers=headers, expect_errors=True)
        assert response.status_int == 303
        for header in (given, *response.headers.getall("Set-Cookie")):
            parts = [part.strip() for part in header.split(";")]
            assert parts[0].startswith(f"__Host-portal-{world.slug}=")
            assert {"secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
            assert not any(part.lower().startswith("domain") for part in parts)
        assert response.headers["Strict-Transport-Security"]

    def test_a_cookie_without_the_prefix_is_nobodys_on_https(
        self, production: Router, own: Target
    ) -> None:
        """A neighbour on our domain can set `portal-…`, and cannot set `__Host-portal-…`."""
        browser = own.browser()
        own.send(CENTRAL, own.token(CENTRAL), browser)
        value = cookie_of(own, browser)
        for name, status in ((f"portal-{own.slug}", 303), (f"__Host-portal-{own.slug}", 200)):
            answer = at(production, "portal.example", "https").get(
                f"/{own.slug}/tickets", headers={"Cookie": f"{name}={value}"}, expect_errors=True
            )
            assert answer.status_int == status

    @pytest.mark.parametrize("way", WAYS.values(), ids=lambda way: way.dialect)
    def test_no_answer_of_a_sign_in_is_kept_or_told(self, target: Target, way: Way) -> None:
        response = target.send(way, target.token(way), target.browser())
        assert response.body == b""
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "token" not in response.location
        assert target.site.signed_in(target.browser()) is None


class TestTwoCookiesOfOneName:
    """A neighbour's cookie beside ours (cookie tossing): never more than being signed out."""

    @pytest.mark.parametrize("first", [True, False], ids=["the attacker's first", "ours first"])
    def test_somebody_is_either_themselves_or_nobody(self, target: Target, first: bool) -> None:
        victim = target.browser()
        target.send(CENTRAL, target.token(CENTRAL), victim)
        name, ours = f"portal-{target.slug}", cookie_of(target, victim)
        for theirs in (KNOWN, "x", "", '"x', "\\303\\050"):
            pairs = [f"{name}={theirs}", f"{name}={ours}"]
            header = "; ".join(pairs if first else pairs[::-1])
            answer = target.browser().get(
                target.world.url("/profile"), headers={"Cookie": header}, expect_errors=True
            )
            assert answer.status_int in (200, 303)
            assert "Cleo" in answer.text or "/login" in answer.location

    def test_a_form_of_the_attackers_browser_is_not_taken(self, target: Target) -> None:
        """With their own cookie planted, their own CSRF token would fit: but not beside a session
        that is the victim's."""
        attacker = target.browser()
        token = attacker.get(target.world.url("/login/local")).forms[0]["csrf_token"].value
        victim = target.browser()
        target.send(CENTRAL, target.token(CENTRAL), victim)
        answer = victim.post(target.world.url("/logout"), {"csrf_token": token}, expect_errors=True)
        assert answer.status_int == 400
        assert target.site.signed_in(victim) == "cleo@customer.test"


class TestRevocation:
    @pytest.mark.parametrize(
        "how", ["deleted", "by the backend", "logout", "of the user", "disabled"]
    )
    def test_it_counts_at_once(self, own: Target, how: str) -> None:
        browser, other = own.browser(), own.browser()
        for each in (browser, other):
            own.send(CENTRAL, own.token(CENTRAL), each)
        value, tenant = cookie_of(own, browser), own.site.tenant
        with own.world.factory.session(tenant.id) as db:
            if how == "deleted":
                db.execute(delete(Session).where(Session.tenant_id == tenant.id))
            elif how == "of the user":
                SessionService(db, tenant).end_all(own.world.seed.users["cleo"].id)
            elif how == "by the backend":
                key, secret = ApiKeyService(db, tenant).create("Backend", ["auth:redirect"])
        if how == "by the backend":
            own.browser().post_json(
                own.world.url("/api/auth/logout"), {"email": "CLEO@customer.test"},
                headers={"X-API-Key": key.public_id, "X-API-Secret": secret},
            )  # fmt: skip
        elif how == "logout":
            browser.get(own.world.url("/logout"))
        elif how == "disabled":
            from datetime import UTC, datetime

            own.site.change("cleo", disabled_at=datetime.now(UTC))
        assert not opens(own, value)
        assert opens(own, cookie_of(own, other)) == (how == "logout"), "only this browser's"


class TestLogout:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "document"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors",
                "Sec-Fetch-Dest": "image"},
            {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors",
                "Sec-Fetch-Dest": "script"},
            {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
            {"Sec-Purpose": "prefetch"},
            {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Site": "none"},
        ],
    )  # fmt: skip
    def test_another_site_signs_nobody_out(self, target: Target, headers: dict[str, str]) -> None:
        browser = target.browser()
        target.send(CENTRAL, target.token(CENTRAL), browser)
        page = browser.get(target.world.url("/logout"), headers=headers)
        assert page.status_int == 200
        assert target.site.signed_in(browser) == "cleo@customer.test"
        page.forms[0].submit()
        assert target.site.signed_in(browser) is None

    @pytest.mark.parametrize(
        "form", [{}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": "0" * 64}]
    )
    def test_a_form_from_elsewhere_signs_nobody_out(
        self, target: Target, form: dict[str, str]
    ) -> None:
        browser = target.browser()
        target.send(CENTRAL, target.token(CENTRAL), browser)
        assert browser.post(target.world.url("/logout"), form, expect_errors=True).status_int == 400
        assert target.site.signed_in(browser) == "cleo@customer.test"

    @pytest.mark.parametrize("path", ["/", "/tickets", "/profile", "/tickets/new"])
    def test_nothing_private_is_kept_for_the_back_button(self, target: Target, path: str) -> None:
        """`no-store` on every page; what Chromium makes of it is in the browser tests."""
        browser = target.browser()
        target.send(CENTRAL, target.token(CENTRAL), browser)
        assert "no-store" in browser.get(target.world.url(path)).headers["Cache-Control"]
        browser.get(target.world.url("/logout"))
        again = browser.get(target.world.url(path))
        assert "/login" in again.location
        assert "no-store" in again.headers["Cache-Control"]

    def test_the_way_out_leads_nowhere_else(self, own: Target) -> None:
        for url in (
            "https://www.acme.test/bye",
            "javascript:alert(1)",
            "//evil.test",
            "http://evil.test/",
        ):
            own.site.configure(remote_logout_url=url)
            browser = own.browser()
            own.send(CENTRAL, own.token(CENTRAL), browser)
            for query in (
                "",
                "?next=https://evil.test",
                "?redirect_url=//evil.test",
                "?return_to=/",
            ):
                location = browser.get(own.world.url(f"/logout{query}")).location
                assert urlsplit(location).netloc in ("localhost", "www.acme.test")
            assert own.site.signed_in(browser) is None
