"""Browsers for the people of a tenant."""

from typing import Any

from pyramid.router import Router
from webtest import TestApp

from portal.security import cookies
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

    def ticket(self, **options: Any) -> Ticket:
        """A ticket of the tenant; see `TenantFactory.ticket`."""
        return self.factory.ticket(self.seed, **options)
