"""Authlib's authorization server, for one request to one tenant.

What a client may exchange is in `grants`, what it may ask about its tokens in `endpoints`.
"""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidClientError, InvalidRequestError
from pyramid.request import Request
from pyramid.response import Response

from portal.issuer.addresses import issuer_url
from portal.issuer.clients import Client, Clients
from portal.issuer.codes import Codes
from portal.issuer.endpoints import Introspection, Revocation
from portal.issuer.errors import UnknownClientError, or_missing
from portal.issuer.grants import S256, CodeGrant, IdToken, Refresh
from portal.issuer.keys import IssuerKeys
from portal.issuer.log import Exchange, SiteLog
from portal.issuer.models import IssuerCode
from portal.issuer.requests import IssuerRequest
from portal.issuer.tokens import ACCESS_LIFETIME, Tokens, new_token
from portal.people.models import User
from portal.security.secrets import secret_box


class Issuer(AuthorizationServer):
    """The tenant's authorization server, as this request meets it."""

    def __init__(self, request: Request) -> None:
        super().__init__(scopes_supported=None)
        self.request = request
        tenant, db = request.tenant, request.db
        self.url = issuer_url(request)
        self.clients = Clients(db, tenant)
        self.codes = Codes(db, tenant)
        self.tokens = Tokens(db, tenant)
        self.keys = IssuerKeys(db, tenant, secret_box(request.portal))
        self.log = SiteLog(request)
        #: Why the client was refused, if it was.
        self.error: OAuth2Error | None = None
        self.register_token_generator("default", _bearer_token)
        self.register_grant(CodeGrant, [S256(required=True), IdToken()])
        self.register_grant(Refresh, [IdToken()])
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)

    def query_client(self, client_id: str) -> Client | None:
        """The client of that id."""
        return self.clients.find(client_id)

    def person(self, code: IssuerCode) -> User | None:
        """Whom a code stands for."""
        found: User | None = self.request.db.get(User, (code.tenant_id, code.user_id))
        return found

    def authenticate_client(
        self, request: IssuerRequest, methods: Sequence[str], endpoint: str = "token"
    ) -> Client:
        """The caller. Raises ``UnknownClientError``, one for all reasons, and
        ``InvalidRequestError`` for one that authenticates twice."""
        if request.proves_itself_twice:
            raise InvalidRequestError("A client authenticates in one way, as itself.")
        try:
            client: Client = super().authenticate_client(request, list(methods), endpoint)
        except InvalidClientError as error:
            raise UnknownClientError from error
        return client

    def save_token(self, token: dict[str, Any], request: IssuerRequest) -> None:
        """Keep what was issued, in the family that the grant found."""
        grant = request.issuer_grant
        if grant is None:
            raise TypeError("a token was issued without a grant")
        scope = token["scope"]
        self.tokens.save(grant, "access", token["access_token"], scope)
        if "refresh_token" in token:
            self.tokens.save(grant, "refresh", token["refresh_token"], grant.scope)
        self.clients.used(request.client.row)
        exchanged = Exchange.CODE if request.refresh_token is None else Exchange.REFRESH
        self.log.signed_in(request.client.row, request.user, exchanged)

    def create_oauth2_request(self, request: Request) -> IssuerRequest:
        """Our request as Authlib reads it."""
        return request if isinstance(request, IssuerRequest) else IssuerRequest(request)

    def handle_error_response(self, request: IssuerRequest, error: OAuth2Error) -> Response:
        """What a client is told at an endpoint that it calls itself (RFC 6749, 5.2)."""
        self.error = or_missing(error, request.payload.data)
        return self.handle_response(*self.error())

    def handle_response(
        self, status: int, body: dict[str, Any] | str, headers: list[tuple[str, str]]
    ) -> Response:
        """An answer that nothing keeps (RFC 6749, 5.1)."""
        response = Response(status=status)
        if isinstance(body, dict):
            response.json_body = body
        response.headers.update(headers)
        response.content_type = "application/json"
        response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


def _bearer_token(
    *,
    grant_type: str,
    client: Client,
    user: User | None = None,
    scope: str | None = None,
    expires_in: int | None = None,
    include_refresh_token: bool = True,
) -> dict[str, Any]:
    """RFC 6750: opaque, so that it can be taken back at once."""
    token: dict[str, Any] = {
        "token_type": "Bearer",
        "access_token": new_token(),
        "expires_in": int(ACCESS_LIFETIME.total_seconds()),
        "scope": client.get_allowed_scope(scope) or "",
    }
    if include_refresh_token:
        token["refresh_token"] = new_token()
    return token
