"""The little HTTP that the shop needs, on top of WSGI (PEP 3333)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from html import escape
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

TEMPLATES = Path(__file__).parent / "templates"
BODY_LIMIT = 16 * 1024
_LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


class Html(str):
    """Text that is HTML already and must not be escaped again."""

    __slots__ = ()


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))


def render(template: str, **values: str) -> Html:
    """The template with the values in it, each escaped unless it is Html."""
    safe = {key: v if isinstance(v, Html) else escape(v) for key, v in values.items()}
    return Html(_template(template).substitute(safe))


def join(parts: Iterable[Html]) -> Html:
    """Several pieces of HTML as one."""
    return Html("".join(parts))


def local_path(value: str, otherwise: str) -> str:
    """`value` if it is a path of this site, else `otherwise`.

    Two slashes would name another host, and browsers read a backslash as a slash: without this
    check the login form would forward people to any site that a link names.
    """
    return value if _LOCAL_PATH.fullmatch(value) else otherwise


class BadRequest(Exception):
    """The request cannot be understood."""


@dataclass(frozen=True)
class Request:
    """What the browser asks."""

    environ: WSGIEnvironment

    @property
    def method(self) -> str:
        """GET, POST, …"""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        """The path, decoded."""
        # WSGI hands over bytes dressed as Latin-1.
        path: str = self.environ.get("PATH_INFO", "")
        return path.encode("latin-1").decode("utf-8", "replace") or "/"

    @property
    def path_and_query(self) -> str:
        """The path as one can link to it, with the query."""
        query = self.environ.get("QUERY_STRING", "")
        return quote(self.path) + (f"?{query}" if query else "")

    @cached_property
    def query(self) -> dict[str, str]:
        """The parameters in the address."""
        return _fields(self.environ.get("QUERY_STRING", ""))

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a posted form."""
        try:
            length = int(self.environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            raise BadRequest from None
        if not 0 <= length <= BODY_LIMIT:
            raise BadRequest
        return _fields(self.environ["wsgi.input"].read(length).decode("utf-8", "replace"))

    def cookie(self, name: str) -> str:
        """A cookie's value, or nothing."""
        try:
            morsel = SimpleCookie(self.environ.get("HTTP_COOKIE", "")).get(name)
        except CookieError:
            return ""
        return morsel.value if morsel else ""

    @property
    def from_our_pages(self) -> bool:
        """Whether a form was sent by a page of this site, as the browser tells it.

        This is the protection against cross-site request forgery: other sites can make a browser
        send a form, but cannot make it lie about where it comes from. A client that sends neither
        header is no browser, and has no cookies that could be abused.
        """
        site = self.environ.get("HTTP_SEC_FETCH_SITE")
        if site:
            return bool(site == "same-origin")
        origin = self.environ.get("HTTP_ORIGIN")
        return not origin or urlsplit(origin).netloc == self.environ.get("HTTP_HOST")


def _fields(encoded: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(encoded, keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise BadRequest from None


@dataclass
class Response:
    """What the browser gets."""

    body: bytes = b""
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, request: Request, start_response: StartResponse) -> list[bytes]:
        """Hand it to the WSGI server."""
        headers = {
            "Content-Type": self.content_type,
            "Content-Length": str(len(self.body)),
            **self.headers,
        }
        start_response(f"{self.status.value} {self.status.phrase}", list(headers.items()))
        return [] if request.method == "HEAD" else [self.body]


def redirect(location: str, headers: dict[str, str] | None = None) -> Response:
    """Send the browser to another address, with a GET."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": location, **(headers or {})})
