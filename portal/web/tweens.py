"""Around every request: its reference, its log line, what it must not contain, its headers."""

import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote_to_bytes

import structlog
from pyramid.httpexceptions import HTTPBadRequest
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

Handler = Callable[[Request], Response]

log = structlog.get_logger("portal.request")

#: Crockford's alphabet: a reference is read out over the telephone.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PROXY_HEADERS = ("HTTP_X_VHM_ROOT",)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action {form_action}; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def new_reference() -> str:
    """A reference such as `K7Q2-9FXM`: 40 random bits, unambiguous to read."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def reference_tween_factory(handler: Handler, registry: Registry) -> Handler:
    """Name the request, refuse bytes that are no text, and log one line about it."""

    def tween(request: Request) -> Response:
        request.reference = new_reference()
        for header in _PROXY_HEADERS:
            # Pyramid would prefix URLs with it, and any client can send it.
            request.environ.pop(header, None)
        started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(reference=request.reference)
        _drop_unreadable_cookies(request)
        if not _is_text(request):
            request.environ.update({"PATH_INFO": "/", "QUERY_STRING": ""})
            request.junk = True
        response: Response = handler(request)
        response.headers["X-Request-Reference"] = request.reference
        tenant = request.tenant
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_int,
            ms=round((time.perf_counter() - started) * 1000, 1),
            tenant=tenant.slug if tenant is not None else None,
        )
        return response

    return tween


def _drop_unreadable_cookies(request: Request) -> None:
    """WebOb reads all cookies or none, and another site on our domain may set what is no UTF-8.

    Ours are plain, so those that are not are left out.
    """
    header: str = request.environ.get("HTTP_COOKIE", "")
    if not _is_plain(header):
        pairs = (pair.strip() for pair in header.split(";"))
        request.environ["HTTP_COOKIE"] = "; ".join(filter(_is_plain, pairs))


def _is_plain(text: str) -> bool:
    # WebOb takes \ooo in a quoted value for a byte.
    return text.isascii() and "\\" not in text


def refuse_junk_tween_factory(handler: Handler, registry: Registry) -> Handler:
    """Inside the exception views, so that a URL of junk bytes gets the page for 400."""

    def tween(request: Request) -> Response:
        if getattr(request, "junk", False):
            raise HTTPBadRequest
        return handler(request)

    return tween


def _is_text(request: Request) -> bool:
    path = request.environ.get("PATH_INFO", "").encode("latin-1", "replace")
    query = request.environ.get("QUERY_STRING", "")
    try:
        path.decode("utf-8")
        parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError:
        return False
    return b"\0" not in path and b"\0" not in unquote_to_bytes(query)


_HASHED_STATIC = re.compile(r"/static/")


def security_headers_tween_factory(handler: Handler, registry: Registry) -> Handler:
    """The policy for browsers, on every response. A view's own header wins."""

    def tween(request: Request) -> Response:
        response = _answer(handler, request)
        headers = response.headers
        targets = " ".join(["'self'", *getattr(request, "form_targets", ())])
        headers.setdefault(
            "Content-Security-Policy", CONTENT_SECURITY_POLICY.format(form_action=targets)
        )
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if request.scheme == "https":
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not _HASHED_STATIC.match(request.path):
            # Pages are personal; the back button after signing out must not show them.
            headers.setdefault("Cache-Control", "no-store")
        return response

    return tween


def _answer(handler: Handler, request: Request) -> Response:
    """The response; a plain one where even the page for an error failed."""
    try:
        return handler(request)
    except Exception:
        log.exception("error page failed", path=request.path)
        sentence = f"Something broke on our side. The reference is {request.reference}.\n"
        return Response(body=sentence.encode(), status=500, content_type="text/plain")
