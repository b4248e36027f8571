"""Sessions: new at sign-in, bounded in time, ended at once, each tenant's own."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from webtest import TestApp

from portal.people.models import Role, User
from portal.security import cookies
from portal.security.models import Session
from portal.security.sessions import Lifetime, SessionService
from portal.signin.models import SsoConfig
from tests.factories import TenantFactory, World
from tests.functional.spine.conftest import Visits, token


class TestSigningIn:
    def test_the_browser_gets_a_new_value(self, world: World, visits: Visits) -> None:
        browser = world.anonymous()
        browser.get(world.url("/login/local"))
        before = visits.value(browser)
        visits.sign_in(browser)
        after = visits.value(browser)
        assert after != before
        assert visits.is_in(browser)
        assert not visits.is_in(visits.with_value(before))

    def test_a_value_that_was_slipped_in_is_not_used(self, world: World, visits: Visits) -> None:
        """Session fixation: whoever planted a value does not share the session."""
        browser = visits.with_value("A" * 43)
        visits.sign_in(browser)
        assert visits.value(browser) != "A" * 43
        assert not visits.is_in(visits.with_value("A" * 43))

    def test_the_session_before_it_ends(self, world: World, visits: Visits) -> None:
        browser = world.browser("carl")
        before = visits.value(browser)
        visits.sign_in(browser)
        assert visits.row(before) is None
        assert "Cleo" in browser.get(world.url("/profile"))

    def test_another_browser_stays_signed_in(self, world: World, visits: Visits) -> None:
        first, second = world.browser("cleo"), world.anonymous()
        visits.sign_in(second)
        assert visits.is_in(first)
        assert visits.is_in(second)
        assert visits.count() == 2

    def test_the_database_does_not_hold_the_value(self, world: World, visits: Visits) -> None:
        browser = world.anonymous()
        visits.sign_in(browser)
        value = visits.value(browser)
        row = visits.row(value)
        assert row is not None
        assert value.encode() not in row.id_hash
        assert len(row.id_hash) == 32

    def test_under_a_new_id_it_is_the_same_sign_in(self, world: World, visits: Visits) -> None:
        """Other sites know it by its number, and ask when and how it began."""
        began = datetime(2026, 1, 2, tzinfo=UTC)
        with world.factory.session(visits.tenant_id) as db:
            service, ada = SessionService(db, world.seed.tenant), world.seed.users["ada"]
            first = service.create(
                ada,
                cookies.new_value(),
                Lifetime(600, 7200),
                authenticator="jwt_sso",
                key_id="k1",
                methods=["pwd", "otp"],
            )
            first.created_at, number = began, first.number
            db.flush()
            value = cookies.new_value()
            service.renew(first, value)
        row = visits.row(value)
        assert row is not None
        assert (row.number, row.created_at, row.methods) == (number, began, ["pwd", "otp"])
        assert row.key_id is None

    def test_customers_and_staff_have_the_tenants_limits(
        self, world: World, visits: Visits
    ) -> None:
        with world.factory.session(visits.tenant_id) as db:
            config = db.get_one(SsoConfig, visits.tenant_id)
            config.session_idle_seconds, config.session_absolute_seconds = 600, 7200
            config.staff_idle_seconds, config.staff_absolute_seconds = 300, 3600
        for email, idle, absolute in (
            ("cleo@customer.test", 600, 7200),
            ("ben@acme.test", 300, 3600),
        ):
            browser = world.anonymous()
            visits.sign_in(browser, email)
            row = visits.row(visits.value(browser))
            assert row is not None
            assert row.idle_seconds == idle
            lifetime = (row.expires_at - row.created_at).total_seconds()
            assert abs(lifetime - absolute) < 5


class TestCookie:
    def set_cookies(self, world: World, visits: Visits, scheme: str) -> list[str]:
        browser = world.anonymous()
        browser.extra_environ["wsgi.url_scheme"] = scheme
        browser.extra_environ["HTTP_REFERER"] = f"{scheme}://localhost/"
        page = browser.get(world.url("/login/local"))
        answer = visits.sign_in(browser)
        sent: list[str] = page.headers.getall("Set-Cookie") + answer.headers.getall("Set-Cookie")
        return sent

    def test_on_https(self, world: World, visits: Visits) -> None:
        headers = self.set_cookies(world, visits, "https")
        assert len(headers) == 2
        for header in headers:
            name, *attributes = (part.strip() for part in header.split(";"))
            assert name.startswith(f"__Host-portal-{world.slug}=")
            assert {each.lower() for each in attributes} == {
                "path=/",
                "secure",
                "httponly",
                "samesite=lax",
            }

    def test_on_plain_http(self, world: World, visits: Visits) -> None:
        for header in self.set_cookies(world, visits, "http"):
            name, *attributes = (part.strip() for part in header.split(";"))
            assert name.startswith(f"portal-{world.slug}=")
            assert {each.lower() for each in attributes} == {"path=/", "httponly", "samesite=lax"}

    def test_on_https_the_plain_name_is_nothing(self, world: World, visits: Visits) -> None:
        """Plain HTTP, or a sibling host, could have set it."""
        browser = world.browser("cleo")
        assert visits.is_in(browser)
        browser.extra_environ["wsgi.url_scheme"] = "https"
        assert not visits.is_in(browser)

    def test_pages_that_need_none_set_none(self, world: World) -> None:
        for path in ("/nothing", "/branding/brand.css", "/tickets", "/signed-out"):
            answer = world.anonymous().get(world.url(path), expect_errors=True)
            assert "Set-Cookie" not in answer.headers, path

    def test_a_signed_in_browser_gets_no_new_one(self, world: World) -> None:
        browser = world.browser("cleo")
        for path in ("/", "/tickets", "/tickets/new", "/profile", "/nothing"):
            answer = browser.get(world.url(path), expect_errors=True)
            assert "Set-Cookie" not in answer.headers, path


class TestLimits:
    def test_idle(self, world: World, visits: Visits) -> None:
        browser = world.browser("cleo")
        visits.age(visits.value(browser), seen=timedelta(seconds=3540))
        assert visits.is_in(browser)
        visits.age(visits.value(browser), seen=timedelta(seconds=3601))
        assert not visits.is_in(browser)
        assert not visits.is_in(browser), "an idle session is not woken by a visit"

    def test_use_keeps_it_alive(self, world: World, visits: Visits) -> None:
        browser = world.browser("cleo")
        visits.age(visits.value(browser), seen=timedelta(seconds=3000))
        assert visits.is_in(browser)
        row = visits.row(visits.value(browser))
        assert row is not None
        assert datetime.now(UTC) - row.seen_at < timedelta(minutes=5)

    def test_absolute_however_busy(self, world: World, visits: Visits) -> None:
        browser = world.browser("cleo")
        value = visits.value(browser)
        visits.age(value, ends=datetime.now(UTC) + timedelta(seconds=30))
        assert visits.is_in(browser)
        visits.age(value, ends=datetime.now(UTC) - timedelta(seconds=1))
        assert not visits.is_in(browser)

    def test_it_is_touched_at_most_once_a_minute(self, world: World, visits: Visits) -> None:
        browser = world.browser("cleo")
        value = visits.value(browser)
        for ago, touched in ((30, False), (90, True)):
            visits.age(value, seen=timedelta(seconds=ago))
            before = visits.row(value)
            assert visits.is_in(browser)
            after = visits.row(value)
            assert before is not None
            assert after is not None
            assert (after.seen_at > before.seen_at) is touched

    def test_a_request_that_fails_is_use_too(self, world: World, visits: Visits) -> None:
        """Its transaction is aborted; the next request touches the session."""
        browser = world.browser("cleo")
        visits.age(visits.value(browser), seen=timedelta(seconds=3000))
        browser.get(world.url("/tickets/999"), status=404)
        assert visits.is_in(browser)


class TestEnding:
    def test_signing_out_deletes_the_session(self, world: World, visits: Visits) -> None:
        browser = world.browser("cleo")
        value = visits.value(browser)
        page = browser.get(world.url("/profile"))
        browser.post(world.url("/logout"), {"csrf_token": token(page)})
        assert visits.row(value) is None
        assert not visits.is_in(visits.with_value(value))
        assert visits.value(browser) != value

    def test_a_session_that_was_revoked(self, world: World, visits: Visits) -> None:
        first, second = world.browser("cleo"), world.browser("cleo")
        row = visits.row(visits.value(second))
        assert row is not None
        with world.factory.session(visits.tenant_id) as db:
            service = SessionService(db, world.seed.tenant)
            assert service.end_numbered(row.user_id, row.number)
        assert visits.is_in(first)
        assert not visits.is_in(second)

    def test_nobody_ends_another_persons(self, world: World, visits: Visits) -> None:
        browser = world.browser("cleo")
        row = visits.row(visits.value(browser))
        assert row is not None
        with world.factory.session(visits.tenant_id) as db:
            service = SessionService(db, world.seed.tenant)
            assert not service.end_numbered(world.seed.users["carl"].id, row.number)
        assert visits.is_in(browser)

    def test_a_disabled_user_is_out_at_once(self, world: World, visits: Visits) -> None:
        browser = world.browser("ben")
        visits.change_user("ben", disabled_at=datetime.now(UTC))
        assert not visits.is_in(browser)

    def test_a_role_that_was_taken_is_gone_at_once(self, world: World, visits: Visits) -> None:
        browser = world.browser("ada")
        browser.get(world.url("/settings/general"), status=200)
        visits.change_user("ada", role=Role.CUSTOMER)
        browser.get(world.url("/settings/general"), status=403)

    def test_a_deleted_user_has_no_session(self, world: World, visits: Visits) -> None:
        browser = world.browser("dora")
        with world.factory.session(visits.tenant_id) as db:
            db.delete(db.get_one(User, (visits.tenant_id, world.seed.users["dora"].id)))
        assert visits.count() == 0
        assert not visits.is_in(browser)


class TestTenants:
    def test_a_session_is_good_in_its_own_only(
        self, world: World, tenants: TenantFactory, visits: Visits
    ) -> None:
        neighbour = World(tenants.create(), world.app, tenants)
        value = visits.value(world.browser("ada"))
        assert not Visits(neighbour).is_in(Visits(neighbour).with_value(value))

    def test_two_tenants_in_one_browser(
        self, world: World, tenants: TenantFactory, visits: Visits
    ) -> None:
        """Signing in to one and out of it leaves the other as it was."""
        neighbour = World(tenants.create(), world.app, tenants)
        there = Visits(neighbour)
        browser = world.anonymous()
        visits.sign_in(browser)
        there.sign_in(browser, "carl@customer.test")
        assert visits.is_in(browser)
        assert there.is_in(browser)
        page = browser.get(neighbour.url("/profile"))
        browser.post(neighbour.url("/logout"), {"csrf_token": token(page)})
        assert visits.is_in(browser)
        assert not there.is_in(browser)


class TestFlashes:
    def saved(self, world: World, browser: TestApp) -> None:
        forms = browser.get(world.url("/profile")).forms.values()
        (form,) = (form for form in forms if "locale" in form.fields)
        assert form.submit().status_int == 303

    @pytest.fixture
    def text(self) -> str:
        return "Your profile is saved."

    def test_shown_on_the_next_page_and_once(self, world: World, text: str) -> None:
        browser = world.browser("cleo")
        self.saved(world, browser)
        assert text in browser.get(world.url("/tickets"))
        assert text not in browser.get(world.url("/tickets"))

    def test_in_that_browser_only(self, world: World, text: str) -> None:
        first, second = world.browser("cleo"), world.browser("cleo")
        self.saved(world, first)
        assert text not in second.get(world.url("/tickets"))
        assert text in first.get(world.url("/tickets"))

    def test_a_stylesheet_takes_none(self, world: World, text: str) -> None:
        browser = world.browser("cleo")
        self.saved(world, browser)
        browser.get(world.url("/branding/brand.css"))
        assert text in browser.get(world.url("/tickets"))

    def test_two_of_the_same_are_one(self, world: World, text: str) -> None:
        browser = world.browser("cleo")
        self.saved(world, browser)
        with world.factory.session(world.seed.tenant.id) as db:
            (row,) = db.scalars(select(Session)).all()
            assert row.flashes == [{"tone": "green", "text": text}]
