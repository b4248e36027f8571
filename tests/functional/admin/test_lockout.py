"""No setting, no draft and no file leaves a tenant without an admin who gets in."""

from typing import Any

import pytest
from webtest import TestResponse

from portal.signin.models import SsoDraft
from portal.tenants.files import TenantFileError, TenantFiles
from tests.factories import PASSWORD, World
from tests.functional.admin.conftest import Admin, errors, form_of
from tests.functional.admin.only_way_in import NO_PASSWORD, only_way_in, said, signs_in
from tests.functional.signin.conftest import Site


@pytest.fixture
def site(world: World) -> Site:
    """The tenant's website, the only way in for its admins."""
    return only_way_in(world)


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
