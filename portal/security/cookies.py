"""The browser's cookie: 256 random bits, one name a tenant, in `__Host-` form.

It identifies the browser before sign-in (for CSRF and for the page it was going to) and is
replaced by a new value at sign-in; only then does it name a row of `sessions`. Tenants that
share a host have a cookie each, so that signing in to one does not touch the other.
"""

import hashlib
import hmac
import re
import secrets
from typing import Literal

from pyramid.request import Request
from pyramid.response import Response

_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


def new_value() -> str:
    """A fresh cookie value of 256 bits."""
    return secrets.token_urlsafe(32)


def value_hash(value: str) -> bytes:
    """What the database keeps of a cookie value."""
    return hashlib.sha256(value.encode("ascii")).digest()


def cookie_name(request: Request) -> str:
    """`__Host-portal-{slug}`; without the prefix on plain HTTP, which browsers would refuse."""
    slug = request.tenant.slug
    return f"__Host-portal-{slug}" if request.scheme == "https" else f"portal-{slug}"


def read(request: Request) -> str | None:
    """The browser's value, or None where it is absent or malformed."""
    if request.tenant is None:
        return None
    value: str | None = request.cookies.get(cookie_name(request))
    return value if value is not None and _SHAPE.fullmatch(value) else None


def visitor(request: Request) -> str:
    """The browser's value; where it has none, a new one that goes out with the response."""
    value = getattr(request, "visitor_value", None) or read(request)
    if value is None:
        value = new_value()
        send(request, value)
    return value


def send(request: Request, value: str) -> None:
    """Give the browser this value with the response, whichever response that will be."""
    first = not hasattr(request, "visitor_value")
    request.visitor_value = value
    if first:
        request.add_response_callback(_set_cookie)


def _set_cookie(request: Request, response: Response) -> None:
    response.set_cookie(
        cookie_name(request),
        request.visitor_value,
        path="/",
        secure=request.scheme == "https",
        httponly=True,
        samesite="Lax",
    )


def beside_name(request: Request, purpose: str) -> str:
    """The name of another cookie of the tenant, for one purpose."""
    return f"{cookie_name(request)}-{purpose}"


def send_beside(
    request: Request, purpose: str, value: str, seconds: int, samesite: Literal["Lax", "Strict"]
) -> None:
    """Let the browser keep a value for one purpose; after 0 seconds it has forgotten it."""
    request.response.set_cookie(
        beside_name(request, purpose),
        value,
        max_age=seconds,
        path="/",
        secure=request.scheme == "https",
        httponly=True,
        samesite=samesite,
    )


def csrf_token(request: Request) -> str:
    """The token for the forms of this browser: derived from the cookie, so never stored."""
    return _csrf_token(request, request.registry["portal.settings"].secret_key)


def is_csrf_token(request: Request, supplied: str) -> bool:
    """Whether a form brings the token of this browser.

    One that was made with a former master key counts: while that key is being changed, forms are
    open in browsers, and a process that still has only the former one may have made the next.
    """
    settings = request.registry["portal.settings"]
    given = supplied.encode("utf-8", "replace")
    matches = [
        hmac.compare_digest(_csrf_token(request, key).encode("ascii"), given)
        for key in (settings.secret_key, *settings.former_secret_keys)
    ]
    return any(matches)


def _csrf_token(request: Request, key: bytes) -> str:
    message = f"csrf:{request.tenant.slug}:{visitor(request)}".encode("ascii")
    return hmac.new(key, message, hashlib.sha256).hexdigest()
