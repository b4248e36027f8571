"""A tenant's token works once, and not for those who only look at its link."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from webtest import TestApp

from portal.signin.models import PendingLogin, SsoReplay
from tests.factories import World
from tests.functional.signin.conftest import Site


class TestReplay:
    def test_a_token_works_once(self, site: Site, browser: TestApp, world: World) -> None:
        raw = site.token()
        assert site.send(browser, token=raw).status_int == 303
        other = world.anonymous()
        page = site.send(other, token=raw)
        assert page.status_int == 401
        assert "already used" in page.text
        assert "Continue" not in page.text
        assert site.last().code == "token_replayed"
        assert site.signed_in(other) is None

    def test_not_even_at_another_endpoint_or_with_another_signature_text(
        self, site: Site, browser: TestApp
    ) -> None:
        raw = site.token(jti="one")
        assert site.send(browser, "/jwt/", token=raw).status_int == 303
        assert site.send(browser, "/auth/callback", token=raw).status_int == 401
        assert site.send(browser, "/jwt/", token=raw + "=").status_int == 400
        assert site.send(browser, "/jwt/", jti="one", name="Other").status_int == 401

    def test_whoever_is_signed_in_already_goes_on(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        raw = site.token()
        site.send(browser, token=raw)
        page = site.send(browser, token=raw)
        links = {a.text.strip(): a["href"] for a in page.html.main.find_all("a")}
        assert links["Continue"] == world.url("/")
        assert "Try again" not in links
        # Of a new account too, whose number the ledger learns last.
        raw = site.token(email="new@customer.test")
        fresh = world.anonymous()
        site.send(fresh, token=raw)
        assert "Continue" in site.send(fresh, token=raw).text

    def test_a_refused_token_is_not_used_up(self, site: Site, browser: TestApp) -> None:
        site.configure(provisioning="existing")
        raw = site.token(email="new@customer.test")
        assert site.send(browser, token=raw).status_int == 403
        site.configure(provisioning="create")
        assert site.send(browser, token=raw).status_int == 303


class TestProbes:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Purpose": "prefetch"},
            {"Sec-Fetch-Mode": "cors"},
            {"Sec-Fetch-Mode": "no-cors"},
            {"X-API-Key": "tk_x"},
            {"Accept": "application/json"},
            {"Accept": "application/json, text/plain, */*"},
        ],
    )
    def test_a_program_uses_nothing_up(
        self, site: Site, world: World, browser: TestApp, headers: dict[str, str]
    ) -> None:
        raw = site.token()
        response = browser.get(world.url("/jwt/"), {"token": raw}, headers=headers)
        url = f"http://localhost{world.url('/jwt/')}?token={raw}"
        assert response.status_int == 200
        assert response.json == {"success": True, "redirect_url": url}
        assert response.headers["Location"] == url
        assert site.signed_in(browser) is None
        assert site.log() == []
        # The visitor who is sent there signs in.
        assert browser.get(response.json["redirect_url"]).status_int == 303
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_a_click_on_what_was_fetched_ahead_goes_on_from_there(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        """Browsers show what speculation rules fetched, whatever it says about caching."""
        raw = site.token()
        url = f"http://localhost{world.url('/jwt/')}?token={raw}"
        fetched = browser.get(url, headers={"Sec-Purpose": "prefetch"})
        assert fetched.headers["Refresh"] == f"0; url={url}"
        shown = browser.get(url, headers={"Sec-Purpose": "prefetch;prerender"}, status=503)
        assert "Refresh" not in shown.headers
        assert site.log() == []
        program = browser.get(url, headers={"Accept": "application/json"})
        assert "Refresh" not in program.headers
        assert browser.get(url).status_int == 303

    def test_nor_does_head(self, site: Site, world: World, browser: TestApp) -> None:
        raw = site.token()
        response = browser.head(f"{world.url('/jwt/')}?token={raw}")
        assert (response.status_int, response.body) == (200, b"")
        assert site.send(browser, token=raw).status_int == 303

    def test_nor_a_posting_program(self, site: Site, world: World, browser: TestApp) -> None:
        raw = site.token()
        response = browser.post(
            world.url("/jwt/"), {"token": raw}, headers={"Accept": "application/json"}
        )
        assert browser.get(response.json["redirect_url"]).status_int == 303

    @pytest.mark.parametrize(
        "headers",
        [
            {"Accept": "*/*"},
            {"Accept": ""},
            {"Sec-Fetch-Mode": "navigate"},
            {"Accept": "text/html,application/json"},
        ],
    )
    def test_everything_else_is_a_visitor(
        self, site: Site, world: World, browser: TestApp, headers: dict[str, str]
    ) -> None:
        response = browser.get(world.url("/jwt/"), {"token": site.token()}, headers=headers)
        assert response.status_int == 303

    def test_a_program_is_told_of_a_refusal_in_json(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        response = browser.get(
            world.url("/jwt/"),
            {"token": site.token(secret="x" * 40)},
            headers={"Accept": "application/json"},
            status=401,
        )
        assert response.json["success"] is False
        assert response.json["error"]["code"] == "token_signature_invalid"
        assert response.json["error"]["request_id"] == site.last().reference
        login = browser.get(response.json["redirect_url"])
        assert site.last().reference in login.text


def test_what_has_expired_is_cleared_away(site: Site, world: World, browser: TestApp) -> None:
    """By the next sign-in, and by the next visit that is remembered."""
    site.send(browser)
    browser = world.anonymous()
    browser.get(world.url("/login"), {"next": world.url("/tickets")})
    with world.factory.session(site.tenant.id) as db:
        for model in (SsoReplay, PendingLogin):
            db.execute(update(model).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    site.send(world.anonymous())
    world.anonymous().get(world.url("/login"), {"next": world.url("/tickets")})
    with world.factory.session(site.tenant.id) as db:
        for model in (SsoReplay, PendingLogin):
            assert len(db.scalars(select(model)).all()) == 1
