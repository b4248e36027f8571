"""Where a visitor may be sent.

An address that came from outside (a parameter, a claim, a form) becomes a ``SafeURL`` here or
nowhere. There is no boolean to forget: ``see_other`` takes nothing but a ``SafeURL``, and only
this module makes one.

The rules assume that the browser reads addresses as the WHATWG URL standard does: it drops tabs
and line breaks, takes a backslash for a slash, decodes ``%2e`` in dot segments, and takes what
stands between ``//`` and ``@`` for a name and a password. Whatever could be read in two ways is
refused, not repaired.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request

LONGEST_URL = 2048
#: First segments that are no place to arrive at: they sign out, sign in, or are no pages.
RESERVED = frozenset({"-", "api", "auth", "branding", "login", "logout", "signed-out", "static"})

_REFUSED = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_ABSOLUTE = re.compile(
    r"(?P<origin>(?P<scheme>[A-Za-z]+)://(?P<host>[^/?#@:]+)(?::(?P<port>[0-9]+))?)"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
)
_RELATIVE = re.compile(r"(?P<path>/[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", re.ASCII)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
#: In a path: a percent sign that encodes nothing, or a slash, backslash, percent sign or control.
_REFUSED_ENCODING = re.compile(r"%(?![0-9a-f]{2})|%(?:2f|5c|25|[01][0-9a-f]|7f)", re.IGNORECASE)
_ENCODED_DOT = re.compile(r"%2e", re.IGNORECASE)
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_LOCALHOST = re.compile(r"localhost|.+\.localhost|127\.0\.0\.1", re.ASCII)


class SafeURL(str):
    """An absolute URL that a visitor may be sent to. Made by this module alone."""

    __slots__ = ()


class Reason(StrEnum):
    """Why an address was not taken."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    FORM = "form"
    PATH = "path"
    SCHEME = "scheme"
    HOST = "host"
    ORIGIN = "origin"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class Blocked:
    """An address that was not taken."""

    reason: Reason


class _Stop(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason = reason


def safe_redirect(
    target: str | None,
    *,
    home: str,
    slug: str = "",
    portal_homes: Collection[str] = (),
    allowed_hosts: Collection[str] = (),
    reserved: Collection[str] = RESERVED,
) -> SafeURL | Blocked:
    """Where ``target`` leads, as an absolute URL, if a visitor of the tenant may be sent there.

    ``home`` is the absolute address of the tenant's pages as the visitor reaches them
    (``https://portal.example/acme`` or ``https://help.acme.test``), from configuration. A path
    counts from there: ``/tickets/42`` and ``/acme/tickets/42`` are one place, and ``/dashboard``
    is the home page. ``portal_homes`` are the tenant's other addresses. ``allowed_hosts`` are
    hosts (``www.acme.test``, with a port if it is not 443) or origins that the tenant listed:
    https only. ``reserved`` are first segments, below a home, that nobody is sent to.
    """
    try:
        return _resolve(target, home, slug, (home, *portal_homes), allowed_hosts, reserved)
    except _Stop as stop:
        return Blocked(stop.reason)


def page(request: Request, resource: Any, *elements: str | int, **options: Any) -> SafeURL:
    """A page of our own: a place in the tree, or a view below it.

    ``options`` are ``query`` and ``anchor``, as for ``request.place``. The URL stands on a
    configured origin, never on the ``Host`` header.
    """
    return SafeURL(request.absolute(resource, *elements, **options))


def configured_url(url: str) -> SafeURL | Blocked:
    """An address that the tenant's admin configured, such as the remote login URL.

    It must be absolute and https (http only for localhost), without a user name, and written
    plainly. Any host will do: that is the admin's to say.
    """
    try:
        parts = _absolute(_plain(url))
        if parts["scheme"].lower() != "https" and not _LOCALHOST.fullmatch(parts["host"].lower()):
            return Blocked(Reason.SCHEME)
    except _Stop as stop:
        return Blocked(stop.reason)
    return SafeURL(url)


def with_parameters(url: SafeURL, parameters: Mapping[str, str | None]) -> SafeURL:
    """The address with more in its query, each encoded; those that are None are left out.

    A query that it has already stays as it is, and so does its fragment.
    """
    head, hash_, fragment = url.partition("#")
    more = urlencode({name: value for name, value in parameters.items() if value is not None})
    joint = "" if not more else "&" if "?" in head else "?"
    return SafeURL(f"{head}{joint}{more}{hash_}{fragment}")


class _SeeOther(HTTPSeeOther):
    # Pyramid would write the address, and with it a token, into the body.
    empty_body = True


def see_other(request: Request, url: SafeURL, *, sensitive: bool = False) -> HTTPSeeOther:
    """The one way to redirect: 303 with an empty body.

    ``sensitive``: the address that is left behind holds a token, so nobody may learn it from a
    ``Referer`` header, and nothing may keep the answer. Cookies that were set on
    ``request.response`` go along.
    """
    if not isinstance(url, SafeURL):
        raise TypeError(
            "see_other() takes a SafeURL, from safe_redirect(), configured_url() or page()"
        )
    response = _SeeOther(location=str(url))
    response.content_length = 0
    response.cache_control = "no-store"
    if sensitive:
        response.headers["Referrer-Policy"] = "no-referrer"
    request.response.merge_cookies(response)
    return response


def _resolve(
    target: str | None,
    home: str,
    slug: str,
    homes: Collection[str],
    allowed_hosts: Collection[str],
    reserved: Collection[str],
) -> SafeURL:
    text = _plain(target)
    if text.startswith("/"):
        if "//" in text or (parts := _RELATIVE.fullmatch(text)) is None:
            raise _Stop(Reason.FORM)
        return _within(home, slug, parts, reserved)
    parts = _absolute(text)
    origin = _origin(parts["scheme"], parts["host"], parts["port"])
    for candidate in homes:
        if origin == origin_of(candidate):
            if "//" in (parts["path"] or "/"):
                raise _Stop(Reason.PATH)
            return _within(candidate, slug, parts, reserved)
    if parts["scheme"].lower() != "https":
        raise _Stop(Reason.SCHEME)
    if origin not in {_listed_origin(entry) for entry in allowed_hosts}:
        raise _Stop(Reason.ORIGIN)
    return SafeURL(f"{origin}{parts['path'] or '/'}{parts['query'] or ''}{parts['fragment'] or ''}")


def _plain(target: str | None) -> str:
    """The target if it is ASCII, of bearable length, and free of what browsers drop or swap."""
    if not target:
        raise _Stop(Reason.MISSING)
    if len(target) > LONGEST_URL:
        raise _Stop(Reason.TOO_LONG)
    if not target.isascii() or _REFUSED.search(target):
        raise _Stop(Reason.CHARACTERS)
    return target


def _absolute(text: str) -> re.Match[str]:
    parts = _ABSOLUTE.fullmatch(text)
    if parts is None or "@" in text:
        raise _Stop(Reason.FORM)
    if parts["scheme"].lower() not in _DEFAULT_PORTS:
        raise _Stop(Reason.SCHEME)
    if not _HOST.fullmatch(parts["host"].lower()):
        raise _Stop(Reason.HOST)
    if parts["port"] and (not _PORT.fullmatch(parts["port"]) or int(parts["port"]) > 65535):
        raise _Stop(Reason.HOST)
    return parts


def _within(home: str, slug: str, parts: re.Match[str], reserved: Collection[str]) -> SafeURL:
    """The page of the tenant that the path means, below ``home``."""
    raw = (parts["path"] or "/").split("/")[1:]
    segments = [_segment(segment) for segment in raw]
    if slug and segments[0] == slug:
        segments, raw = segments[1:], raw[1:]
    if segments in (["dashboard"], ["dashboard", ""]):
        segments, raw = [], []
    # Traversal reads `@@logout` as the view `logout`; some proxies cut `;x=1` off.
    first = segments[0].removeprefix("@@").partition(";")[0].casefold() if segments else ""
    if first in reserved:
        raise _Stop(Reason.RESERVED)
    return SafeURL(
        f"{home.rstrip('/')}/{'/'.join(raw)}{parts['query'] or ''}{parts['fragment'] or ''}"
    )


def _segment(raw: str) -> str:
    """A path segment as the tree of resources will read it."""
    if _REFUSED_ENCODING.search(raw):
        raise _Stop(Reason.PATH)
    # What stands before a semicolon counts too: some proxies cut path parameters off.
    if _ENCODED_DOT.sub(".", raw).partition(";")[0] in (".", ".."):
        raise _Stop(Reason.PATH)
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise _Stop(Reason.PATH) from None
    if any("\x80" <= character <= "\x9f" for character in text):
        raise _Stop(Reason.PATH)
    return text


def _origin(scheme: str, host: str, port: str | None) -> str:
    scheme = scheme.lower()
    suffix = f":{port}" if port and port != _DEFAULT_PORTS.get(scheme) else ""
    return f"{scheme}://{host.lower()}{suffix}"


def origin_of(url: str) -> str | None:
    """The origin of an absolute URL as browsers write it; None for what is none."""
    parts = _ABSOLUTE.fullmatch(url)
    return _origin(parts["scheme"], parts["host"], parts["port"]) if parts else None


def _listed_origin(entry: str) -> str | None:
    """The https origin that an entry of the tenant's list stands for."""
    return origin_of(entry if "://" in entry else f"https://{entry}")
