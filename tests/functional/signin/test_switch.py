"""Sign-ins that nobody started here: who is asked, and what waits meanwhile."""

import time

import pytest
import time_machine
from sqlalchemy import select
from webtest import TestApp

from portal.security.models import Session
from portal.signin.models import SsoReplay
from tests.factories import World
from tests.functional.signin.conftest import Site

CROSS = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture
def carl(site: Site, browser: TestApp) -> TestApp:
    """A browser in which carl is signed in."""
    site.send(browser, email="carl@customer.test", name="Carl Customer")
    assert site.signed_in(browser) == "carl@customer.test"
    return browser


def used(site: Site) -> int:
    """How many tokens were used up."""
    with site.world.factory.session(site.tenant.id) as db:
        rows = db.scalars(select(SsoReplay).where(SsoReplay.tenant_id == site.tenant.id))
        return len(rows.all())


class TestSomebodyElse:
    def test_is_asked_before_anything_happens(
        self, site: Site, world: World, carl: TestApp
    ) -> None:
        response = site.send(carl, "/auth/callback", redirect_url="/tickets/42")
        assert response.location == f"http://localhost{world.url('/login/switch')}"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        page = response.follow()
        assert "Switch to Cleo Customer?" in page.text
        assert "carl@customer.test" in page.text
        assert site.signed_in(carl) == "carl@customer.test"
        assert used(site) == 1
        done = page.forms[0].submit()
        assert done.location == f"http://localhost{world.url('/tickets/42')}"
        assert site.signed_in(carl) == "cleo@customer.test"
        assert used(site) == 2
        with world.factory.session(site.tenant.id) as db:
            (session,) = db.scalars(select(Session).where(Session.tenant_id == site.tenant.id))
            assert session.flashes == [], "she has just said who she is"

    def test_may_stay(self, site: Site, world: World, carl: TestApp) -> None:
        page = site.send(carl).follow()
        assert page.click("Stay signed in as Carl Customer").status_int == 200
        assert site.signed_in(carl) == "carl@customer.test"

    def test_the_question_waits_longer_than_the_token(
        self, site: Site, world: World, carl: TestApp
    ) -> None:
        """It is judged by when it came; but five minutes are all that it waits."""
        page = site.send(carl, "/jwt/", iat=int(time.time()) - 60, exp=...).follow()
        with time_machine.travel(time.time() + 200):
            assert page.forms[0].submit().status_int == 303
            assert site.signed_in(carl) == "cleo@customer.test"

    def test_but_not_for_ever(self, site: Site, world: World, carl: TestApp) -> None:
        page = site.send(carl).follow()
        with time_machine.travel(time.time() + 301):
            assert page.forms[0].submit().location.endswith("/login")
        assert site.signed_in(carl) == "carl@customer.test"

    def test_the_answer_counts_once(self, site: Site, world: World, carl: TestApp) -> None:
        page = site.send(carl).follow()
        page.forms[0].submit()
        again = page.forms[0].submit(expect_errors=True)
        assert again.status_int == 400
        assert carl.get(world.url("/login/switch")).location.endswith("/login")

    def test_a_held_token_cannot_be_used_twice(
        self, site: Site, world: World, carl: TestApp
    ) -> None:
        raw = site.token()
        page = site.send(carl, token=raw).follow()
        assert site.send(world.anonymous(), token=raw).status_int == 303
        refused = page.forms[0].submit(expect_errors=True)
        assert refused.status_int == 401
        assert site.last().code == "token_replayed"
        assert site.signed_in(carl) == "carl@customer.test"

    def test_a_new_account_is_asked_about_too(
        self, site: Site, world: World, carl: TestApp
    ) -> None:
        page = site.send(carl, email="nina@customer.test", name="Nina <b>Neu</b>").follow()
        assert "Switch to Nina &lt;b&gt;Neu&lt;/b&gt;?" in page.text
        assert site.user("nina@customer.test") is None
        page.forms[0].submit()
        assert site.signed_in(carl) == "nina@customer.test"

    def test_the_same_person_is_not_asked(self, site: Site, world: World, carl: TestApp) -> None:
        response = site.send(carl, email="carl@customer.test")
        assert response.location == f"http://localhost{world.url('/')}"

    def test_nor_is_whoever_started_it_here(self, site: Site, world: World, carl: TestApp) -> None:
        carl.get(world.url("/logout"))
        carl.get(world.url("/login"), {"next": world.url("/tickets")})
        assert site.send(carl).location == f"http://localhost{world.url('/tickets')}"

    def test_a_token_that_fits_no_cookie_is_refused_instead(
        self, site: Site, world: World, carl: TestApp
    ) -> None:
        assert site.send(carl, filler="x" * 4000).status_int == 413
        assert site.signed_in(carl) == "carl@customer.test"
        assert site.send(world.anonymous(), filler="x" * 4000).status_int == 303

    @pytest.mark.parametrize("value", ["", "x", "eyJ", "AAAA" * 20, "\u00e9"])
    def test_a_forged_cookie_holds_nothing(
        self, site: Site, world: World, carl: TestApp, value: str
    ) -> None:
        headers = {"Cookie": f"portal-{world.slug}-held={value}"}
        assert world.anonymous().get(world.url("/login/switch"), headers=headers).status_int == 303


class TestPolicy:
    def test_confirm_asks_everybody(self, site: Site, world: World, browser: TestApp) -> None:
        site.configure(unsolicited="confirm")
        page = site.send(browser).follow()
        assert "Sign in as Cleo Customer?" in page.text
        assert site.signed_in(browser) is None
        page.forms[0].submit()
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_deny_refuses(self, site: Site, world: World, browser: TestApp) -> None:
        site.configure(unsolicited="deny")
        assert site.send(browser).status_int == 403
        assert site.last().code == "state_required"

    @pytest.mark.parametrize("policy", ["confirm", "deny"])
    @pytest.mark.parametrize("start", ["/login", "/signed-out"])
    def test_a_sign_in_that_started_here_just_works(
        self, site: Site, world: World, browser: TestApp, policy: str, start: str
    ) -> None:
        site.configure(unsolicited=policy)
        browser.get(world.url(start))
        assert site.send(browser).location == f"http://localhost{world.url('/')}"
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_an_unsolicited_sign_in_says_whose_account_it_is(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        site.send(browser)
        with world.factory.session(site.tenant.id) as db:
            (session,) = db.scalars(select(Session).where(Session.tenant_id == site.tenant.id))
            (flash,) = session.flashes
        assert "Signed in as Cleo Customer" in flash["text"]
        browser = world.anonymous()
        browser.get(world.url("/login"), {"next": world.url("/")})
        site.send(browser)
        with world.factory.session(site.tenant.id) as db:
            sessions = db.scalars(select(Session).where(Session.tenant_id == site.tenant.id))
            assert sorted(len(session.flashes) for session in sessions) == [0, 1]


class TestFormFromAnotherSite:
    def test_the_cookies_are_seen_one_redirect_later(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        browser.get(world.url("/login"), {"next": world.url("/tickets/42")})
        # SameSite=Lax: the browser leaves its cookies out of the form's request.
        stranger = world.anonymous()
        response = stranger.post(world.url("/jwt/"), {"token": site.token()}, headers=CROSS)
        assert response.location == f"http://localhost{world.url('/login/continue')}"
        assert site.signed_in(stranger) is None
        held = f"portal-{world.slug}-held"
        browser.set_cookie(held, stranger.cookies[held].strip('"'))
        done = browser.get(world.url("/login/continue"))
        assert done.location == f"http://localhost{world.url('/tickets/42')}"
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_a_form_without_those_headers_is_taken_at_once(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        response = browser.post(world.url("/jwt/"), {"token": site.token()})
        assert response.location == f"http://localhost{world.url('/')}"
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_the_cookie_says_nothing(self, site: Site, world: World, browser: TestApp) -> None:
        raw = site.token()
        response = browser.post(world.url("/jwt/"), {"token": raw}, headers=CROSS)
        assert all(part not in str(response.headers) for part in raw.split("."))
