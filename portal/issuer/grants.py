"""What a client exchanges for tokens: codes (RFC 6749, 4.1) and refresh tokens (6).

What is stricter here than Authlib's defaults: PKCE is required of every client and S256 alone
(RFC 9700, 2.1.1), refresh tokens are used once, and whoever uses a code or a refresh token a
second time ends the whole family.
"""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from portal.issuer.claims import person_claims
from portal.issuer.clients import Client
from portal.issuer.codes import Wanted, new_code
from portal.issuer.errors import RefusedGrantError
from portal.issuer.idtoken import id_token
from portal.issuer.models import IssuerCode
from portal.issuer.requests import IssuerRequest
from portal.issuer.tokens import Held
from portal.people.models import User
from portal.signin.codes import Code
from portal.web.i18n import N_

AUTHENTICATION = ["client_secret_basic", "client_secret_post", "none"]
#: Texts of a client that are kept: its nonce comes back in the token.
_LONGEST_NONCE = 512


class CodeGrant(AuthorizationCodeGrant):
    """RFC 6749, 4.1, for signed-in people of the tenant."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION

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
            methods=session.methods,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=data.get("nonce"),
            code_challenge=data["code_challenge"],
        )
        self.server.codes.save(code, wanted)

    def query_authorization_code(self, code: str, client: Client) -> "Redeemable":
        """The code, if it is this client's; also when it is used up. Raises
        ``RefusedGrantError``."""
        found = self.server.codes.find(code)
        if found is None:
            raise RefusedGrantError("There is no such code.", Code.SITE_CODE_INVALID)
        self.request.person = self.server.person(found)
        if found.client_id != client.client_id:
            raise RefusedGrantError(
                "There is no such code.",
                Code.SITE_CODE_INVALID,
                N_("The code was made for another of your sites."),
            )
        return Redeemable(found)

    def authenticate_user(self, authorization_code: "Redeemable") -> User:
        """Use the code up, and give the person it stands for. Raises ``RefusedGrantError``."""
        code, server = authorization_code.row, self.server
        user: User | None = server.person(code)
        if not server.codes.use(code):
            raise self._used_or_over(code)
        if user is None or user.disabled_at is not None:
            raise RefusedGrantError(
                "The person may not sign in any more.",
                Code.SITE_CODE_INVALID,
                N_("The account is disabled."),
            )
        if not server.tokens.goes_on(code.session_number):
            raise RefusedGrantError(
                "The person has signed out.",
                Code.SITE_CODE_INVALID,
                N_("The person had signed out of the help desk before the site came."),
            )
        self.request.issuer_grant = server.tokens.grant(code)
        return user

    def _used_or_over(self, code: IssuerCode) -> RefusedGrantError:
        if code.used_at is None:
            return RefusedGrantError(
                "The time of the code is up.",
                Code.SITE_CODE_INVALID,
                N_("The site took longer than a minute to redeem the code."),
            )
        if code.grant_id is not None:
            self.server.tokens.revoke(code.grant_id)
        return RefusedGrantError("The code was used already.", Code.SITE_CODE_REPLAYED)

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

    def validate_code_verifier(self, grant: CodeGrant, result: Any) -> None:
        """Raises ``InvalidRequestError`` and, for a wrong one, ``RefusedGrantError``."""
        try:
            super().validate_code_verifier(grant, result)
        except InvalidGrantError as error:
            raise RefusedGrantError(str(error.description), Code.SITE_VERIFIER_INVALID) from error


class Refresh(RefreshTokenGrant):
    """RFC 6749, 6, with rotation (RFC 9700, 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Held | None:
        """The token, unless it opens nothing any more. One that was used ends its family.

        Raises ``RefusedGrantError``.
        """
        held: Held | None = self.server.tokens.find(refresh_token, "refresh")
        if held is None or not held.check_client(self.request.client):
            return None
        self.request.person = held.user
        if held.token.used_at is not None:
            raise self._replayed(held)
        if not held.is_active():
            raise RefusedGrantError(
                "The refresh token is over.",
                Code.SITE_CODE_INVALID,
                N_("The person had signed out of the help desk, or the tokens were revoked."),
            )
        return held

    def authenticate_user(self, refresh_token: Held) -> User:
        """Use the token up, and give its person. Raises ``RefusedGrantError``."""
        if not self.server.tokens.use(refresh_token):
            raise self._replayed(refresh_token)
        self.request.issuer_grant = refresh_token.grant
        return refresh_token.user

    def _replayed(self, held: Held) -> RefusedGrantError:
        self.server.tokens.revoke(held.grant.id)
        return RefusedGrantError(
            "The refresh token was used already.",
            Code.SITE_CODE_REPLAYED,
            N_("It was a refresh token: the site keeps the new one that comes with each exchange."),
        )

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
