"""Where a tenant wants a second factor: nobody is locked out, and nothing opens before it."""

import pyotp
import pytest
from sqlalchemy import select

from portal.people.models import User
from portal.security import cookies
from portal.security.sessions import Lifetime, SessionService
from tests.factories import World
from tests.factories.authenticator import SoftKey
from tests.functional.factors.conftest import Desk, form_to, form_with
from tests.functional.signin.conftest import Site


class TestGate:
    @pytest.mark.parametrize(
        ("who", "gated"),
        [("nobody", set()), ("admins", {"ada"}), ("staff", {"ada", "ben"})],
        ids=["nobody", "admins", "staff"],
    )
    def test_it_is_shut_for_those_who_need_one(self, desk: Desk, who: str, gated: set[str]) -> None:
        desk.want(who)
        found = set()
        for first in ("ada", "ben", "cleo"):
            browser = desk.password(first)
            answer = browser.get(desk.world.url("/tickets"))
            if answer.status_int == 303:
                assert "/profile/security?next=" in answer.location
                found.add(first)
        assert found == gated

    def test_nothing_else_opens(self, desk: Desk) -> None:
        desk.want("admins")
        browser = desk.password("ada")
        for path in ("/", "/tickets/new", "/settings/people", "/profile", "/people"):
            answer = browser.get(desk.world.url(path))
            assert "/profile/security?next=" in answer.location, path
        csrf = browser.get(desk.world.url("/profile/security")).forms[0]["csrf_token"].value
        path = desk.world.url("/settings/sign-in/second-factor")
        answer = browser.post(path, {"csrf_token": csrf, "second_factor": "nobody"})
        assert answer.location.endswith("/profile/security")
        answer = browser.get(desk.world.url("/tickets"), headers={"Accept": "application/json"},
                             status=403)  # fmt: skip
        assert answer.json["success"] is False
        # But for the way out.
        form_to(browser.get(desk.world.url("/profile/security")), "/logout").submit()
        assert desk.signed_in(browser) is None

    def test_the_set_up_leads_to_the_page_that_was_asked_for(self, desk: Desk) -> None:
        desk.want("staff")
        browser = desk.password("ben")
        page = browser.get(desk.world.url("/tickets?state=open")).follow()
        assert "Protect your account" in page
        page = form_to(page, "app-start").submit().follow()
        form = form_with(page, "code")
        form["code"] = pyotp.TOTP(page.html.select_one(".secret").text.replace(" ", "")).now()
        page = form.submit()
        assert len(page.html.select(".codes li")) == 10
        assert page.click("I have kept them").request.path_qs.endswith("/tickets?state=open")

    def test_what_was_being_written_is_kept(self, desk: Desk) -> None:
        browser = desk.password("ben")
        form = form_with(browser.get(desk.world.url("/tickets/new")), "body")
        desk.want("staff")
        form["body"] = "Written for a long time."
        answer = form.submit(expect_errors=True)
        assert answer.status_int == 403
        assert "One step before this is sent" in answer
        assert form_with(answer, "body")["body"].value == "Written for a long time."

    def test_a_passkey_opens_it_too(self, desk: Desk) -> None:
        desk.want("staff")
        browser, key = desk.password("ben"), SoftKey()
        page = desk.add_passkey(browser, key)
        assert page.click("I have kept them").status_int == 200
        assert browser.get(desk.world.url("/tickets")).status_int == 200

    def test_it_leads_to_no_other_site(self, desk: Desk) -> None:
        desk.want("admins")
        browser = desk.password("ada")
        page = browser.get(desk.world.url("/profile/security?next=https://evil.test/"))
        page = form_to(page, "app-start").submit().follow()
        form = form_with(page, "code")
        form["code"] = pyotp.TOTP(page.html.select_one(".secret").text.replace(" ", "")).now()
        assert "evil" not in str(form.submit().html.select_one("main"))

    def test_who_comes_from_elsewhere_passes(self, desk: Desk) -> None:
        desk.want("staff")
        value = cookies.new_value()
        with desk.world.factory.session(desk.tenant.id) as db:
            SessionService(db, desk.tenant).create(
                desk.world.seed.users["ben"], value, Lifetime(60, 60), authenticator="jwt_sso"
            )
        browser = desk.world.anonymous()
        browser.set_cookie(f"portal-{desk.world.slug}", value)
        assert browser.get(desk.world.url("/tickets")).status_int == 200

    def test_the_last_factor_stays_where_one_is_wanted(self, desk: Desk) -> None:
        desk.with_app("ada")
        desk.want("admins")
        browser = desk.in_full("ada")
        page = form_to(browser.get(desk.world.url("/profile/security")), "app-remove").submit()
        assert "Add another one" in page.follow()
        key = SoftKey()
        desk.add_passkey(browser, key)
        form_to(browser.get(desk.world.url("/profile/security")), "app-remove").submit()
        page = form_to(browser.get(desk.world.url("/profile/security")), "passkey-remove").submit()
        assert "Add another one" in page.follow()
        assert desk.second_with(desk.password("ada"), key).status_int == 303


class TestSettings:
    def test_an_admin_sets_it_and_is_led_to_the_set_up(self, desk: Desk) -> None:
        desk.with_app("ben")
        browser = desk.password("ada")
        page = browser.get(desk.world.url("/settings/sign-in/second-factor"))
        assert "You have none yet." in page
        form = form_with(page, "second_factor")
        form["second_factor"] = "staff"
        answer = form.submit()
        assert desk.audit() == ["signin.changed"]
        assert "/profile/security" in answer.follow().location

    def test_another_word_is_refused(self, desk: Desk) -> None:
        browser = desk.password("ada")
        form = form_with(
            browser.get(desk.world.url("/settings/sign-in/second-factor")), "second_factor"
        )
        form["second_factor"].force_value("everybody")
        assert form.submit(expect_errors=True).status_int == 422

    def test_an_admin_resets_a_colleagues(self, desk: Desk) -> None:
        codes = desk.with_app("ben")
        theirs, browser = desk.in_full("ben"), desk.password("ada")
        page = browser.get(desk.world.url(f"/settings/people/{desk.world.seed.users['ben'].id}"))
        answer = form_to(page, "reset-second-factor").submit().follow()
        assert "password alone" in answer
        assert desk.audit()[-1] == "factor.reset"
        assert desk.signed_in(theirs) is None
        desk.password("ben")
        assert desk.answer.location == f"http://localhost{desk.world.url('/')}"
        with desk.world.factory.session(desk.tenant.id) as db:
            user = db.get_one(User, (desk.tenant.id, desk.world.seed.users["ben"].id))
            assert user.second_factor_at is None
        assert codes

    def test_but_not_their_own(self, desk: Desk) -> None:
        desk.with_app("ada")
        browser = desk.in_full("ada")
        person = desk.world.url(f"/settings/people/{desk.world.seed.users['ada'].id}")
        page = browser.get(person)
        assert "reset-second-factor" not in page
        csrf = page.forms[0]["csrf_token"].value
        browser.post(f"{person}/reset-second-factor", {"csrf_token": csrf})
        assert "factor.reset" not in desk.audit()


def test_an_owner_who_arrives_finds_no_factor_of_a_stranger(world: World) -> None:
    """Whoever registered an address first, and never proved it, loses the password; and with it
    all that they could sign in with."""
    site, desk, key = Site(world), Desk(world), SoftKey()
    desk.add_passkey(desk.password("cleo"), key)
    site.change("cleo", email_verified_at=None)
    assert site.send(world.anonymous()).status_int == 303
    assert "password_dropped" in site.last().warnings
    site.change("cleo", password_hash="set anew")
    assert desk.sign_in_with(world.anonymous(), key).status_int == 401
    with world.factory.session(site.tenant.id) as db:
        user = db.scalars(select(User).where(User.email == "cleo@customer.test")).one()
        assert user.second_factor_at is None
