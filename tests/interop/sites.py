"""A company whose other sites are registered at its issuer."""

from dataclasses import dataclass

from playwright.sync_api import Page

from portal.issuer.clients import Clients
from portal.issuer.models import IssuerClient
from portal.people.models import User
from tests.factories import World
from tests.ports import free_port


@dataclass(frozen=True)
class Site:
    """One of them, with what its software is told. It listens on this machine, under another name
    than the portal, so that cookies and policies meet a foreign site."""

    issuer: str
    client_id: str
    secret: str
    port: int

    @property
    def origin(self) -> str:
        """Without a slash at its end."""
        return f"http://localhost:{self.port}"

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"{self.origin}{path}"

    @property
    def environment(self) -> dict[str, str]:
        """As the programs' configurations read it."""
        return {
            "PORT": str(self.port),
            "SITE": self.origin,
            "ISSUER": self.issuer,
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.secret,
        }


class Company:
    """The tenant, and the one of its people who signs in."""

    def __init__(self, world: World, portal: str) -> None:
        self.world = world
        self.portal = portal

    @property
    def cleo(self) -> User:
        """A customer."""
        return self.world.seed.users["cleo"]

    @property
    def profile(self) -> str:
        """A page of the portal that only signed-in people see."""
        return f"{self.portal}{self.world.url('/profile')}"

    def site(
        self,
        name: str,
        callback: str,
        goodbye: str,
        kind: str = "confidential",
        backchannel: str | None = None,
    ) -> Site:
        """Register a site with the paths of its addresses. A public one has no secret."""
        tenant, port = self.world.seed.tenant, free_port()
        origin = f"http://localhost:{port}"
        with self.world.factory.session(tenant.id) as db:
            clients = Clients(db, tenant)
            row: IssuerClient = clients.create(
                name,
                [f"{origin}{callback}"],
                post_logout_redirect_uris=[f"{origin}{goodbye}"],
                kind=kind,
            )
            if backchannel is not None:
                row.backchannel_logout_uri = f"{origin}{backchannel}"
            secret = "" if kind == "public" else clients.make_secret(row)
        return Site(f"{self.portal}/{self.world.slug}", row.client_id, secret, port)

    def gives_away(self, site: Site) -> None:
        """From now on the site is somebody else's: people are asked."""
        tenant = self.world.seed.tenant
        with self.world.factory.session(tenant.id) as db:
            db.get_one(IssuerClient, (tenant.id, site.client_id)).third_party = True

    def sign_in(self, page: Page) -> None:
        """At the portal's own page, to which the site sent its visitor."""
        page.get_by_label("E-mail address").fill(self.cleo.email)
        page.get_by_label("Password").first.fill("staple-lantern-orchid")
        page.get_by_role("button", name="Sign in", exact=True).click()

    def sign_out(self, page: Page) -> None:
        """At the portal, without a word to any site."""
        page.goto(f"{self.portal}{self.world.url('/logout')}")

    def knows(self, page: Page) -> bool:
        """Whether the browser is signed in at the portal."""
        answer = page.context.request.get(self.profile, max_redirects=0)
        return answer.status == 200
