"""What a client is told when it is refused, and what the tenant's admin reads about it."""

from authlib.consts import default_json_headers
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    UnsupportedGrantTypeError,
)

from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.web.i18n import N_, Message

#: Of both challenges: RFC 7617, 2, and RFC 6750, 3, want one.
REALM = "issuer"


class OtherResponseError(OAuth2Error):
    """The code flow is the only one. Authlib's own error fails on what it quotes, where that has
    characters which a description must not have (RFC 6749, 4.1.2.1)."""

    error = "unsupported_response_type"
    description = "The only response_type is code."


class UnknownClientError(InvalidClientError):
    """One answer for a client that there is not, and for one that does not prove itself."""

    status_code = 401
    description = "The client is unknown, or does not prove that it is the client."

    def get_headers(self) -> list[tuple[str, str]]:
        """With a challenge, as RFC 6749, 5.2, has it."""
        return [*default_json_headers, ("WWW-Authenticate", f'Basic realm="{REALM}"')]


class RefusedGrantError(InvalidGrantError):
    """A code or a token that opens nothing, with the reason for the sign-in log."""

    def __init__(self, description: str, code: Code, hint: Message | None = None) -> None:
        super().__init__(description)
        self.refusal = Refusal(code, hint=hint)


def or_missing(error: OAuth2Error, data: dict[str, str]) -> OAuth2Error:
    """The error, or that there is no `grant_type`: Authlib takes one that is missing for one that
    it does not know (RFC 6749, 5.2)."""
    if isinstance(error, UnsupportedGrantTypeError) and "grant_type" not in data:
        return InvalidRequestError("grant_type is missing.")
    return error


def refusal_of(error: OAuth2Error) -> Refusal:
    """What the sign-in log says about the error."""
    refusal = getattr(error, "refusal", None)
    if isinstance(refusal, Refusal):
        return refusal
    if isinstance(error, InvalidClientError):
        return Refusal(Code.SITE_CREDENTIALS_INVALID)
    if isinstance(error, InvalidGrantError):
        return Refusal(Code.SITE_CODE_INVALID)
    said = error.description or error.error
    return Refusal(
        Code.SITE_REQUEST_REFUSED,
        hint=N_("The site was told: “%(words)s”.", words=str(said)[:200]),
        seen=str(error.error),
    )
