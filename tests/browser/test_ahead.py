"""Browsers that fetch links ahead: nobody is signed in before the click, and everybody after it."""

import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

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


@pytest.mark.parametrize("kind", HEADS)
def test_a_link_that_was_fetched_ahead_signs_in_when_it_is_followed(
    chromium: Browser, demo: Demo, kind: str
) -> None:
    # Not one of the watched windows: what a browser may not use yet it complains of.
    page, now = chromium.new_page(), int(time.time())
    claims = {
        "email": "marta@northwind.example",
        "name": "Marta Lindqvist",
        "iat": now,
        "exp": now + 120,
        "jti": uuid.uuid4().hex,
    }
    url = demo.url(f"auth/callback?token={sign(claims, SECRET)}")
    server = _serve(f"<!doctype html>{HEADS[kind].replace('URL', url)}<a href='{url}'>Support</a>")
    try:
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        # Time to fetch it: a browser that does not is no failure here.
        page.wait_for_timeout(1500)
        assert not any(cookie["name"].startswith("portal-") for cookie in page.context.cookies())
        page.get_by_role("link", name="Support").click()
        page.wait_for_url(demo.url())
        expect(page.get_by_text("Signed in as Marta Lindqvist")).to_be_visible()
    finally:
        page.context.close()
        server.shutdown()
        server.server_close()
