"""The forms of people, organisations and projects in the settings."""

from collections.abc import Iterator, Sequence
from typing import Any

from wtforms import EmailField, Form, RadioField, SelectField, StringField

from portal.people.models import AgentRole, Organisation, Role, Sharing, User
from portal.people.profile_form import offered
from portal.people.settings_rules import email
from portal.people.settings_words import ROLES, SHARING
from portal.tenants import rules
from portal.tenants.settings_forms import Follows, LinesField
from portal.web.forms import one_line
from portal.web.i18n import N_

NO_ORGANISATION = ""


def role_value(role: str, agent_role_id: int | None) -> str:
    """A role as the choice names it: `agent`, or `agent:7` for one of the tenant's own."""
    return f"{role}:{agent_role_id}" if role == Role.AGENT and agent_role_id else role


def role_choices(roles: Sequence[AgentRole]) -> Iterator[tuple[str, str]]:
    """Every role that there is; the tenant's own stand after that of agents."""
    for role, label in ROLES.items():
        yield role.value, label
        if role is Role.AGENT:
            for row in roles:
                yield role_value(role, row.id), N_("Agent: %(role)s", role=row.name)


class PersonForm(Form):
    """A person's name, role and organisation."""

    name = StringField(N_("Name"), [Follows(rules.one_line)], filters=[one_line])
    role = SelectField(N_("Role"), [offered], validate_choice=False)
    organisation = SelectField(N_("Organisation"), [offered], validate_choice=False)

    def __init__(
        self,
        formdata: Any = None,
        *,
        organisations: list[Organisation],
        roles: Sequence[AgentRole] = (),
        user: User | None = None,
        **values: Any,
    ) -> None:
        if user is not None:
            values = {
                "name": user.name,
                "role": role_value(user.role, user.agent_role_id),
                "organisation": str(user.organisation_id or NO_ORGANISATION),
            } | values
        super().__init__(formdata, data=values)
        self.role.choices = list(role_choices(roles))
        self.organisation.choices = [
            (NO_ORGANISATION, N_("No organisation")),
            *((str(row.id), row.name) for row in organisations),
        ]

    def chosen(self, organisations: list[Organisation]) -> Organisation | None:
        """The organisation that was chosen."""
        wanted = self.organisation.data
        return next((row for row in organisations if str(row.id) == wanted), None)

    def chosen_role(self) -> Role:
        """The role that was chosen."""
        return Role(self.role.data.partition(":")[0])

    def chosen_agent_role(self, roles: Sequence[AgentRole]) -> AgentRole | None:
        """Which of the tenant's own roles of agents it is; None: the built-in one."""
        wanted = self.role.data
        return next((row for row in roles if role_value(Role.AGENT, row.id) == wanted), None)


class InvitationForm(PersonForm):
    """Somebody new. Without a name, the address begins with one."""

    email = EmailField(N_("E-mail address"), [Follows(email)])
    name = StringField(N_("Name"), [Follows(rules.one_line, optional=True)], filters=[one_line])


class OrganisationForm(Form):
    """A customer company."""

    name = StringField(N_("Name"), [Follows(rules.one_line)], filters=[one_line])
    domains = LinesField(N_("E-mail domains"), rule=rules.domain)
    sharing = RadioField(
        N_("Tickets of other members"),
        [offered],
        default=Sharing.NOTHING,
        validate_choice=False,
    )

    def __init__(self, formdata: Any = None, obj: Any = None, **values: Any) -> None:
        super().__init__(formdata, obj, **values)
        self.sharing.choices = [(level.value, words) for level, words in SHARING.items()]

    @property
    def level(self) -> Sharing:
        """What was chosen."""
        return Sharing(self.sharing.data)


class ProjectForm(Form):
    """An area that tickets belong to."""

    name = StringField(N_("Name"), [Follows(rules.one_line)], filters=[one_line])
    key = StringField(N_("Project ID"), [Follows(rules.vendor_id)], filters=[one_line])
