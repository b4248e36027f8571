"""An admin at the settings."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from webtest import Form, TestApp, TestResponse

from portal.db import TenantSession
from portal.people.models import User
from portal.people.service import PeopleService
from portal.signin.models import SsoConfig
from portal.tenants.models import AuditEntry, Tenant
from tests.factories import World


class Admin:
    """Ada, the admin of a world, in her browser."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.browser: TestApp = world.browser("ada")

    def url(self, path: str = "") -> str:
        """A page of the settings."""
        return self.world.url(f"/settings{path}")

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page of the settings."""
        return self.browser.get(self.url(path), **options)

    def form(self, path: str, action: str | None = None) -> Form:
        """The form of a page that posts to `action`, by default to the page itself."""
        return form_of(self.get(path), self.url(action if action is not None else path))

    def fill(
        self, path: str, *, action: str | None = None, status: int = 303, **values: Any
    ) -> Any:
        """Fill in a form and send it."""
        form = self.form(path, action)
        for name, value in values.items():
            form[name] = value
        return form.submit(status=status)

    def press(self, path: str, action: str, *, status: int = 303) -> TestResponse:
        """Press the button of a form."""
        return self.form(path, action).submit(status=status)

    def audit(self) -> list[AuditEntry]:
        """The audit log, oldest first."""
        entries: list[AuditEntry] = self.look(
            lambda db, _t: db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        )
        return entries

    def last(self) -> tuple[str, str, dict[str, Any]]:
        """What the audit log says of the last change."""
        entry = self.audit()[-1]
        assert entry.actor_id == self.world.seed.users["ada"].id
        assert entry.actor_name == "Ada Admin"
        return entry.action, entry.target, entry.details

    def look(self, ask: Callable[[TenantSession, Tenant], Any]) -> Any:
        """Ask something of the tenant's rows."""
        with self.world.factory.session(self.world.seed.tenant.id) as db:
            return ask(db, db.get_one(Tenant, self.world.seed.tenant.id))

    def tenant(self) -> Tenant:
        """The tenant's row as it is now."""
        tenant: Tenant = self.look(lambda _db, tenant: tenant)
        return tenant

    def config(self) -> SsoConfig:
        """The sign-in settings as they are now."""
        config: SsoConfig = self.look(lambda db, tenant: db.get(SsoConfig, tenant.id))
        return config

    def user(self, first: str) -> User:
        """One of the seed's people as they are now."""
        user_id = self.world.seed.users[first].id
        user: User = self.look(lambda db, tenant: PeopleService(db, tenant).by_id(user_id))
        return user


def form_of(page: TestResponse, action: str) -> Form:
    """The form of a page that posts to an address."""
    found = [form for form in page.forms.values() if form.action == action]
    assert found, f"no form posts to {action}: {[form.action for form in page.forms.values()]}"
    return found[0]


def errors(page: TestResponse) -> list[str]:
    """The messages beside the fields."""
    return [" ".join(tag.get_text().split()) for tag in page.html.select("p.error")]


@pytest.fixture
def admin(world: World) -> Admin:
    """Ada, signed in."""
    return Admin(world)
