"""A person's own second factors on the profile."""

import pyotp
import pytest
from sqlalchemy import update

from portal.factors.totp import AuthenticatorApps
from portal.people.models import User
from portal.security.models import Session
from portal.security.sealed import SealedSecrets, sealed_columns
from portal.security.secrets import SecretBox
from tests.factories import PASSWORD, World
from tests.factories.authenticator import UP, SoftKey
from tests.functional.factors.conftest import Desk, form_to, form_with


def set_up_app(desk: Desk, first: str) -> tuple[object, str]:
    """Set an app up as people do; the page that came, and the secret."""
    browser = desk.password(first)
    page = browser.get(desk.world.url("/profile/security"))
    page = form_to(page, "app-start").submit().follow()
    secret = page.html.select_one(".secret").text.replace(" ", "")
    form = form_with(page, "code")
    form["code"] = pyotp.TOTP(secret).now()
    desk.browser = browser  # type: ignore[attr-defined]  # for the test
    return form.submit(expect_errors=True), secret


class TestApp:
    def test_it_is_set_up_with_a_picture_and_a_code(self, desk: Desk) -> None:
        page, _secret = set_up_app(desk, "ada")
        assert page.status_int == 200  # type: ignore[attr-defined]  # an answer
        codes = [item.text for item in page.html.select(".codes li")]  # type: ignore[attr-defined]  # the same
        assert len(set(codes)) == 10
        assert desk.audit() == ["factor.app_added", "factor.recovery_made"]
        # Shown once.
        again = desk.browser.get(desk.world.url("/profile/security"))  # type: ignore[attr-defined]  # set above
        assert "10 codes left" in again
        assert codes[0] not in again
        assert desk.second(desk.password("ada"), codes[0], recovery=True).status_int == 303

    def test_the_picture_obeys_the_content_policy(self, desk: Desk) -> None:
        browser = desk.password("ada")
        page = form_to(browser.get(desk.world.url("/profile/security")), "app-start").submit()
        svg = page.follow().html.select_one(".qr svg")
        assert svg.select("path")
        assert not svg.select("[style], style, script")

    def test_the_code_that_confirmed_it_does_not_sign_in(self, desk: Desk) -> None:
        _page, secret = set_up_app(desk, "ada")
        desk.secrets["ada"] = secret
        browser = desk.password("ada")
        assert desk.second(browser, desk.code("ada")).status_int in (303, 401)
        if desk.log()[0].code != "signed_in":
            assert "used before" in desk.log()[0].hint

    def test_a_wrong_code_confirms_nothing(self, desk: Desk) -> None:
        browser = desk.password("ada")
        page = form_to(browser.get(desk.world.url("/profile/security")), "app-start").submit()
        form = form_with(page.follow(), "code")
        form["code"] = "no code"
        answer = form.submit(expect_errors=True)
        assert answer.status_int == 422
        assert answer.html.select_one("[name=code]")["aria-invalid"] == "true"
        desk.password("ada")
        assert not desk.answer.location.endswith("/login/second")

    def test_the_former_one_works_until_the_new_one_has_shown_a_code(self, desk: Desk) -> None:
        desk.with_app("ada")
        browser = desk.in_full("ada")
        page = form_to(browser.get(desk.world.url("/profile/security")), "app-start").submit()
        new = page.follow().html.select_one(".secret").text.replace(" ", "")
        assert desk.second(desk.password("ada"), desk.code("ada", 1)).status_int == 303
        form = form_with(browser.get(desk.world.url("/profile/security/app")), "code")
        form["code"] = pyotp.TOTP(new).now()
        assert form.submit().status_int == 303
        assert desk.audit()[-1] == "factor.app_replaced"
        desk.secrets["old"] = desk.secrets["ada"]
        assert desk.second(desk.password("ada"), desk.code("old", 1)).status_int == 401

    def test_it_is_removed_and_the_codes_with_it(self, desk: Desk) -> None:
        desk.with_app("ada")
        browser = desk.in_full("ada")
        form_to(browser.get(desk.world.url("/profile/security")), "app-remove").submit()
        assert desk.audit()[-1] == "factor.app_removed"
        desk.password("ada")
        assert desk.answer.location == f"http://localhost{desk.world.url('/')}"

    def test_other_browsers_are_signed_out_by_the_first_factor(self, desk: Desk) -> None:
        elsewhere = desk.password("ada")
        set_up_app(desk, "ada")
        assert desk.signed_in(elsewhere) is None
        assert desk.signed_in(desk.browser) == "ada@acme.test"  # type: ignore[attr-defined]  # set above


def test_the_secret_follows_a_new_master_key(desk: Desk) -> None:
    """Both: the one in use, and the one that is being set up."""
    desk.with_app("ada")
    present = desk.world.factory.settings.secret_key
    user_id = desk.world.seed.users["ada"].id
    with desk.world.factory.session(desk.tenant.id) as db:
        user = db.get_one(User, (desk.tenant.id, user_id))
        AuthenticatorApps(db, desk.tenant, SecretBox(present)).start(user)
    registry = desk.world.app.registry
    box = SecretBox(b"n" * 32, (present,))
    secrets = SealedSecrets(registry["db.sessionmaker"], desk.tenant, box, sealed_columns(registry))
    tally = secrets.rotate()
    assert (tally.former, tally.lost) == (2, [])
    with desk.world.factory.session(desk.tenant.id) as db:
        user = db.get_one(User, (desk.tenant.id, user_id))
        apps = AuthenticatorApps(db, desk.tenant, SecretBox(b"n" * 32))
        assert apps.pending(user) is not None
        assert apps.matches(user, desk.code("ada")) is not None
        assert AuthenticatorApps(db, desk.tenant, SecretBox(present)).pending(user) is None


class TestProof:
    @pytest.fixture
    def stale(self, desk: Desk) -> Desk:
        """ada and an app; her session began a while ago."""
        desk.with_app("ada")
        desk.browser = desk.in_full("ada")  # type: ignore[attr-defined]  # for the tests
        self.age(desk)
        return desk

    def age(self, desk: Desk) -> None:
        with desk.world.factory.session(desk.tenant.id) as db:
            db.execute(update(Session).values(proven_at=None))

    def test_a_browser_left_open_changes_nothing(self, stale: Desk) -> None:
        browser = stale.browser  # type: ignore[attr-defined]  # set above
        page = browser.get(stale.world.url("/profile/security"))
        assert page.location.endswith("/profile/security/confirm")
        csrf = page.follow().forms[0]["csrf_token"].value
        for action in (
            "app-start", "app-remove", "recovery", "passkey-add", "app",
        ):  # fmt: skip
            answer = browser.post(
                stale.world.url(f"/profile/security/{action}"), {"csrf_token": csrf}
            )
            assert answer.location.endswith("/confirm"), action
        options = stale.world.url("/profile/security/passkey-options")
        browser.post(options, {"csrf_token": csrf}, status=409)
        assert stale.audit() == []

    def test_the_password_opens_it(self, stale: Desk) -> None:
        browser = stale.browser  # type: ignore[attr-defined]  # set above
        form = form_with(browser.get(stale.world.url("/profile/security/confirm")), "password")
        form["password"] = "not the right one"
        assert form.submit(expect_errors=True).status_int == 422
        form["password"] = PASSWORD
        assert "Authenticator app" in form.submit().follow()

    def test_so_does_a_passkey(self, stale: Desk) -> None:
        browser = stale.browser  # type: ignore[attr-defined]  # set above
        form = form_with(browser.get(stale.world.url("/profile/security/confirm")), "password")
        form["password"] = PASSWORD
        form.submit()
        key = SoftKey(flags=UP)
        assert stale.add_passkey(browser, key).status_int == 303
        self.age(stale)
        page = browser.get(stale.world.url("/profile/security/confirm"))
        form = form_to(page, "confirm-passkey")
        options = stale.options(browser, "/profile/security/confirm-options", form)
        form["credential"] = key.get(options)
        assert "Authenticator app" in form.submit().follow()

    def test_guessing_ends(self, stale: Desk) -> None:
        browser = stale.browser  # type: ignore[attr-defined]  # set above
        form = form_with(browser.get(stale.world.url("/profile/security/confirm")), "password")
        form["password"] = "not the right one"
        statuses = [form.submit(expect_errors=True).status_int for _ in range(11)]
        assert statuses == [422] * 10 + [429]


class TestPasskeys:
    def test_they_are_renamed_and_removed(self, desk: Desk) -> None:
        browser, key = desk.password("ada"), SoftKey()
        desk.add_passkey(browser, key)
        page = browser.get(desk.world.url("/profile/security"))
        form = form_to(page, "passkey-rename")
        form["name"] = "  Blue\tkey  "
        assert "Blue key" in form.submit().follow()
        form_to(browser.get(desk.world.url("/profile/security")), "passkey-remove").submit()
        assert desk.audit()[-2:] == ["factor.passkey_renamed", "factor.passkey_removed"]
        assert desk.sign_in_with(desk.world.anonymous(), key).status_int == 401
        desk.password("ada")
        assert not desk.answer.location.endswith("/login/second")

    def test_nobody_elses_are(self, desk: Desk) -> None:
        browser = desk.password("ada")
        desk.add_passkey(browser, SoftKey(), "Hers")
        other = desk.password("ben")
        desk.add_passkey(other, SoftKey(), "His")
        page = browser.get(desk.world.url("/profile/security"))
        hers = form_to(page, "passkey-remove")["number"].value
        form = form_to(other.get(desk.world.url("/profile/security")), "passkey-remove")
        form["number"].force_value(hers)
        form.submit()
        assert "Hers" in browser.get(desk.world.url("/profile/security"))


class TestRecovery:
    def test_new_codes_make_the_former_void(self, desk: Desk) -> None:
        former = desk.with_app("ada")
        browser = desk.in_full("ada")
        page = browser.get(desk.world.url("/profile/security"))
        page = form_to(page, "/recovery").submit()
        codes = [item.text for item in page.html.select(".codes li")]
        assert desk.second(desk.password("ada"), former[0], recovery=True).status_int == 401
        assert desk.second(desk.password("ada"), codes[0], recovery=True).status_int == 303

    def test_there_are_none_without_a_factor(self, desk: Desk) -> None:
        browser = desk.password("ada")
        csrf = browser.get(desk.world.url("/profile/security")).forms[0]["csrf_token"].value
        path = desk.world.url("/profile/security/recovery")
        answer = browser.post(path, {"csrf_token": csrf}).follow()
        assert "first" in answer
        assert desk.audit() == []


def test_who_has_no_password_has_no_such_page(world: World) -> None:
    with world.factory.session(world.seed.tenant.id) as db:
        db.get_one(User, (world.seed.tenant.id, world.seed.users["cleo"].id)).password_hash = None
    browser = world.browser("cleo")
    assert "Second factor" not in browser.get(world.url("/profile"))
    assert browser.get(world.url("/profile/security"), status=404)
