"""CSRF: every POST carries a token derived from the browser's cookie.

A form in which somebody writes may be older than the cookie: see `portal.security.writers`.
"""

from pyramid.config import Configurator
from pyramid.interfaces import ICSRFStoragePolicy
from pyramid.request import Request
from zope.interface import implementer

from portal.security import cookies, writers


@implementer(ICSRFStoragePolicy)
class CookieDerivedCSRF:
    """Pyramid's storage policy over `cookies.csrf_token`: nothing to store."""

    def new_csrf_token(self, request: Request) -> str:
        """A fresh token: the browser gets a fresh value."""
        cookies.send(request, cookies.new_value())
        return cookies.csrf_token(request)

    def get_csrf_token(self, request: Request) -> str:
        """The token of this browser."""
        return cookies.csrf_token(request)

    def check_csrf_token(self, request: Request, supplied_token: str) -> bool:
        """Whether the token belongs to the browser's cookie, or the form to whoever is signed in;
        false without a cookie."""
        if request.tenant is None or cookies.read(request) is None:
            return False
        return cookies.is_csrf_token(request, supplied_token) or writers.stands_in(request)


def _csrf_token(request: Request) -> str:
    return cookies.csrf_token(request) if request.tenant is not None else ""


def includeme(config: Configurator) -> None:
    """Require the token everywhere; a view that a key or a token authenticates says so."""
    config.set_csrf_storage_policy(CookieDerivedCSRF())
    config.set_default_csrf_options(
        require_csrf=True,
        token="csrf_token",  # noqa: S106 (the name of the field)
        header="X-CSRF-Token",
    )
    config.add_request_method(_csrf_token, "csrf_token", reify=True)
