"""The sign-in page's form: password, and the way in that admins always have."""

import functools
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from webtest import TestApp
from webtest.response import TestResponse

from portal.people import passwords
from portal.security.models import Throttle
from tests.factories import PASSWORD, World
from tests.functional.signin.conftest import Site
from tests.functional.signin.test_login import remote_link


def sign_in(
    browser: TestApp, world: World, email: str, password: str, path: str = "/login"
) -> TestResponse:
    """Fill in the password form."""
    form = browser.get(world.url(path)).forms[0]
    form["email"], form["password"] = email, password
    return form.submit(expect_errors=True)


class TestPassword:
    def test_it_signs_in(self, site: Site, world: World, browser: TestApp) -> None:
        before = browser.get(world.url("/login")) and browser.cookies[f"portal-{world.slug}"]
        response = sign_in(browser, world, " Cleo@Customer.TEST ", PASSWORD)
        assert response.status_int == 303
        assert response.location == f"http://localhost{world.url('/')}"
        assert site.signed_in(browser) == "cleo@customer.test"
        assert browser.cookies[f"portal-{world.slug}"] != before
        line = site.last()
        assert (line.code, line.authenticator) == ("signed_in", "local_password")
        assert (line.dialect, line.masked_email) == (None, "cl•••@customer.test")

    def test_and_goes_where_the_visitor_was_going(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        page = browser.get(world.url("/tickets")).follow()
        form = page.forms[0]
        form["email"], form["password"] = "cleo@customer.test", PASSWORD
        assert form.submit().location == f"http://localhost{world.url('/tickets')}"

    def test_a_forged_destination_is_home(self, site: Site, world: World, browser: TestApp) -> None:
        form = browser.get(world.url("/login")).forms[0]
        form["email"], form["password"] = "cleo@customer.test", PASSWORD
        form["next"].force_value("https://evil.com/")
        assert form.submit().location == f"http://localhost{world.url('/')}"

    def test_it_needs_the_browsers_own_form(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        fields = {"email": "cleo@customer.test", "password": PASSWORD}
        browser.post(world.url("/login/password"), fields, status=400)
        assert site.signed_in(browser) is None

    def test_every_mistake_reads_the_same(self, site: Site, world: World, browser: TestApp) -> None:
        site.change("carl", disabled_at=datetime.now(UTC))
        site.change("dora", password_hash=None)
        pages = []
        for email, password, code in (
            ("cleo@customer.test", "wrong-password", "credentials_invalid"),
            ("nobody@customer.test", PASSWORD, "credentials_invalid"),
            ("carl@customer.test", PASSWORD, "account_disabled"),
            ("dora@customer.test", PASSWORD, "credentials_invalid"),
            ("no address", PASSWORD, "credentials_invalid"),
        ):
            page = sign_in(browser, world, email, password)
            assert page.status_int == 401
            assert site.last().code == code
            assert page.forms[0]["email"].value == email
            assert page.forms[0]["password"].value == ""
            page.html.find(attrs={"name": "email"})["value"] = ""
            own = (email, page.request.path, site.last().reference)
            pages.append(
                functools.reduce(lambda text, each: text.replace(each, ""), own, page.text)
            )
        assert "not right" in pages[0]
        assert len(set(pages)) == 1

    def test_an_unknown_account_takes_as_long_as_a_known_one(
        self, site: Site, world: World, browser: TestApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Counted, not measured: one hash each."""
        hashes: list[str] = []
        verify = passwords.verify_password

        def counting(password_hash: str, password: str) -> bool:
            hashes.append(password_hash)
            return verify(password_hash, password)

        monkeypatch.setattr(passwords, "verify_password", counting)
        monkeypatch.setattr("portal.signin.local_password.verify_password", counting)
        counts = []
        for email in ("cleo@customer.test", "nobody@customer.test", "x" * 200 + "@b.test"):
            hashes.clear()
            sign_in(browser, world, email, "wrong-password")
            counts.append(len(hashes))
        assert counts == [1, 1, 1]

    @pytest.mark.parametrize(
        ("email", "password", "words"),
        [
            ("", "x", "Enter your e-mail address."),
            ("a@b.test", "", "Enter your password."),
            ("a@b.test", "x" * 129, "too long"),
            ("x" * 255, "x", "too long"),
        ],
    )
    def test_an_incomplete_form_says_what_is_missing(
        self, site: Site, world: World, browser: TestApp, email: str, password: str, words: str
    ) -> None:
        page = sign_in(browser, world, email, password)
        assert page.status_int == 422
        assert words in page.text

    def test_ten_wrong_guesses_at_an_account_are_enough(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        for number in range(10):
            page = sign_in(world.anonymous(), world, "Cleo@customer.test", f"wrong-{number}")
            assert page.status_int == 401
        page = sign_in(browser, world, "cleo@customer.test", PASSWORD)
        assert page.status_int == 429
        assert page.headers["Retry-After"] == "900"
        assert "Wait a few minutes" in page.text
        # Others are not kept out, nor is cleo when the window is over.
        assert sign_in(browser, world, "carl@customer.test", PASSWORD).status_int == 303
        with world.factory.session(site.tenant.id) as db:
            early = datetime.now(UTC) - timedelta(minutes=16)
            db.execute(update(Throttle).values(window_start=early))
        assert sign_in(world.anonymous(), world, "cleo@customer.test", PASSWORD).status_int == 303

    def test_an_account_that_does_not_exist_is_throttled_alike(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        codes = [
            sign_in(browser, world, "nobody@customer.test", "wrong").status_int for _ in range(11)
        ]
        assert codes == [401] * 10 + [429]

    def test_so_are_guesses_from_one_address(self, site: Site, world: World) -> None:
        codes = []
        for number in range(51):
            page = sign_in(world.anonymous(), world, f"user{number}@customer.test", "wrong")
            codes.append(page.status_int)
        assert codes == [401] * 50 + [429]

    def test_the_right_password_forgives_the_account(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        for _ in range(3):
            for _ in range(8):
                sign_in(world.anonymous(), world, "cleo@customer.test", "wrong")
            right = sign_in(world.anonymous(), world, "cleo@customer.test", PASSWORD)
            assert right.status_int == 303

    def test_an_old_hash_is_renewed(self, site: Site, world: World, browser: TestApp) -> None:
        site.change("cleo", password_hash=passwords.hash_password(PASSWORD, "normal"))
        assert sign_in(browser, world, "cleo@customer.test", PASSWORD).status_int == 303
        user = site.user("cleo@customer.test")
        assert user is not None
        assert "m=64" in (user.password_hash or "")


class TestLocal:
    @pytest.fixture
    def without_passwords(self, site: Site, world: World) -> Site:
        with world.factory.session(site.tenant.id) as db:
            tenant = db.merge(site.tenant)
            tenant.authenticators = ["session", "jwt_sso", "remote_login"]
        return site

    def test_the_page_has_no_form_where_passwords_are_off(
        self, without_passwords: Site, world: World, browser: TestApp
    ) -> None:
        page = browser.get(world.url("/login"))
        assert remote_link(page) is not None
        assert not page.forms
        page.click("Sign in with a password")

    def test_admins_always_get_in(
        self, without_passwords: Site, world: World, browser: TestApp
    ) -> None:
        without_passwords.configure(remote_login_url="https://broken.test/", dialects=[])
        response = sign_in(browser, world, "ada@acme.test", PASSWORD, "/login/local")
        assert response.status_int == 303
        assert without_passwords.signed_in(browser) == "ada@acme.test"

    def test_others_do_not_and_are_told_nothing(
        self, without_passwords: Site, world: World, browser: TestApp
    ) -> None:
        page = sign_in(browser, world, "cleo@customer.test", PASSWORD, "/login/local")
        assert page.status_int == 401
        assert "not right" in page.text
        assert "switched off" in without_passwords.last().hint

    def test_a_suspended_tenant_has_no_way_in(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        with world.factory.session(site.tenant.id) as db:
            db.merge(site.tenant).status = "suspended"
        assert browser.get(world.url("/login/local"), status=404)
        assert site.send(browser).status_int == 404
