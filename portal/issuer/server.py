"""Authlib's authorization server, for one request to one tenant.

What is stricter here than Authlib's defaults: PKCE is required of every client and S256 alone
(RFC 9700, 2.1.1), access tokens live for minutes, refresh tokens are used once, and whoever uses
a code or a refresh token a second time ends the whole family.
"""

from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidGrantError,
    InvalidRequestError,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from pyramid.request import Request
from pyramid.response import Response

from portal.issuer.addresses import issuer_url
from portal.issuer.claims import person_claims, subject
from portal.issuer.clients import Client, Clients
from portal.issuer.codes import Codes, Wanted, new_code
from portal.issuer.idtoken import id_token
from portal.issuer.keys import IssuerKeys
from portal.issuer.models import IssuerCode
from portal.issuer.requests import IssuerRequest
from portal.issuer.tokens import ACCESS_LIFETIME, Held, Tokens, new_token
from portal.people.models import User
from portal.security.secrets import secret_box

_AUTHENTICATION = ["client_secret_basic", "client_secret_post", "none"]
#: Texts of a client that are kept: its nonce comes back in the token.
_LONGEST_NONCE = 512


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
        self.register_token_generator("default", _bearer_token)
        self.register_grant(CodeGrant, [S256(required=True), IdToken()])
        self.register_grant(Refresh, [IdToken()])
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)

    def query_client(self, client_id: str) -> Client | None:
        """The client of that id."""
        return self.clients.find(client_id)

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

    def create_oauth2_request(self, request: Request) -> IssuerRequest:
        """Our request as Authlib reads it."""
        return request if isinstance(request, IssuerRequest) else IssuerRequest(request)

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


class CodeGrant(AuthorizationCodeGrant):
    """RFC 6749, 4.1, for signed-in people of the tenant."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTHENTICATION

    def generate_authorization_code(self) -> str:
        """256 random bits."""
        return new_code()

    def save_authorization_code(self, code: str, request: IssuerRequest) -> None:
        """Keep it, with the session that it came from."""
        session, data = request.pyramid.session_record, request.payload.data
        wanted = Wanted(
            client_id=request.client.client_id,
            user_id=request.user.id,
            session_number=session.number,
            auth_time=session.created_at,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=data.get("nonce"),
            code_challenge=data["code_challenge"],
        )
        self.server.codes.save(code, wanted)

    def query_authorization_code(self, code: str, client: Client) -> "Redeemable | None":
        """The code, if it is this client's; also when it is used up."""
        found = self.server.codes.find(code)
        if found is None or found.client_id != client.client_id:
            return None
        return Redeemable(found)

    def authenticate_user(self, authorization_code: "Redeemable") -> User:
        """Use the code up, and give the person it stands for. Raises ``InvalidGrantError``."""
        code, server = authorization_code.row, self.server
        if not server.codes.use(code):
            if code.grant_id is not None:
                server.tokens.revoke(code.grant_id)
            raise InvalidGrantError("The code was used already, or its time is up.")
        user: User | None = server.request.db.get(User, (code.tenant_id, code.user_id))
        if user is None or user.disabled_at is not None:
            raise InvalidGrantError("The person may not sign in any more.")
        if not server.tokens.goes_on(code.session_number):
            raise InvalidGrantError("The person has signed out.")
        self.request.issuer_grant = server.tokens.grant(code)
        return user

    def delete_authorization_code(self, authorization_code: "Redeemable") -> None:
        """It stays, used up, so that its second use is noticed."""


class Redeemable:
    """A code as Authlib asks about it."""

    def __init__(self, row: IssuerCode) -> None:
        self.row = row
        self.code_challenge = row.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        """Where it was sent: the client says it again."""
        return self.row.redirect_uri

    def get_scope(self) -> str:
        """What was asked for."""
        return self.row.scope


class S256(CodeChallenge):
    """RFC 7636 with S256 alone, required of every client."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012  (Authlib's own name and type)

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Raises ``InvalidRequestError``."""
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError(
                "PKCE is required here: send code_challenge, and code_challenge_method=S256."
            )
        if len(data.get("nonce", "")) > _LONGEST_NONCE:
            raise InvalidRequestError(f"The nonce is longer than {_LONGEST_NONCE} characters.")
        super().validate_code_challenge(grant, redirect_uri)


class Refresh(RefreshTokenGrant):
    """RFC 6749, 6, with rotation (RFC 9700, 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTHENTICATION
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Held | None:
        """The token, unless it opens nothing any more. One that was used ends its family."""
        held: Held | None = self.server.tokens.find(refresh_token, "refresh")
        if held is None or not held.check_client(self.request.client):
            return None
        if held.token.used_at is not None:
            self.server.tokens.revoke(held.grant.id)
        return held if held.is_active() else None

    def authenticate_user(self, refresh_token: Held) -> User:
        """Use the token up, and give its person. Raises ``InvalidGrantError``."""
        if not self.server.tokens.use(refresh_token):
            self.server.tokens.revoke(refresh_token.grant.id)
            raise InvalidGrantError("The refresh token was used already.")
        self.request.issuer_grant = refresh_token.grant
        return refresh_token.user

    def revoke_old_credential(self, refresh_token: Held) -> None:
        """It was used up before the new one was made."""


class IdToken:
    """Gives every token of the scope `openid` its ID token (OpenID Connect Core, 2 and 12.2)."""

    def __call__(self, grant: CodeGrant | Refresh) -> None:
        """Hang on to the grant."""
        grant.register_hook("after_create_token_response", self.add)

    def add(self, grant: CodeGrant | Refresh, response: tuple[int, dict[str, Any], Any]) -> None:
        """Put the ID token into the answer."""
        _, token, _ = response
        scope = token["scope"]
        if "openid" not in scope.split():
            return
        server, request = grant.server, grant.request
        code: Redeemable | None = request.authorization_code
        token["id_token"] = id_token(
            server.keys.signing_key(),
            issuer=server.url,
            client_id=request.client.client_id,
            grant=request.issuer_grant,
            person=person_claims(server.request.db, server.request.tenant, request.user, scope),
            access_token=token["access_token"],
            nonce=code.row.nonce if code is not None else None,
        )


class Revocation(RevocationEndpoint):
    """RFC 7009."""

    CLIENT_AUTH_METHODS = _AUTHENTICATION

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

    CLIENT_AUTH_METHODS = _AUTHENTICATION[:2]

    def query_token(self, token_string: str, token_type_hint: str | None) -> Held | None:
        """The token; one that is used up is not active."""
        found: Held | None = self.server.tokens.find(token_string)
        return found if found is not None and found.is_active() else None

    def check_permission(self, token: Held, client: Client, request: IssuerRequest) -> bool:
        """Its own tokens alone: no client learns of another's people."""
        return token.check_client(client)

    def introspect_token(self, token: Held) -> dict[str, Any]:
        """RFC 7662, 2.2."""
        return {
            "active": True,
            "client_id": token.grant.client_id,
            "scope": token.token.scope,
            "token_type": "Bearer" if token.token.kind == "access" else "refresh_token",
            "sub": subject(token.user),
            "aud": token.grant.client_id,
            "iss": self.server.url,
            "iat": int(token.token.created_at.timestamp()),
            "exp": token.expires_at,
        }


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
