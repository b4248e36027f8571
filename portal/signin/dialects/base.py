"""What a dialect is: one vendor's way to hand over a signed-in visitor, as data.

A dialect verifies nothing itself. It names its endpoints, parameters and claims, bounds a
token's life, says where a claim keeps the page to go to, and builds the links to the company's
own login. The pipeline does the rest, the same for all.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from portal.people.models import Role
from portal.signin.assertion import PersonRule
from portal.signin.claims import Claim, Claims, Kind
from portal.signin.codes import Code
from portal.signin.keys import Algorithm
from portal.signin.parameters import Parameters
from portal.signin.times import LONGEST_LIFE, TimeRule
from portal.web.i18n import Message

_CAPTURE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address at which tokens arrive: a path below the tenant, without slashes around it.

    A segment in braces is a parameter: ``sp/OIDC/{client_id}/implicit``.
    """

    path: str
    methods: tuple[str, ...] = ("GET", "POST")

    def match(self, segments: tuple[str, ...]) -> Mapping[str, str] | None:
        """The parameters in the path; None when the path is another."""
        wanted = self.path.split("/")
        if len(wanted) != len(segments) or not self.leads_to(segments):
            return None
        captures = (_CAPTURE.fullmatch(pattern) for pattern in wanted)
        pairs = zip(captures, segments, strict=True)
        return {capture[1]: segment for capture, segment in pairs if capture}

    def leads_to(self, segments: tuple[str, ...]) -> bool:
        """Whether the segments are the beginning of this path, or all of it."""
        wanted = self.path.split("/")
        return len(segments) <= len(wanted) and all(
            pattern == segment or _CAPTURE.fullmatch(pattern)
            for pattern, segment in zip(wanted, segments, strict=False)
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A value of the request that must equal a setting of the tenant (step 9).

    ``setting`` is a name in ``TenantFacts``. An absent value is refused only if ``required``.
    """

    where: str  # "claim" (by slot) or "parameter"
    name: str
    setting: str
    code: Code
    required: bool = True


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """What the checks and links need to know of a tenant. All URLs are absolute."""

    slug: str
    #: Where the tenant's pages live, ending in a slash.
    home_url: str
    company_id: str = ""
    account_id: str = ""
    auth_url: str = ""
    authorization_url: str = ""
    client_id: str = ""
    remote_login_url: str = ""
    remote_logout_url: str = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """A visitor who leaves for the company's own login."""

    tenant: TenantFacts
    #: The page to come back to, absolute; empty: the dashboard.
    destination: str = ""
    locale: str = "en"
    now: int = 0
    #: Bound to this browser, for dialects whose sign-ins start here.
    state: str = ""
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Farewell:
    """A visitor who has just been signed out, or refused with ``message``."""

    tenant: TenantFacts
    email: str = ""
    external_id: str = ""
    message: str = ""


def remote_login(departure: Departure) -> str | None:
    """The remote login URL as configured; None when there is none."""
    return departure.tenant.remote_login_url or None


def remote_logout(farewell: Farewell) -> str | None:
    """The remote logout URL as configured; None leads to the landing page."""
    return farewell.tenant.remote_logout_url or None


def given_name(claims: Claims) -> str | None:
    """The claim called name, as nearly all vendors have it."""
    return claims.text("name")


def no_target(_claims: Claims, _parameters: Parameters) -> str | None:
    """For dialects without a return parameter: the page to go to is remembered on our side."""
    return None


def no_url(_farewell: Farewell) -> str | None:
    """For dialects whose refusals stay on our page."""
    return None


@dataclass(frozen=True, slots=True)
class Dialect:
    """One vendor's dialect. Registered with ``config.add_dialect``."""

    name: str
    label: str
    endpoints: tuple[Endpoint, ...]
    claims: tuple[Claim, ...]
    time: TimeRule
    algorithms: tuple[Algorithm, ...] = ("HS256",)
    #: Parameters beside the token that are read, each of which may appear once.
    parameters: tuple[str, ...] = ()
    #: The claim slot or parameter that names the tenant, and the setting that it names it by.
    tenant_hints: tuple[Match, ...] = ()
    matches: tuple[Match, ...] = ()
    #: The most that a claim may make of a visitor. Never admin.
    role_cap: Role = Role.CUSTOMER
    #: Whose names external ids are. Dialects that carry the company's own user ids share one,
    #: so that a tenant who changes the dialect keeps its people.
    namespace: str = "company"
    #: The name is taken when the account is made and never again.
    name_on_first_sign_in_only: bool = False
    #: Rules of this vendor's own about whoever is new here, each of which may refuse (step 12).
    rules: tuple[PersonRule, ...] = ()
    #: Sign-ins start here: the parameter ``state`` and the claim ``nonce`` must be the ones that
    #: this browser was given.
    started_here: bool = False
    #: One-time references that the tenant's backend asked us for arrive at its address as well.
    takes_references: bool = False
    #: Length of the keys that we make for it.
    key_length: int = 48
    #: Sentences of this vendor's own, by code.
    words: Mapping[Code, Message] = field(default_factory=dict)
    #: What to call the visitor; None: the local part of the address.
    person_name: Callable[[Claims], str | None] = given_name
    #: Where the visitor wants to go, unchecked.
    target: Callable[[Claims, Parameters], str | None] = no_target
    login_url: Callable[[Departure], str | None] = remote_login
    logout_url: Callable[[Farewell], str | None] = remote_logout
    #: Where a refused visitor is sent, for vendors that expect it.
    refusal_url: Callable[[Farewell], str | None] = no_url

    def __post_init__(self) -> None:
        required = {claim.name for claim in self.claims if claim.required}
        kinds = {claim.key: claim.kind for claim in self.claims}
        if kinds.get("email") is not Kind.EMAIL or "email" not in required:
            raise ValueError(f"dialect {self.name}: an e-mail claim must be required")
        bounded_by_age = self.time.max_age is not None and "iat" in required
        if not bounded_by_age and "exp" not in required:
            raise ValueError(f"dialect {self.name}: a token must have an end")
        if self.time.max_age is not None and self.time.max_age > LONGEST_LIFE:
            raise ValueError(f"dialect {self.name}: no token lives longer than {LONGEST_LIFE} s")
        if self.role_cap is Role.ADMIN:
            raise ValueError(f"dialect {self.name}: admin never comes from a claim")
        if self.started_here and not ("nonce" in required and "state" in self.parameters):
            raise ValueError(f"dialect {self.name}: what starts here brings state and nonce back")

    @property
    def parameter_names(self) -> frozenset[str]:
        """The parameters beside the token that are read, in the query, a form or the path."""
        compared = (*self.matches, *self.tenant_hints)
        return frozenset(
            (*self.parameters, *(each.name for each in compared if each.where == "parameter"))
        )

    def sentence(self, code: Code) -> Message:
        """What the visitor is told about a refusal: the vendor's words, else ours."""
        return self.words.get(code) or code.public.sentence


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The URL with parameters added, each percent-encoded; its own query and fragment are kept."""
    base, hash_mark, fragment = url.partition("#")
    added = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in parameters.items())
    if not added:
        return url
    joint = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    return f"{base}{joint}{added}{hash_mark}{fragment}"
