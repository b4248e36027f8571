"""Central Tickets' static page, in a browser: its script calls us from another origin."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from portal.settings import Settings
from tests.factories import World
from tests.functional.serving import serving
from tests.functional.signin.conftest import Site

PAGE = Path(__file__).parents[1] / "functional/api/clients/central/page.html"


class _StaticSite(BaseHTTPRequestHandler):
    """The page, and who is logged in there."""

    def do_GET(self) -> None:
        if self.path == "/api/user":
            kind, body = "application/json", b'{"email": "cleo@customer.test", "name": "Cleo"}'
        else:
            kind, body = "text/html", PAGE.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def origin() -> Iterator[str]:
    """Where the page stands."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _StaticSite) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[str]:
    """The origin of a portal that listens."""
    with serving(settings) as origin:
        yield origin


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def come(page: Page, origin: str, served: str, site: Site) -> str:
    """Come from the landing page's button; gives the tenant's home."""
    home = f"{served}{site.world.url()}"
    asked = {
        "redirect_url": f"{home}dashboard",
        "callback_api": f"{home}api/auth/redirect",
        "tenant": site.world.slug,
    }
    page.goto(f"{origin}/ticket-sso.html?{urlencode(asked)}")
    return home


def test_as_printed_the_visitor_ends_at_our_sign_in_page(
    page: Page, origin: str, served: str, site: Site
) -> None:
    site.configure(allowed_origins=[origin])
    home = come(page, origin, served, site)
    page.wait_for_url(lambda url: url.startswith(f"{home}login?reference="))
    assert page.url.endswith(site.last().reference)
    assert site.last().code == "api_key_invalid"


def test_a_page_that_is_not_listed_learns_nothing(
    page: Page, origin: str, served: str, site: Site
) -> None:
    come(page, origin, served, site)
    page.get_by_text("Authentication Failed").wait_for()
    # The browser asked first, and did not even send it.
    assert site.log() == []
