"""A provider as a sign-in knows it: plain values that outlive the transaction they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.people.models import Role
from portal.web.i18n import N_, Message

#: What stands before a provider's key where others are meant too.
NAMESPACE = "openid:"


class Kind(StrEnum):
    """Whose product it is. It gives the forms their hints, and two of them rules of their own."""

    GOOGLE = "google"
    MICROSOFT = "microsoft"
    KEYCLOAK = "keycloak"
    PORTAL = "portal"
    OTHER = "other"

    @property
    def label(self) -> Message:
        """Its name."""
        return _LABELS[self]

    @property
    def adding(self) -> Message:
        """What adding one is called."""
        return _ADDING.get(self, Message(N_("Add %(name)s"), name=self.label))

    @property
    def issuer_hint(self) -> Message:
        """What its issuer looks like."""
        return _ISSUERS[self]


_LABELS = {
    Kind.GOOGLE: N_("Google"),
    Kind.MICROSOFT: N_("Microsoft Entra ID"),
    Kind.KEYCLOAK: N_("Keycloak"),
    Kind.PORTAL: N_("Another portal"),
    Kind.OTHER: N_("Another provider"),
}
#: Of those whose label is no proper name, which keeps its capital inside a sentence.
_ADDING = {
    Kind.PORTAL: N_("Add another portal"),
    Kind.OTHER: N_("Add another provider"),
}
_ISSUERS = {
    Kind.GOOGLE: N_("Google has one for everybody: https://accounts.google.com"),
    Kind.MICROSOFT: N_(
        "https://login.microsoftonline.com/{directory (tenant) ID}/v2.0, with the ID that Entra "
        "shows in the overview of your app registration."
    ),
    Kind.KEYCLOAK: N_("https://{your Keycloak}/realms/{realm}"),
    Kind.PORTAL: N_("The other portal shows it under Settings, Your other sites."),
    Kind.OTHER: N_("The address below which /.well-known/openid-configuration is found."),
}

GOOGLE_ISSUER = "https://accounts.google.com"


class Audience(StrEnum):
    """Whom a provider signs in."""

    AGENTS = "agents"
    CUSTOMERS = "customers"
    BOTH = "both"

    def admits(self, role: Role) -> bool:
        """Whether somebody of this role may come this way."""
        return self is Audience.BOTH or role.is_staff == (self is Audience.AGENTS)


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of one tenant."""

    tenant_id: int
    key: str
    kind: Kind
    name: str
    issuer: str
    client_id: str
    secret: str | None = field(repr=False)
    scopes: tuple[str, ...]
    audience: Audience
    #: Whether whoever is new here is given an account.
    creates: bool
    email_domains: tuple[str, ...]
    trust_email: bool
    group_claim: str
    group_roles: Mapping[str, Role]
    admins: bool

    @property
    def namespace(self) -> str:
        """Whose names its external ids are, and which provider a session came from."""
        return f"{NAMESPACE}{self.key}"
