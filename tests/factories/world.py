"""Browsers for the people of a tenant."""

from typing import Any

from pyramid.router import Router
from sqlalchemy import select
from webtest import TestApp

from portal.people.models import AgentRole, User
from portal.security import cookies
from portal.security.permissions import Permission
from portal.security.sessions import Lifetime, SessionService
from portal.tickets.models import Ticket
from tests.factories.tenants import TenantFactory, TenantSeed


class World:
    """A tenant, its people, and a browser for each."""

    def __init__(self, seed: TenantSeed, app: Router, factory: TenantFactory) -> None:
        self.seed = seed
        self.app = app
        self.factory = factory

    @property
    def slug(self) -> str:
        """The tenant's slug."""
        return self.seed.slug

    def url(self, path: str = "/") -> str:
        """A path inside the tenant."""
        return f"/{self.slug}{path}"

    def anonymous(self) -> TestApp:
        """A browser that is not signed in."""
        return TestApp(
            self.app, extra_environ={"HTTP_HOST": "localhost", "HTTP_ACCEPT": "text/html"}
        )

    def browser(self, first: str) -> TestApp:
        """A browser in which one of the tenant's people is signed in already."""
        value = cookies.new_value()
        with self.factory.session(self.seed.tenant.id) as db:
            SessionService(db, self.seed.tenant).create(
                self.seed.users[first],
                value,
                Lifetime(idle=3600, absolute=86400),
                authenticator="local_password",
            )
        browser = self.anonymous()
        browser.set_cookie(f"portal-{self.slug}", value)
        return browser

    def give_role(self, first: str, *permissions: Permission, name: str = "Light agent") -> None:
        """Give one of the agents a role that has just these permissions; again: change it."""
        tenant = self.seed.tenant
        with self.factory.session(tenant.id) as db:
            found = select(AgentRole).where(AgentRole.tenant_id == tenant.id)
            role = db.scalar(found.where(AgentRole.name == name))
            if role is None:
                role = AgentRole(tenant_id=tenant.id, name=name)
                db.add(role)
            role.permissions = list(permissions)
            db.flush()
            user = db.get_one(User, (tenant.id, self.seed.users[first].id))
            user.agent_role_id = role.id

    def ticket(self, **options: Any) -> Ticket:
        """A ticket of the tenant; see `TenantFactory.ticket`."""
        return self.factory.ticket(self.seed, **options)
