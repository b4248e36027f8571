"""The codes of the sign-in log: stable and public.

The visitor reads one calm sentence that gives nothing away (``public``). The tenant's admin reads
what happened and what mends it (``explanations``). The code is what both can quote.
"""

from enum import StrEnum

from portal.signin.explanations import EXPLANATIONS, NOTICES
from portal.signin.explanations_of_steps import STEPS
from portal.signin.public import Public
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
    #: Of a sign-in with a password that is kept here; tokens do not come by.
    SECOND_FACTOR = "second_factor"
    TARGET = "target"
    CONSUME = "consume"
    SESSION = "session"
    #: Of a sign-in with a provider, which is asked in between.
    PROVIDER = "provider"
    #: Of a sign-in at one of the tenant's other sites.
    SITE = "site"
    EXCHANGE = "exchange"

    @property
    def label(self) -> Message:
        """The check in the words of the sign-in log."""
        return _STEP_LABELS[self]

    @property
    def about(self) -> Message:
        """What is checked, in one sentence."""
        return STEPS[self.value]


_STEP_LABELS = {
    Step.REQUEST: N_("One token, of a sensible size"),
    Step.STRUCTURE: N_("Three parts, strict JSON"),
    Step.TENANT: N_("Tenant"),
    Step.PROVIDER: N_("What the provider says"),
    Step.DIALECT: N_("Dialect is on"),
    Step.HEADER: N_("Algorithm and header"),
    Step.SIGNATURE: N_("Signature"),
    Step.CLAIMS: N_("Claims present and typed"),
    Step.TIME: N_("Time"),
    Step.AUDIENCE: N_("Meant for this help desk"),
    Step.ONCE: N_("Not used before"),
    Step.EMAIL: N_("E-mail address"),
    Step.PERSON: N_("Account"),
    Step.SECOND_FACTOR: N_("Second factor"),
    Step.TARGET: N_("Where to go"),
    Step.CONSUME: N_("Token used up"),
    Step.SESSION: N_("New session"),
    Step.SITE: N_("Your other site"),
    Step.EXCHANGE: N_("What the site brought"),
}

#: The checks of a token.
TOKEN_STEPS = tuple(
    step
    for step in Step
    if step not in (Step.PROVIDER, Step.SECOND_FACTOR, Step.SITE, Step.EXCHANGE)
)


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
    PROVIDER_DISABLED = "provider_disabled"
    PROVIDER_UNREACHABLE = "provider_unreachable"
    PROVIDER_MISCONFIGURED = "provider_misconfigured"
    PROVIDER_DECLINED = "provider_declined"
    PROVIDER_FAILED = "provider_failed"
    PROVIDER_GROUP_MISSING = "provider_group_missing"
    ID_TOKEN_INVALID = "id_token_invalid"  # noqa: S105 - a code, not a token
    ID_TOKEN_MISMATCH = "id_token_mismatch"  # noqa: S105 - a code, not a token
    CREDENTIALS_INVALID = "credentials_invalid"
    SECOND_FACTOR_INVALID = "second_factor_invalid"
    PASSKEY_INVALID = "passkey_invalid"
    PASSKEY_COPIED = "passkey_copied"
    API_KEY_INVALID = "api_key_invalid"
    API_SCOPE_MISSING = "api_scope_missing"
    SECRET_IN_BROWSER = "secret_in_browser"  # noqa: S105 - a code, not a secret
    #: By the API only: a visitor who has arrived is signed in all the same (see ``Notice``).
    REDIRECT_BLOCKED = "redirect_blocked"
    #: Of sign-ins at the tenant's other sites.
    SITE_ADDRESS_UNKNOWN = "site_address_unknown"
    SITE_REQUEST_REFUSED = "site_request_refused"
    SITE_CREDENTIALS_INVALID = "site_credentials_invalid"
    SITE_CODE_INVALID = "site_code_invalid"
    SITE_CODE_REPLAYED = "site_code_replayed"
    SITE_VERIFIER_INVALID = "site_verifier_invalid"

    @property
    def status(self) -> int:
        """The HTTP status of a refusal with this code."""
        return EXPLANATIONS[self.value].status

    @property
    def public(self) -> Public:
        """What the visitor is told."""
        return EXPLANATIONS[self.value].public

    @property
    def headline(self) -> Message:
        """What happened, for the tenant's admin."""
        return EXPLANATIONS[self.value].headline

    @property
    def fix(self) -> Message:
        """What most likely mends it, for the tenant's admin."""
        return EXPLANATIONS[self.value].fix


class Notice(StrEnum):
    """What an admin should know about a sign-in that worked."""

    KEY_PREVIOUS = "key_previous"
    TIME_AS_TEXT = "time_as_text"
    ROLE_CAPPED = "role_capped"
    ROLE_UNKNOWN = "role_unknown"
    REDIRECT_BLOCKED = "redirect_blocked"
    PROJECT_UNKNOWN = "project_unknown"
    ORGANISATION_UNKNOWN = "organisation_unknown"
    PASSWORD_DROPPED = "password_dropped"  # noqa: S105 - a code, not a password

    @property
    def headline(self) -> Message:
        """What happened, for the tenant's admin."""
        return NOTICES[self.value][0]

    @property
    def fix(self) -> Message:
        """What to do about it, if anything."""
        return NOTICES[self.value][1]
