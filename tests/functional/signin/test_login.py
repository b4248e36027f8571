"""The sign-in page, and the way to the company's own login and back."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update
from webtest import TestApp
from webtest.response import TestResponse

from portal.signin.models import PendingLogin, SsoConfig
from tests.factories import World
from tests.functional.signin.conftest import REMOTE_LOGIN, Site


def remote_link(page: TestResponse) -> str | None:
    """Where “Sign In with …” leads."""
    for link in page.html.find_all("a"):
        if link.text.strip() == "Sign In with Acme Audio":
            return str(link["href"])
    return None


class TestRemoteLogin:
    def test_a_page_that_needs_somebody_leads_to_the_sign_in_page(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        response = browser.get(world.url("/tickets"))
        assert response.status_int == 303
        page = response.follow()
        assert page.status_int == 200
        assert page.headers["Cache-Control"] == "no-store"

    def test_the_link_carries_what_central_tickets_documents(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        site.configure(remote_login_url=f"{REMOTE_LOGIN}?lang=en")
        page = browser.get(world.url("/login"), {"next": world.url("/tickets/42?a=1&b=2")})
        link = remote_link(page)
        assert link is not None
        assert link.startswith(f"{REMOTE_LOGIN}?lang=en&redirect_url=http%3A%2F%2Flocalhost%2F")
        query = parse_qs(urlsplit(link).query)
        assert query["redirect_url"] == [f"http://localhost{world.url('/tickets/42?a=1&b=2')}"]
        assert query["callback_api"] == [f"http://localhost{world.url('/api/auth/redirect')}"]
        assert query["tenant"] == [world.slug]
        assert query["lang"] == ["en"]

    def test_without_a_destination_it_is_the_dashboard(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        link = remote_link(browser.get(world.url("/login")))
        assert link is not None
        query = parse_qs(urlsplit(link).query)
        assert query["redirect_url"] == [f"http://localhost{world.url('/dashboard')}"]

    def test_another_dialects_link_is_the_url_as_it_is(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        site.configure(primary_dialect="happyfox")
        assert remote_link(browser.get(world.url("/login"))) == REMOTE_LOGIN

    @pytest.mark.parametrize("url", ["", "javascript:alert(1)", "http://evil.test/"])
    def test_without_a_remote_login_url_there_is_no_button(
        self, site: Site, world: World, browser: TestApp, url: str
    ) -> None:
        site.configure(remote_login_url=url)
        page = browser.get(world.url("/login"))
        assert remote_link(page) is None
        assert "Sign In with" not in page.text

    def test_the_deep_link_survives_a_site_that_drops_every_parameter(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        ticket = world.ticket()
        response = browser.get(world.url(f"/tickets/{ticket.number}"))
        response.follow()
        response = site.send(browser, "/jwt/")
        assert response.location == f"http://localhost{world.url(f'/tickets/{ticket.number}')}"
        # It was for once.
        assert site.send(browser, "/jwt/").location == f"http://localhost{world.url('/')}"

    def test_it_survives_a_refusal_and_a_new_try(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        browser.get(world.url("/login"), {"next": world.url("/tickets/42")})
        refused = site.send(browser, "/jwt/", iat=int(time.time()) - 500, exp=...)
        again = refused.click("Try again")
        link = remote_link(again)
        assert link is not None
        assert parse_qs(urlsplit(link).query)["redirect_url"] == [
            f"http://localhost{world.url('/tickets/42')}"
        ]
        assert site.send(browser, "/jwt/").location.endswith("/tickets/42")

    def test_it_is_bound_to_the_browser_and_kept_for_ten_minutes(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        browser.get(world.url("/login"), {"next": world.url("/tickets/42")})
        assert site.send(world.anonymous()).location == f"http://localhost{world.url('/')}"
        with world.factory.session(site.tenant.id) as db:
            late = datetime.now(UTC) - timedelta(seconds=1)
            db.execute(update(PendingLogin).values(expires_at=late))
        assert site.send(browser).location == f"http://localhost{world.url('/')}"
        browser = world.anonymous()
        browser.get(world.url("/login"), {"next": world.url("/tickets/42")})
        with world.factory.session(site.tenant.id) as db:
            (row,) = db.scalars(select(PendingLogin))
            left = row.expires_at - datetime.now(UTC)
            assert timedelta(minutes=9) < left <= timedelta(minutes=10)

    @pytest.mark.parametrize(
        "wanted",
        ["https://evil.com/", "//evil.com/", "/logout", "https://www.acme.test/x", "/\\evil", "x"],
    )
    def test_a_destination_elsewhere_is_forgotten(
        self, site: Site, world: World, browser: TestApp, wanted: str
    ) -> None:
        """Unsigned, so not even the hosts that tokens may name."""
        page = browser.get(world.url("/login"), {"next": wanted})
        assert page.status_int == 200
        assert "evil" not in page.text
        assert site.send(browser).location == f"http://localhost{world.url('/')}"

    def test_visits_without_a_destination_write_nothing(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        browser.get(world.url("/login"))
        with world.factory.session(site.tenant.id) as db:
            assert db.scalars(select(PendingLogin)).all() == []

    def test_whoever_is_signed_in_goes_on(self, site: Site, world: World, browser: TestApp) -> None:
        site.send(browser)
        response = browser.get(world.url("/login"), {"next": world.url("/tickets")})
        assert response.location == f"http://localhost{world.url('/tickets')}"
        assert browser.get(world.url("/login")).location == f"http://localhost{world.url('/')}"


def test_a_tenant_without_settings_has_the_defaults(
    site: Site, world: World, browser: TestApp
) -> None:
    with world.factory.session(site.tenant.id) as db:
        db.delete(db.get_one(SsoConfig, site.tenant.id))
    page = browser.get(world.url("/login"))
    assert remote_link(page) is None
    assert page.forms
    assert site.send(browser).status_int == 403
    assert site.last().code == "dialect_disabled"
