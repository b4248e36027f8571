"""Browsers at any host, and what they see."""

import re
from typing import Any

from pyramid.router import Router
from webtest import TestApp


def at(router: Router, host: str, scheme: str = "http") -> TestApp:
    """A browser that is at a host."""
    environ = {"HTTP_HOST": host, "HTTP_ACCEPT": "text/html", "wsgi.url_scheme": scheme}
    return TestApp(router, extra_environ=environ)


def status(browser: TestApp, path: str, **options: Any) -> int:
    """The status of a GET."""
    return int(browser.get(path, expect_errors=True, **options).status_int)


def links(page: Any) -> list[str]:
    """Where a page's links and forms lead."""
    return re.findall(r'(?:href|action|src)="([^"]*)"', page.text)
