"""What a client asks, read strictly and as Authlib wants it."""

import base64
from urllib.parse import parse_qsl, unquote

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from pyramid.request import Request

from portal.issuer.models import IssuerGrant
from portal.people.models import User


class IssuerRequest(OAuth2Request):
    """A request as Authlib reads it, with ours behind it.

    ``body_alone``: what a client calls itself counts in the body and never in the address, where
    it would stand in logs (RFC 6749, 2.3.1 and 3.2).
    """

    def __init__(self, request: Request, *, body_alone: bool = False) -> None:
        # Authlib refuses plain http wherever it is not this machine: whether the portal is served
        # that way, as in development, is not decided here.
        headers = {"Authorization": header} if (header := _basic(request)) else {}
        super().__init__(request.method, f"https://{request.host}{request.path}", headers=headers)
        self.pyramid = request
        self._form = _fields(request.body.decode("utf-8", "replace")) if _is_form(request) else {}
        query = {} if body_alone else _fields(request.query_string)
        self.payload = BasicOAuth2Payload(query | self._form)
        self.repeated = _repeated(request)
        #: The family that the code or the refresh token belongs to.
        self.issuer_grant: IssuerGrant | None = None
        #: Whom a refused code or token stood for.
        self.person: User | None = None

    @property
    def args(self) -> dict[str, str]:
        """The query's parameters."""
        return _fields(self.pyramid.query_string)

    @property
    def form(self) -> dict[str, str]:
        """The body's: what a client sends to the token endpoint never counts in the query."""
        return self._form

    @property
    def named_client(self) -> str:
        """The client that the caller says it is; "" when it does not say."""
        if header := self.headers.get("Authorization"):
            pair = base64.b64decode(header.partition(" ")[2]).decode("utf-8")
            return unquote(pair.partition(":")[0])
        return self._form.get("client_id", "")

    @property
    def proves_itself_twice(self) -> bool:
        """Whether it authenticates in two ways, or as two clients (RFC 6749, 2.3 forbids it)."""
        if "Authorization" not in self.headers:
            return False
        named = self._form.get("client_id", self.named_client)
        return "client_secret" in self._form or named != self.named_client


def _basic(request: Request) -> str | None:
    """The header of HTTP Basic, if it can be read: Authlib fails on one that cannot."""
    header: str = request.headers.get("Authorization", "")
    scheme, _, value = header.partition(" ")
    try:
        pair = base64.b64decode(value, validate=True).decode("utf-8")
    except ValueError:
        return None
    return header if scheme.lower() == "basic" and ":" in pair else None


def _is_form(request: Request) -> bool:
    kind: str = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return bool(request.method == "POST" and kind == "application/x-www-form-urlencoded")


def _pairs(raw: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        return []


def _fields(raw: str) -> dict[str, str]:
    # RFC 6749, 3.1: a parameter without a value is treated as if it were left out.
    return {name: value for name, value in _pairs(raw) if value}


def _repeated(request: Request) -> bool:
    """Whether a parameter comes twice: RFC 6749, 3.1 and 3.2, refuse that."""
    names = [name for name, _ in _pairs(request.query_string)]
    if _is_form(request):
        names += [name for name, _ in _pairs(request.body.decode("utf-8", "replace"))]
    return len(names) != len(set(names))
