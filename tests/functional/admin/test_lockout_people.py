"""Neither a person's change, nor a token, nor a key leaves a tenant without an admin."""

from typing import Any

import pytest

from portal.people.models import Role, User
from portal.people.settings_service import LastAdminError, PeopleAdministration, ways_in
from portal.signin.lockout import LockedOutError, admins_can_sign_in, check_keys
from portal.tenants.audit import AuditLog
from tests.factories import World
from tests.functional.admin.conftest import Admin, form_of
from tests.functional.admin.only_way_in import NO_PASSWORD, only_way_in, said, signs_in
from tests.functional.signin.conftest import Site


@pytest.fixture
def site(world: World) -> Site:
    """The tenant's website, the only way in for its admins."""
    return only_way_in(world)


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
