"""The codes of the sign-in log: stable, public, each with what it means and what mends it.

The visitor reads one calm sentence that gives nothing away. The tenant's admin reads the title
and the fix. The code itself is what both can quote.
"""

from dataclasses import dataclass
from enum import StrEnum

from portal.web.i18n import N_, Message


class Step(StrEnum):
    """The checks, in the order in which they are made. The first failure ends the sign-in."""

    REQUEST = "request"
    STRUCTURE = "structure"
    TENANT = "tenant"
    DIALECT = "dialect"
    HEADER = "header"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    TIME = "time"
    AUDIENCE = "audience"
    ONCE = "once"
    EMAIL = "email"
    PERSON = "person"
    TARGET = "target"
    CONSUME = "consume"
    SESSION = "session"

    @property
    def label(self) -> Message:
        """The check in the words of the sign-in log."""
        return _STEP_LABELS[self]


_STEP_LABELS = {
    Step.REQUEST: N_("One token, of a sensible size"),
    Step.STRUCTURE: N_("Three parts, strict JSON"),
    Step.TENANT: N_("Tenant"),
    Step.DIALECT: N_("Dialect is on"),
    Step.HEADER: N_("Algorithm and header"),
    Step.SIGNATURE: N_("Signature"),
    Step.CLAIMS: N_("Claims present and typed"),
    Step.TIME: N_("Time"),
    Step.AUDIENCE: N_("Meant for this help desk"),
    Step.ONCE: N_("Not used before"),
    Step.EMAIL: N_("E-mail address"),
    Step.PERSON: N_("Account"),
    Step.TARGET: N_("Where to go"),
    Step.CONSUME: N_("Token used up"),
    Step.SESSION: N_("New session"),
}


class Public(StrEnum):
    """What the visitor is told. Many codes share a sentence, so that it teaches an attacker
    nothing: above all, a wrong signature and a wrong tenant read the same."""

    BUSY = "busy"
    DAMAGED = "damaged"
    UNCONFIRMED = "unconfirmed"
    UNUSABLE = "unusable"
    EXPIRED = "expired"
    USED = "used"
    NOT_FROM_HERE = "not_from_here"
    EMAIL = "email"
    CONFLICT = "conflict"
    NO_ACCESS = "no_access"
    OWN_PASSWORD = "own_password"  # noqa: S105 - names a sentence
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - names a sentence

    @property
    def sentence(self) -> Message:
        """The one sentence of the refusal page."""
        return _SENTENCES[self]


_SENTENCES = {
    Public.BUSY: N_("There were too many attempts. Wait a few minutes, then try again."),
    Public.DAMAGED: N_("This sign-in link is incomplete or damaged."),
    Public.UNCONFIRMED: N_("We could not confirm this sign-in."),
    Public.UNUSABLE: N_("The site you came from sent a sign-in that we cannot use."),
    Public.EXPIRED: N_("Your sign-in link had expired before it reached us."),
    Public.USED: N_("This sign-in link was already used."),
    Public.NOT_FROM_HERE: N_("This sign-in was not started in this browser."),
    Public.EMAIL: N_("Your e-mail address cannot be used to sign in here."),
    Public.CONFLICT: N_("Your details fit two different accounts here."),
    Public.NO_ACCESS: N_("Your account has no access to this help desk."),
    Public.OWN_PASSWORD: N_("This account signs in with its own password."),
    Public.WRONG_PASSWORD: N_("The e-mail address or the password is not right."),
}


class Code(StrEnum):
    """Why a sign-in was refused."""

    RATE_LIMITED = "rate_limited"
    REQUEST_MALFORMED = "request_malformed"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - a code, not a token
    TOKEN_TOO_LARGE = "token_too_large"  # noqa: S105 - a code, not a token
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 - a code, not a token
    TENANT_UNKNOWN = "tenant_unknown"
    TENANT_MISMATCH = "tenant_mismatch"
    DIALECT_DISABLED = "dialect_disabled"
    TOKEN_ALG_NOT_ALLOWED = "token_alg_not_allowed"  # noqa: S105 - a code, not a token
    TOKEN_HEADER_REJECTED = "token_header_rejected"  # noqa: S105 - a code, not a token
    TOKEN_WRONG_TYPE = "token_wrong_type"  # noqa: S105 - a code, not a token
    TOKEN_SIGNATURE_INVALID = "token_signature_invalid"  # noqa: S105 - a code, not a token
    CLAIM_MISSING = "claim_missing"
    CLAIM_TYPE = "claim_type"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a code, not a token
    TOKEN_NOT_YET_VALID = "token_not_yet_valid"  # noqa: S105 - a code, not a token
    TOKEN_LIFETIME_TOO_LONG = "token_lifetime_too_long"  # noqa: S105 - a code, not a token
    AUDIENCE_MISMATCH = "audience_mismatch"
    ISSUER_MISMATCH = "issuer_mismatch"
    ACCOUNT_MISMATCH = "account_mismatch"
    TOKEN_REPLAYED = "token_replayed"  # noqa: S105 - a code, not a token
    STATE_MISMATCH = "state_mismatch"
    STATE_REQUIRED = "state_required"
    EMAIL_INVALID = "email_invalid"
    EMAIL_UNVERIFIED = "email_unverified"
    EMAIL_DOMAIN_BLOCKED = "email_domain_blocked"
    IDENTITY_CONFLICT = "identity_conflict"
    EMAIL_OTHER_COMPANY = "email_other_company"
    ACCOUNT_DISABLED = "account_disabled"
    NOT_PROVISIONED = "not_provisioned"
    ROLE_REQUIRES_LOCAL_LOGIN = "role_requires_local_login"
    CREDENTIALS_INVALID = "credentials_invalid"

    @property
    def status(self) -> int:
        """The HTTP status of a refusal with this code."""
        return EXPLANATIONS[self].status

    @property
    def public(self) -> Public:
        """What the visitor is told."""
        return EXPLANATIONS[self].public

    @property
    def headline(self) -> Message:
        """What happened, for the tenant's admin."""
        return EXPLANATIONS[self].headline

    @property
    def fix(self) -> Message:
        """What most likely mends it, for the tenant's admin."""
        return EXPLANATIONS[self].fix


class Notice(StrEnum):
    """What an admin should know about a sign-in that worked."""

    KEY_PREVIOUS = "key_previous"
    TIME_AS_TEXT = "time_as_text"
    ROLE_CAPPED = "role_capped"
    ROLE_UNKNOWN = "role_unknown"
    REDIRECT_BLOCKED = "redirect_blocked"
    PROJECT_UNKNOWN = "project_unknown"
    PASSWORD_DROPPED = "password_dropped"  # noqa: S105 - a code, not a password

    @property
    def headline(self) -> Message:
        """What happened, for the tenant's admin."""
        return _NOTICES[self][0]

    @property
    def fix(self) -> Message:
        """What to do about it, if anything."""
        return _NOTICES[self][1]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is said about a code."""

    status: int
    public: Public
    headline: Message
    fix: Message


# One row a code, kept as a table: it is read and translated as one.
EXPLANATIONS: dict[Code, Explanation] = {
    Code.RATE_LIMITED: Explanation(
        429,
        Public.BUSY,
        N_("Too many attempts"),
        N_("Nothing, if it stops by itself. If not, look who is trying from this address."),
    ),
    Code.REQUEST_MALFORMED: Explanation(
        400,
        Public.DAMAGED,
        N_("The request was malformed"),
        N_("Send each parameter once, in UTF-8, and only one token."),
    ),
    Code.TOKEN_MISSING: Explanation(
        400,
        Public.DAMAGED,
        N_("There was no token"),
        N_("Add the token to the address as the parameter “token”."),
    ),
    Code.TOKEN_TOO_LARGE: Explanation(
        413,
        Public.DAMAGED,
        N_("The token was too large"),
        N_("Keep the token under 8 KB: leave out claims that the help desk does not use."),
    ),
    Code.TOKEN_MALFORMED: Explanation(
        400,
        Public.DAMAGED,
        N_("The token is not a JSON Web Token"),
        N_("Make the token with a JWT library, and send it whole: three parts joined by dots."),
    ),
    Code.TENANT_UNKNOWN: Explanation(
        404,
        Public.UNCONFIRMED,
        N_("Nothing names the tenant"),
        N_("Send visitors to the address that the settings page shows."),
    ),
    Code.TENANT_MISMATCH: Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The token names another tenant than the address"),
        N_("Check the address and the company or tenant name in the token: they must agree."),
    ),
    Code.DIALECT_DISABLED: Explanation(
        403,
        Public.UNCONFIRMED,
        N_("This dialect is switched off"),
        N_("Switch the dialect on, or send visitors to the address of one that is on."),
    ),
    Code.TOKEN_ALG_NOT_ALLOWED: Explanation(
        401,
        Public.UNCONFIRMED,
        N_("The algorithm is not the key’s"),
        N_("Sign with the algorithm that is shown beside the key."),
    ),
    Code.TOKEN_HEADER_REJECTED: Explanation(
        401,
        Public.UNCONFIRMED,
        N_("The token’s header asks for something that we do not do"),
        N_("Leave “crit”, “b64” and “zip” out of the header."),
    ),
    Code.TOKEN_WRONG_TYPE: Explanation(
        401,
        Public.UNCONFIRMED,
        N_("The token is of another type"),
        N_("Set “typ” in the header to “JWT”, or leave it out."),
    ),
    Code.TOKEN_SIGNATURE_INVALID: Explanation(
        401,
        Public.UNCONFIRMED,
        N_("The signature fits none of your keys"),
        N_("Copy the key from the settings page into your server’s configuration once more."),
    ),
    Code.CLAIM_MISSING: Explanation(
        401,
        Public.UNUSABLE,
        N_("A claim is missing"),
        N_("Add the claim that is named below to the token."),
    ),
    Code.CLAIM_TYPE: Explanation(
        401,
        Public.UNUSABLE,
        N_("A claim has a value that we cannot use"),
        N_("Correct the claim that is named below."),
    ),
    Code.TOKEN_EXPIRED: Explanation(
        401,
        Public.EXPIRED,
        N_("The token had expired"),
        N_("Make the token at the moment of the click, and keep your server’s clock on time."),
    ),
    Code.TOKEN_NOT_YET_VALID: Explanation(
        401,
        Public.UNUSABLE,
        N_("The token comes from the future"),
        N_("Turn on time synchronisation on the server that makes the tokens."),
    ),
    Code.TOKEN_LIFETIME_TOO_LONG: Explanation(
        401,
        Public.UNUSABLE,
        N_("The token would live too long"),
        N_("Let “exp” be at most ten minutes after “iat”. Two minutes are plenty."),
    ),
    Code.AUDIENCE_MISMATCH: Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The token is meant for somebody else"),
        N_("Leave “aud” out, or set it to the address of this help desk."),
    ),
    Code.ISSUER_MISMATCH: Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The token comes from another issuer"),
        N_("Set “iss” to the issuer in your settings."),
    ),
    Code.ACCOUNT_MISMATCH: Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The account or the Auth URL is not yours"),
        N_("Copy the account ID and the Auth URL from the settings page, letter by letter."),
    ),
    Code.TOKEN_REPLAYED: Explanation(
        401,
        Public.USED,
        N_("The link was used a second time"),
        N_("Nothing, if it is rare: a reload does it. Else give each token a new “jti”."),
    ),
    Code.STATE_MISMATCH: Explanation(
        403,
        Public.NOT_FROM_HERE,
        N_("The answer belongs to another sign-in"),
        N_("Return “state” and “nonce” unchanged."),
    ),
    Code.STATE_REQUIRED: Explanation(
        403,
        Public.NOT_FROM_HERE,
        N_("The sign-in was not started here"),
        N_("Link to the help desk itself, or allow sign-ins that start on your site."),
    ),
    Code.EMAIL_INVALID: Explanation(
        401,
        Public.EMAIL,
        N_("The e-mail address is not valid"),
        N_("Correct the address in the user’s record on your site."),
    ),
    Code.EMAIL_UNVERIFIED: Explanation(
        403,
        Public.EMAIL,
        N_("Your site has not verified the e-mail address"),
        N_("Let the user confirm the address on your site first."),
    ),
    Code.EMAIL_DOMAIN_BLOCKED: Explanation(
        403,
        Public.EMAIL,
        N_("The e-mail domain is not allowed"),
        N_("Change the lists of e-mail domains in the sign-in settings."),
    ),
    Code.IDENTITY_CONFLICT: Explanation(
        403,
        Public.CONFLICT,
        N_("The e-mail belongs to another account"),
        N_("Your user ID and the e-mail address lead to two people here. Correct one of them."),
    ),
    Code.EMAIL_OTHER_COMPANY: Explanation(
        403,
        Public.CONFLICT,
        N_("The e-mail belongs to another company"),
        N_("In this dialect an address belongs to one company. Use another address."),
    ),
    Code.ACCOUNT_DISABLED: Explanation(
        403,
        Public.NO_ACCESS,
        N_("The account is disabled"),
        N_("Enable the account on the people page, if that was not meant."),
    ),
    Code.NOT_PROVISIONED: Explanation(
        403,
        Public.NO_ACCESS,
        N_("There is no account, and none is made"),
        N_("Invite the person, or let sign-ins create accounts."),
    ),
    Code.ROLE_REQUIRES_LOCAL_LOGIN: Explanation(
        403,
        Public.OWN_PASSWORD,
        N_("Admins sign in with their own password"),
        N_("Use the password sign-in, or allow tokens for admins in the sign-in settings."),
    ),
    Code.CREDENTIALS_INVALID: Explanation(
        401,
        Public.WRONG_PASSWORD,
        N_("Wrong e-mail address or password"),
        N_("Nothing. If the person has forgotten it, send a new invitation."),
    ),
}

_NOTICES: dict[Notice, tuple[Message, Message]] = {
    Notice.KEY_PREVIOUS: (
        N_("Signed with the previous key"),
        N_("Put the current key into your server’s configuration before the old one ends."),
    ),
    Notice.TIME_AS_TEXT: (
        N_("A time was sent as text"),
        N_("Send times as numbers: seconds since 1970, without quotes."),
    ),
    Notice.ROLE_CAPPED: (
        N_("Asked for a higher role than a token may give"),
        N_("Give the role on the people page, or raise what a token may give."),
    ),
    Notice.ROLE_UNKNOWN: (
        N_("The role is a word that we do not know"),
        N_("Send “user” or “agent”, or leave the role out."),
    ),
    Notice.REDIRECT_BLOCKED: (
        N_("Was not sent to the page asked for"),
        N_("Use a path such as /tickets/42, or list the host in the sign-in settings."),
    ),
    Notice.PROJECT_UNKNOWN: (
        N_("The project does not exist"),
        N_("Copy the project’s ID from the projects page."),
    ),
    Notice.PASSWORD_DROPPED: (
        N_("A password that was never proven to be theirs was removed"),
        N_("Nothing. The account now signs in through your site."),
    ),
}
