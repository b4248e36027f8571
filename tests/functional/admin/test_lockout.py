"""No setting, no file, no command and no token leaves a tenant without an admin who gets in."""

from typing import Any

import pytest
from webtest import TestResponse

from portal.people.models import Role, User
from portal.people.settings_service import LastAdminError, PeopleAdministration, ways_in
from portal.signin.lockout import LockedOutError, admins_can_sign_in, check_keys
from portal.signin.models import SsoDraft
from portal.tenants.audit import AuditLog
from portal.tenants.files import TenantFileError, TenantFiles
from tests.factories import PASSWORD, World
from tests.functional.admin.conftest import Admin, errors, form_of
from tests.functional.signin.conftest import Site

NO_PASSWORD = "No admin has a password here"


@pytest.fixture
def site(world: World) -> Site:
    """The tenant's website, the only way in for its admins."""
    site = Site(world)
    site.configure(admins_by_token=True)
    site.change("ada", password_hash=None)
    return site


def signs_in(site: Site) -> bool:
    """Whether the company's site gets its admin in."""
    guest = site.world.anonymous()
    site.send(guest, email="ada@acme.test")
    return site.signed_in(guest) == "ada@acme.test"


def said(page: TestResponse) -> str:
    """The words of a page."""
    return " ".join(page.html.get_text(" ").split())


class TestSettings:
    """Admins come through the company's site alone."""

    @pytest.mark.parametrize(
        ("path", "values", "field"),
        [
            ("/accounts", {"admins_by_token": False}, "admins_by_token"),
            ("/accounts", {"unsolicited": "deny"}, "unsolicited"),
            ("/accounts", {"allowed_email_domains": "customer.test"}, "allowed_email_domains"),
            ("/accounts", {"blocked_email_domains": "acme.test"}, "blocked_email_domains"),
            ("", {"remote_login_url": ""}, "remote_login_url"),
            ("", {"remote_login_url": "https://nowhere.invalid/"}, "remote_login_url"),
            ("", {"primary_dialect": ""}, "primary_dialect"),
            ("", {"company_id": "comp_other"}, "company_id"),
        ],
    )
    def test_what_they_depend_on_is_not_changed_untried(
        self, admin: Admin, site: Site, path: str, values: dict[str, Any], field: str
    ) -> None:
        form = admin.form(f"/sign-in{path}")
        for name, value in values.items():
            form[name] = value
        before = admin.config()
        page = form.submit(status=422)
        assert NO_PASSWORD in page.html.select_one(f"#{field}-error").get_text()
        assert len(errors(page)) == 1
        again = form_of(page, admin.url(f"/sign-in{path}"))
        for name, value in values.items():
            # Nothing that was entered is lost.
            assert again[name].checked is value if value is False else again[name].value == value
        after = admin.config()
        for name in values.keys() - {"company_id"}:
            assert getattr(after, name) == getattr(before, name)
        assert admin.tenant().company_id is None
        assert signs_in(site)

    def test_a_dialect_is_not_switched_off_untried(self, admin: Admin, site: Site) -> None:
        form = admin.form("/sign-in")
        for field in form.fields["dialect"]:
            field.checked = field._value == "central"
        page = form.submit(status=422)
        assert NO_PASSWORD in page.html.select_one(".alert.red").get_text()
        assert admin.config().dialects == ["central", "happyfox"]

    @pytest.mark.parametrize("off", ["jwt_sso", "remote_login"])
    def test_nor_a_way_in(self, admin: Admin, site: Site, off: str) -> None:
        form = admin.form("/sign-in/methods")
        for field in form.fields["on"]:
            field.checked = field._value != off
        page = form.submit(status=422)
        assert NO_PASSWORD in page.html.select_one(".alert.red").get_text()
        again = form_of(page, admin.url("/sign-in/methods"))
        assert off not in [field._value for field in again.fields["on"] if field.checked]
        assert off in admin.tenant().authenticators

    def test_what_they_do_not_depend_on_is_changed_as_ever(self, admin: Admin, site: Site) -> None:
        admin.fill("/sign-in/sessions", staff_idle_seconds="14400")
        admin.fill("/sign-in/accounts", provisioning="off", role_cap="agent", sync_role=True)
        form = admin.form("/sign-in")
        for field in form.fields["dialect"]:
            field.checked = field.checked or field._value == "canny"
        form["leeway"], form["remote_logout_url"] = "30", "https://www.acme.test/out"
        form.submit(status=303)
        form = admin.form("/sign-in/methods")
        for field in form.fields["on"]:
            field.checked = field._value in ("jwt_sso", "remote_login")
        form.submit("move", value="remote_login:up", status=303)
        assert signs_in(site)

    def test_with_a_password_everything_is_changed(self, admin: Admin, site: Site) -> None:
        site.change("ada", password_hash="x")
        admin.fill("/sign-in/accounts", admins_by_token=False)
        assert not admin.config().admins_by_token

    def test_a_disabled_admins_password_is_none(self, admin: Admin, site: Site) -> None:
        site.change("bea", role="admin", disabled_at=admin.user("bea").created_at)
        admin.fill("/sign-in/accounts", admins_by_token=False, status=422)

    def test_where_nobody_comes_in_already_nothing_is_refused(
        self, admin: Admin, site: Site
    ) -> None:
        site.configure(admins_by_token=False)
        admin.fill("/sign-in/accounts", unsolicited="deny")
        assert admin.config().unsolicited == "deny"


class TestDraft:
    """What may not be saved may be drafted, and is promoted once an admin has come in by it."""

    @pytest.fixture(autouse=True)
    def _drafted(self, admin: Admin, site: Site) -> None:
        form = admin.form("/sign-in")
        form["remote_login_url"] = "https://login.acme.test/sso"
        form.submit("into", value="draft", status=303)

    def promote(self, admin: Admin, status: int) -> TestResponse:
        page = admin.press("/sign-in", "/sign-in/promote", status=status)
        if status == 200:
            form = next(f for f in page.forms.values() if "anyway" in f.fields)
            page = form.submit(status=409)
        return page

    def test_untested_it_is_refused(self, admin: Admin, site: Site) -> None:
        page = self.promote(admin, 200)
        assert NO_PASSWORD in said(page)
        assert not any("anyway" in f.fields for f in page.forms.values())
        assert admin.config().remote_login_url != "https://login.acme.test/sso"

    @pytest.mark.parametrize("email", ["cleo@customer.test", "ben@acme.test", "new@acme.test"])
    def test_a_test_as_somebody_else_proves_nothing(
        self, admin: Admin, site: Site, email: str
    ) -> None:
        admin.press("/sign-in", "/sign-in/try-draft")
        site.send(admin.browser, email=email)
        page = self.promote(admin, 409)
        assert NO_PASSWORD in said(page)

    def test_a_test_of_other_values_proves_nothing(self, admin: Admin, site: Site) -> None:
        admin.press("/sign-in", "/sign-in/try-draft")
        site.send(admin.browser, email="ada@acme.test")
        form = admin.form("/sign-in")
        form["remote_login_url"] = "https://nowhere.invalid/"
        form.submit(status=303)
        assert NO_PASSWORD in said(self.promote(admin, 200))

    def test_a_test_as_an_admin_is_the_way(self, admin: Admin, site: Site) -> None:
        admin.press("/sign-in", "/sign-in/try-draft")
        site.send(admin.browser, email="ada@acme.test")
        self.promote(admin, 303)
        assert admin.config().remote_login_url == "https://login.acme.test/sso"
        assert signs_in(site)

    def test_an_admin_who_is_none_any_more_proves_nothing(self, admin: Admin, site: Site) -> None:
        site.change("bea", role="admin", password_hash=None)
        admin.press("/sign-in", "/sign-in/try-draft")
        site.send(admin.browser, email="bea@acme.test")
        site.change("bea", role="agent")
        assert NO_PASSWORD in said(self.promote(admin, 409))


class TestGoingBack:
    def test_is_refused_too_and_offered_as_a_draft(self, admin: Admin, site: Site) -> None:
        site.configure(admins_by_token=False)
        admin.fill("/sign-in/accounts", admins_by_token=True)
        page = admin.press("/sign-in/accounts", "/sign-in/roll-back", status=409)
        assert NO_PASSWORD in said(page)
        assert admin.config().admins_by_token
        form = next(
            f for f in page.forms.values() if "into" in f.fields and f["into"].value == "draft"
        )
        form.submit(status=303)
        draft = admin.look(lambda db, tenant: db.get(SsoDraft, tenant.id))
        assert draft.values == {"admins_by_token": [True, False]}


class TestTenantFile:
    def apply(self, admin: Admin, text: str) -> None:
        files = TenantFiles(admin.world.app.registry)
        files.apply_text(f'[tenant]\nslug = "{admin.world.slug}"\n{text}', {})

    @pytest.mark.parametrize(
        ("line", "name"),
        [
            ("admins_by_token = false", "admins_by_token"),
            ("dialects = []\nprimary = ''", "primary_dialect"),
            ('authenticators = ["session"]', "authenticators"),
        ],
    )
    def test_locks_nobody_out(self, admin: Admin, site: Site, line: str, name: str) -> None:
        with pytest.raises(TenantFileError) as caught:
            self.apply(admin, f"[sso]\n{line}\n")
        assert [str(problem) for problem in caught.value.problems] == [
            f"[sso] {name}: would lock every admin out: none has a password, so tokens are their "
            "only way in."
        ]
        assert signs_in(site)

    def test_may_bring_an_admin_with_a_password_along(self, admin: Admin, site: Site) -> None:
        self.apply(
            admin,
            '[sso]\nadmins_by_token = false\n[[people]]\nemail = "new@acme.test"\nname = "New"\n'
            f'role = "admin"\npassword = "{PASSWORD}"\n',
        )
        assert not admin.config().admins_by_token


class TestPeople:
    """The last admin who can sign in stays one, even where another has no way in."""

    @pytest.fixture(autouse=True)
    def _two_admins(self, site: Site) -> None:
        """Ada has a password; bea was invited and has none yet."""
        site.change("ada", password_hash="x")
        site.change("bea", role="admin", password_hash=None)
        site.configure(admins_by_token=False)

    @pytest.mark.parametrize("change", ["set_role", "set_disabled"])
    def test_the_last_with_a_password(self, admin: Admin, site: Site, change: str) -> None:
        with pytest.raises(LastAdminError):
            self.change(admin, change)
        assert admin.user("ada").role == Role.ADMIN
        assert admin.user("ada").disabled_at is None

    @pytest.mark.parametrize("change", ["set_role", "set_disabled"])
    def test_a_token_is_a_way_in(self, admin: Admin, site: Site, change: str) -> None:
        site.configure(admins_by_token=True)
        self.change(admin, change)
        ada = admin.user("ada")
        assert ada.role == Role.AGENT or ada.disabled_at is not None

    def test_but_not_for_an_address_that_no_token_may_have(self, admin: Admin, site: Site) -> None:
        site.configure(admins_by_token=True, blocked_email_domains=["acme.test"])
        with pytest.raises(LastAdminError):
            self.change(admin, "set_role")

    def test_whoever_has_no_way_in_may_go(self, admin: Admin, site: Site) -> None:
        admin.press(f"/people/{admin.user('bea').id}", f"/people/{admin.user('bea').id}/disable")
        assert admin.user("bea").disabled_at is not None

    def test_the_page_says_why(self, admin: Admin, site: Site) -> None:
        """Bea, signed in from before, disables the only one who could sign in again."""
        browser = admin.world.browser("bea")
        path = admin.url(f"/people/{admin.user('ada').id}")
        page = form_of(browser.get(path), f"{path}/disable").submit(status=422)
        assert "This is the last admin who can sign in." in said(page)
        assert admin.user("ada").disabled_at is None

    def change(self, admin: Admin, name: str) -> None:
        def make(db: Any, tenant: Any) -> None:
            ways = ways_in(admin.world.app.registry)
            people = PeopleAdministration(db, tenant, AuditLog(db, tenant), ways)
            user = db.get_one(User, (tenant.id, admin.world.seed.users["ada"].id))
            getattr(people, name)(user, Role.AGENT if name == "set_role" else True)

        admin.look(make)


class TestTokens:
    """A token makes nobody less of an admin."""

    def test_does_not_lower_an_admin(self, admin: Admin, site: Site) -> None:
        site.configure(sync_role=True, role_cap="agent")
        guest = site.world.anonymous()
        site.send(guest, "/auth/callback", email="ada@acme.test", role="customer")
        assert site.signed_in(guest) == "ada@acme.test"
        assert admin.user("ada").role == Role.ADMIN

    def test_does_not_take_the_last_password(self, admin: Admin, site: Site) -> None:
        """The address was never proven. An account that others made an admin is its owner's."""
        site.change("ada", password_hash="kept", email_verified_at=None)
        assert signs_in(site)
        ada = admin.user("ada")
        assert ada.password_hash == "kept"
        assert ada.email_verified_at is not None

    def test_but_one_of_several(self, admin: Admin, site: Site) -> None:
        site.change("ada", password_hash="dropped", email_verified_at=None)
        site.change("bea", role="admin")
        assert signs_in(site)
        assert admin.user("ada").password_hash is None
        assert site.last().warnings == ["password_dropped"]


class TestKeys:
    """The last key that admins come in with."""

    def check(self, admin: Admin, *kids: str) -> None:
        admin.look(lambda db, tenant: check_keys(db, tenant, kids))

    def test_does_not_end(self, admin: Admin, site: Site) -> None:
        with pytest.raises(LockedOutError):
            self.check(admin, "2026-a")

    def test_one_of_two_may_once_the_other_is_used(self, admin: Admin, site: Site) -> None:
        made = form_of(admin.get("/sign-in/keys"), admin.url("/sign-in/new-key")).submit(status=200)
        secret = made.html.select_one("#secret")["value"]
        page = admin.press("/sign-in/keys", "/sign-in/end-key", status=409)
        assert NO_PASSWORD in said(page)
        assert signs_in(site)
        guest = site.world.anonymous()
        site.send(guest, email="ada@acme.test", secret=secret)
        assert site.signed_in(guest) == "ada@acme.test"
        admin.press("/sign-in/keys", "/sign-in/end-key")
        assert not signs_in(site)

    @pytest.mark.parametrize("action", ["new-key", "import-key"])
    def test_is_not_replaced_at_once(self, admin: Admin, site: Site, action: str) -> None:
        form = admin.form("/sign-in/keys", f"/sign-in/{action}")
        form["grace"] = "0"
        if action == "import-key":
            form["kid"], form["material"] = "2026-b", "another secret of more than 32 bytes."
        page = form.submit(status=409)
        assert NO_PASSWORD in said(page)
        if action == "import-key":
            assert form_of(page, form.action)["kid"].value == "2026-b"
        assert signs_in(site)
        form = form_of(page, form.action)
        form["grace"] = "24"
        form.submit(status=[200, 303])
        assert signs_in(site)

    def test_with_a_password_any_may(self, admin: Admin, site: Site) -> None:
        site.change("ada", password_hash="x")
        self.check(admin, "2026-a")

    def test_where_tokens_let_no_admin_in_any_may(self, admin: Admin, site: Site) -> None:
        site.configure(admins_by_token=False)
        self.check(admin, "2026-a")
        assert not admin.look(admins_can_sign_in)
