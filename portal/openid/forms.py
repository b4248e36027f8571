"""The form of a provider."""

import re
from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, Form, PasswordField, RadioField, StringField
from wtforms.validators import StopValidation

from portal.openid.provider import GOOGLE_ISSUER, Audience, Kind
from portal.people.models import Role
from portal.signin.settings_rules import email_domain
from portal.tenants.rules import one_line as name_rule
from portal.tenants.settings_forms import Follows, LinesField
from portal.web.forms import Required, one_line
from portal.web.i18n import N_

AUDIENCES = {
    Audience.AGENTS.value: N_("Agents"),
    Audience.CUSTOMERS.value: N_("Customers"),
    Audience.BOTH.value: N_("Agents and customers"),
}
PROVISIONING = {
    "existing": N_("Only people who have an account here already"),
    "create": N_("Everybody it vouches for: who is new is given an account"),
}
_SCOPE = re.compile(r"[!#-\[\]-~]{1,100}")
#: Authorities of Microsoft that serve many directories at once: their issuer is nobody's.
_SHARED = re.compile(r"https://login\.microsoftonline\.com/(common|organizations|consumers)(/|\Z)")
_ROLES = {"agent": Role.AGENT, "admin": Role.ADMIN}


def issuer_rule(text: str) -> str:
    """An issuer identifier (Discovery, 3): kept letter for letter. Raises ValueError."""
    text = text.strip()
    if not re.fullmatch(r"https?://[!-~]{1,500}", text) or "?" in text or "#" in text:
        raise ValueError(N_("Write the issuer’s whole address, such as https://login.example.com."))
    if _SHARED.match(text):
        raise ValueError(
            N_(
                "This address is for every company at once, so it says nothing about whose people "
                "come. Enter your own: https://login.microsoftonline.com/, your directory (tenant) "
                "ID, and /v2.0."
            )
        )
    return text.removesuffix("/.well-known/openid-configuration")


def client_id_rule(text: str) -> str:
    """RFC 6749, A.1: visible characters. Raises ValueError."""
    if not re.fullmatch(r"[ -~]{1,500}", text.strip()):
        raise ValueError(N_("Copy the client ID as the provider shows it."))
    return text.strip()


def scope_rule(text: str) -> str:
    """One scope (RFC 6749, 3.3). Raises ValueError."""
    if not _SCOPE.fullmatch(text):
        raise ValueError(N_("Write scopes with spaces between them."))
    return text


def group_line(text: str) -> str:
    """``Group = agent`` or ``Group = admin``. Raises ValueError."""
    group, equals, role = (part.strip() for part in text.rpartition("="))
    if not equals or not group or role.lower() not in _ROLES:
        raise ValueError(
            N_("Write a group, an equals sign and a role: “Support = agent” or “IT = admin”.")
        )
    return f"{group} = {role.lower()}"


def as_lines(roles: Mapping[str, str]) -> list[str]:
    """Group roles as the form shows them."""
    return [f"{group} = {role}" for group, role in sorted(roles.items())]


def as_roles(lines: list[str]) -> dict[str, str]:
    """Group roles as they are kept."""
    pairs = (line.rpartition(" = ") for line in lines)
    return {group: role for group, _, role in pairs}


class ProviderForm(Form):
    """A provider, as the admin describes it."""

    COLUMNS = (
        "name",
        "client_id",
        "audience",
        "provisioning",
        "email_domains",
        "trust_email",
        "group_claim",
        "admins",
        "signs_out",
    )

    name = StringField(
        N_("Name"),
        [Required(N_("Give the provider a name.")), Follows(name_rule)],
        filters=[one_line],
    )
    issuer = StringField(N_("Issuer"), [Follows(issuer_rule)], filters=[one_line])
    client_id = StringField(N_("Client ID"), [Follows(client_id_rule)], filters=[one_line])
    secret = PasswordField(N_("Client secret"))
    scopes = StringField(N_("Scopes"), default="openid email profile", filters=[one_line])
    audience = RadioField(N_("Whom it signs in"), default="agents")
    provisioning = RadioField(N_("Who may come"), default="existing")
    email_domains = LinesField(N_("Only addresses of these domains"), rule=email_domain)
    trust_email = BooleanField(N_("Its e-mail addresses are verified, although it does not say so"))
    group_claim = StringField(N_("Claim that lists the groups"), filters=[one_line])
    group_roles = LinesField(N_("Roles of groups"), rule=group_line)
    admins = BooleanField(N_("It may sign in admins"))
    signs_out = BooleanField(N_("Who signs out here signs out there as well"))

    def __init__(self, formdata: Any = None, *, kind: Kind, **options: Any) -> None:
        self.kind = kind
        super().__init__(formdata, **options)
        self.audience.choices = list(AUDIENCES.items())
        self.provisioning.choices = list(PROVISIONING.items())
        if kind is Kind.GOOGLE and "issuer" in self and formdata is None:
            self.issuer.data = GOOGLE_ISSUER

    def validate_scopes(self, field: StringField) -> None:
        """Raises StopValidation for what is no scope."""
        words = (field.data or "").split()
        if not all(_SCOPE.fullmatch(word) for word in words) or len(words) > 30:
            raise StopValidation(N_("Write scopes with spaces between them."))
        if "openid" not in words:
            raise StopValidation(N_("“openid” must be among the scopes."))

    def validate_email_domains(self, field: LinesField) -> None:
        """Raises StopValidation where strangers would become agents, or name any address."""
        makes_agents = self.audience.data != "customers" and self.provisioning.data == "create"
        if field.data or not (makes_agents or self.trust_email.data):
            return
        if self.trust_email.data:
            raise StopValidation(
                N_("Enter the domains whose addresses the provider may vouch for.")
            )
        if self.audience.data == "agents" and not self.group_roles.data:
            raise StopValidation(
                N_(
                    "Enter your domains here, or roles of groups below. Otherwise everybody with "
                    "an account at the provider would become an agent."
                )
            )

    def validate_group_claim(self, field: StringField) -> None:
        """Raises StopValidation where groups have roles and nothing says who is in them."""
        if self.group_roles.data and not field.data:
            raise StopValidation(N_("Name the claim in which the provider lists the groups."))

    def validate_group_roles(self, field: LinesField) -> None:
        """Raises StopValidation for roles that would never be given."""
        if field.data and self.audience.data == "customers":
            raise StopValidation(N_("It signs in customers alone, who need no role."))
        if not self.admins.data and "admin" in as_roles(field.data).values():
            raise StopValidation(
                N_("For a group of admins, also let the provider sign in admins, below.")
            )

    def values(self) -> dict[str, Any]:
        """The columns."""
        return {name: self[name].data for name in self.COLUMNS} | {
            "scopes": (self.scopes.data or "").split(),
            "group_roles": as_roles(self.group_roles.data),
        }
