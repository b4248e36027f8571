"""A tenant whose engineer has filled in a sample's ``.env``."""

from collections.abc import Sequence

from sqlalchemy import select

from portal.security.sessions import SessionService
from portal.tickets.models import Ticket
from tests.factories import World
from tests.functional.api.conftest import Client
from tests.functional.examples.visitor import Visitor
from tests.functional.signin.conftest import Site
from tests.unit.signin.tokens import SECRET


class Company:
    """The tenant at the portal, and what its site has to know."""

    def __init__(self, world: World, portal: str) -> None:
        self.world = world
        self.site = Site(world)
        self.home = f"{portal}{world.url('')}"
        key = Client(world, ["auth:redirect", "tickets:write"]).headers
        self.environment = {
            "PORTAL_URL": self.home,
            "PORTAL_CALLBACK_URL": f"{self.home}/auth/callback",
            "PORTAL_TENANT": world.slug,
            "PORTAL_KEY_ID": "2026-a",
            "PORTAL_SIGNING_KEY": SECRET,
            "PORTAL_API_KEY": key["X-API-Key"],
            "PORTAL_API_SECRET": key["X-API-Secret"],
        }

    def open_site(self, origin: str) -> None:
        """Enter the site's addresses into the sign-in settings."""
        self.site.configure(
            remote_login_url=f"{origin}/support",
            remote_logout_url=f"{origin}/signed-out",
            allowed_origins=[origin],
        )

    def url(self, path: str) -> str:
        """The address of one of the tenant's pages."""
        return f"{self.home}{path}"

    def signed_in(self, visitor: Visitor) -> str | None:
        """The address of whoever is signed in at the portal in this browser."""
        value = visitor.cookies.get(f"portal-{self.world.slug}", "")
        with self.world.factory.session(self.world.seed.tenant.id) as db:
            found = SessionService(db, self.world.seed.tenant).find(value) if value else None
        return found[1].email if found else None

    def tickets(self) -> Sequence[Ticket]:
        """All tickets of the tenant."""
        with self.world.factory.session(self.world.seed.tenant.id) as db:
            return db.scalars(
                select(Ticket).where(Ticket.tenant_id == self.world.seed.tenant.id)
            ).all()
