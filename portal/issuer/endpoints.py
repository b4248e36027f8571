"""Revocation and introspection, as Authlib's server calls them."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from portal.issuer.claims import subject
from portal.issuer.clients import Client
from portal.issuer.grants import AUTHENTICATION
from portal.issuer.requests import IssuerRequest
from portal.issuer.tokens import Held


class Revocation(RevocationEndpoint):
    """RFC 7009."""

    CLIENT_AUTH_METHODS = AUTHENTICATION

    def check_params(self, request: IssuerRequest, client: Client) -> None:
        """Raises ``InvalidRequestError``. A hint that we do not know is ignored (2.2)."""
        _require_token(request)

    def query_token(self, token_string: str, token_type_hint: str | None) -> Held | None:
        """The token; the hint is not needed."""
        found: Held | None = self.server.tokens.find(token_string)
        return found

    def revoke_token(self, token: Held, request: IssuerRequest) -> None:
        """A refresh token takes its family with it (RFC 7009, 2.1)."""
        if token.token.kind == "refresh":
            self.server.tokens.revoke(token.grant.id)
        else:
            self.server.tokens.revoke_one(token)


class Introspection(IntrospectionEndpoint):
    """RFC 7662, for the client that the token was issued to."""

    CLIENT_AUTH_METHODS = AUTHENTICATION[:2]

    def check_params(self, request: IssuerRequest, client: Client) -> None:
        """Raises ``InvalidRequestError``."""
        _require_token(request)

    def query_token(self, token_string: str, token_type_hint: str | None) -> Held | None:
        """The token; one that is used up is not active."""
        found: Held | None = self.server.tokens.find(token_string)
        return found if found is not None and found.is_active() else None

    def check_permission(self, token: Held, client: Client, request: IssuerRequest) -> bool:
        """Its own tokens alone: no client learns of another's people."""
        return token.check_client(client)

    def introspect_token(self, token: Held) -> dict[str, Any]:
        """RFC 7662, 2.2."""
        answer = {
            "active": True,
            "client_id": token.grant.client_id,
            "scope": token.token.scope,
            "sub": subject(token.user),
            "aud": token.grant.client_id,
            "iss": self.server.url,
            "iat": int(token.token.created_at.timestamp()),
            "exp": token.expires_at,
        }
        # A refresh token is shown to nobody but us, so it has no type (RFC 6749, 7.1).
        return answer | ({"token_type": "Bearer"} if token.token.kind == "access" else {})


def _require_token(request: IssuerRequest) -> None:
    if "token" not in request.form:
        raise InvalidRequestError("token is missing.")
