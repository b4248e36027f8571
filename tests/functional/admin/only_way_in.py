"""What the tests of the lockout share: a tenant whose admins come through the company's site."""

from webtest import TestResponse

from tests.factories import World
from tests.functional.signin.conftest import Site

NO_PASSWORD = "No admin has a password here"


def only_way_in(world: World) -> Site:
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
