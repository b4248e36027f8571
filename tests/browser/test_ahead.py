"""Browsers that fetch links ahead: nobody is signed in before the click, and everybody after it."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.running import Demo
from tests.unit.signin.tokens import sign

#: Of the demo's company, see portal/demo/acme.toml.
SECRET = "acme-shared-secret-0123456789abcdef0123456789"
_RULES = (
    '<script type="speculationrules">{"KIND":[{"urls":["URL"],"eagerness":"immediate"}]}</script>'
)
HEADS = {
    "link": '<link rel="prefetch" href="URL">',
    "prefetch": _RULES.replace("KIND", "prefetch"),
    "prerender": _RULES.replace("KIND", "prerender"),
}


def _serve(html: str) -> ThreadingHTTPServer:
    """A page of the company's own site; closed by the caller."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_args: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def fetched(chromium: Browser, demo: Demo) -> Iterator[dict[str, Page]]:
    """The company's page with each kind of link, in a browser of its own, which has had the time
    to fetch it: one that does not is no failure here."""
    with ExitStack() as open_sites:
        # Not the watched windows: what a browser may not use yet it complains of.
        pages = {
            kind: open_sites.enter_context(chromium.new_context()).new_page() for kind in HEADS
        }
        for kind, page in pages.items():
            link = HEADS[kind].replace("URL", url := _sign_in_url(demo))
            site = _serve(f"<!doctype html>{link}<a href='{url}'>Support</a>")
            open_sites.callback(site.server_close)
            open_sites.callback(site.shutdown)
            page.goto(f"http://127.0.0.1:{site.server_port}/")
        page.wait_for_timeout(1500)
        yield pages


def _sign_in_url(demo: Demo) -> str:
    """Where somebody is signed in, once."""
    now = int(time.time())
    claims = {
        "email": "marta@northwind.example",
        "name": "Marta Lindqvist",
        "iat": now,
        "exp": now + 120,
        "jti": uuid.uuid4().hex,
    }
    return demo.url(f"auth/callback?token={sign(claims, SECRET)}")


@pytest.mark.parametrize("kind", HEADS)
def test_a_link_that_was_fetched_ahead_signs_in_when_it_is_followed(
    fetched: dict[str, Page], demo: Demo, kind: str
) -> None:
    page = fetched[kind]
    assert not any(cookie["name"].startswith("portal-") for cookie in page.context.cookies())
    page.get_by_role("link", name="Support").click()
    page.wait_for_url(demo.url())
    expect(page.get_by_text("Signed in as Marta Lindqvist")).to_be_visible()
