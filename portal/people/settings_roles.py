"""Settings: roles. The built-in ones to be read, and the tenant's own for its agents."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config, view_defaults
from wtforms import Form, RadioField, StringField

from portal.people.agent_roles import AgentRoles, NeedsMore, RoleGone
from portal.people.models import AgentRole, Role
from portal.people.profile_form import offered
from portal.people.settings_forms import role_choices, role_value
from portal.people.settings_groups_service import TakenError
from portal.people.settings_words import ROLES
from portal.security.grants import EVERY, GRANTS, GROUPS, USUAL, effective
from portal.security.permissions import Permission
from portal.tenants import rules
from portal.tenants.settings_forms import Follows
from portal.tenants.settings_pages import SettingsViews
from portal.web.forms import AtMost, CheckboxesField, SelectChoice, one_line
from portal.web.i18n import N_
from portal.web.tree import Resource

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_ROLES = "portal:templates/settings/roles.jinja2"
_ROLE = "portal:templates/settings/role.jinja2"
_DELETE = "portal:templates/settings/role_delete.jinja2"
MAX_NAME = 60

#: What the built-in roles can do. Nobody takes anything from them.
BUILT_IN = {Role.AGENT: USUAL, Role.ADMIN: EVERY}


class RolesSettings(Resource):
    """`settings/roles`."""

    def __getitem__(self, name: str) -> "RoleSettings | BuiltInRole":
        if name in set(BUILT_IN):
            return BuiltInRole(self.request, self, name)
        key = (self.request.tenant.id, int(name)) if _NUMBER.fullmatch(name) else None
        row = self.request.db.get(AgentRole, key) if key else None
        if row is None:
            raise KeyError(name)
        return RoleSettings(self, row)


class BuiltInRole(Resource):
    """`settings/roles/agent`, `settings/roles/admin`."""


class RoleSettings(Resource):
    """`settings/roles/5`."""

    def __init__(self, parent: RolesSettings, row: AgentRole) -> None:
        super().__init__(parent.request, parent, str(row.id))
        self.row = row


class RoleForm(Form):
    """A role's name and what it lets agents do."""

    name = StringField(
        N_("Name"),
        [
            Follows(rules.one_line),
            AtMost(MAX_NAME, N_("Use at most %(limit)s characters.")),
        ],
        filters=[one_line],
    )
    permissions = CheckboxesField(
        N_("What agents with this role may do"),
        choices=[SelectChoice(each.permission.value, each.label) for each in GRANTS.values()],
        validate_choice=False,
    )

    @property
    def chosen(self) -> frozenset[Permission]:
        """What was ticked. What no role can give is passed over."""
        return frozenset(each for each in GRANTS if each in (self.permissions.data or []))


class SuccessorForm(Form):
    """Which role those get whose role is deleted. Of several nothing is chosen at first: each may
    be more than they have."""

    role = RadioField(N_("Role that they get instead"), [offered], validate_choice=False)

    def __init__(self, formdata: Any = None, *, roles: Sequence[AgentRole]) -> None:
        super().__init__(formdata)
        self.role.choices = [
            SelectChoice(value, words)
            for value, words in role_choices(roles)
            if value.partition(":")[0] == Role.AGENT
        ]
        if formdata is None and not roles:
            self.role.data = Role.AGENT.value

    def chosen(self, roles: Sequence[AgentRole]) -> AgentRole | None:
        """One of the tenant's own, or None: the built-in one."""
        wanted = self.role.data
        return next((row for row in roles if role_value(Role.AGENT, row.id) == wanted), None)


class RolesBase(SettingsViews):
    """What the list and the pages of roles share."""

    @property
    def roles(self) -> AgentRoles:
        """The service behind the forms."""
        return AgentRoles(self.request.db, self.request.tenant, self.audit)

    def page(
        self, form: RoleForm | None, has: Collection[str], *, wrong: bool = False, **values: Any
    ) -> dict[str, Any]:
        """The page of a role, with every permission; without a form, it is only read."""
        shown = {"form": form, "has": has, "groups": GROUPS, "row": None, "holders": (), **values}
        return self.answer(shown, wrong=wrong)

    def refuse(self, form: RoleForm, error: TakenError | NeedsMore) -> None:
        """Say a broken rule beside its field."""
        if isinstance(error, TakenError):
            form.name.errors = [error.message]
            return
        gettext = self.request.gettext
        text = N_("“%(permission)s” needs “%(needed)s” as well.")
        said = gettext(
            text,
            permission=gettext(GRANTS[error.permission].label),
            needed=gettext(GRANTS[error.needed].label),
        )
        form.permissions.errors = [said]


@view_defaults(context=RolesSettings, permission=Permission.ADMINISTER)
class RolesViews(RolesBase):
    """All roles, and a new one."""

    @view_config(request_method="GET", renderer=_ROLES)
    def show(self) -> dict[str, Any]:
        """The list."""
        return {
            "built_in": [(role, ROLES[role]) for role in BUILT_IN],
            "own": [(row, len(effective(row.permissions))) for row in self.roles.all()],
            "counts": self.roles.counts(),
            "total": len(EVERY),
        }

    @view_config(name="new", request_method="GET", renderer=_ROLE)
    def ask(self) -> dict[str, Any]:
        """The form for a new one, which begins as the built-in role."""
        return self.page(RoleForm(), USUAL)

    @view_config(name="new", request_method="POST", renderer=_ROLE)
    def create(self) -> dict[str, Any] | HTTPSeeOther:
        """Make it."""
        form = RoleForm(self.request.POST)
        if form.validate():
            try:
                self.roles.create(form.name.data or "", form.chosen)
            except (TakenError, NeedsMore) as error:
                self.refuse(form, error)
            else:
                return self.back(N_("%(name)s is added.", name=form.name.data))
        return self.page(form, form.chosen, wrong=True)


@view_config(
    context=BuiltInRole, permission=Permission.ADMINISTER, request_method="GET", renderer=_ROLE
)
class BuiltInRoleView(RolesBase):
    """One of those that are always there."""

    def __call__(self) -> dict[str, Any]:
        """What it can do."""
        role = Role(self.context.__name__)
        return self.page(None, BUILT_IN[role], built_in=role, title=ROLES[role])


@view_defaults(context=RoleSettings, permission=Permission.ADMINISTER)
class RoleViews(RolesBase):
    """One of the tenant's own."""

    context: RoleSettings

    @view_config(request_method="GET", renderer=_ROLE)
    def show(self) -> dict[str, Any]:
        """The form, filled in, and who has the role."""
        row = self.context.row
        return self._page(RoleForm(data={"name": row.name}), effective(row.permissions))

    @view_config(request_method="POST", renderer=_ROLE)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it."""
        form = RoleForm(self.request.POST)
        if form.validate():
            try:
                self.roles.change(self.context.row, form.name.data or "", form.chosen)
            except (TakenError, NeedsMore) as error:
                self.refuse(form, error)
            else:
                text = N_("%(name)s is saved.", name=form.name.data)
                return self.back(text, self.context.__parent__)
        return self._page(form, form.chosen, wrong=True)

    @view_config(name="delete", request_method="GET", renderer=_DELETE)
    def ask(self) -> dict[str, Any]:
        """Which role do they get who have this one? Changes nothing."""
        others = [row for row in self.roles.all() if row is not self.context.row]
        return self._question(SuccessorForm(roles=others))

    @view_config(name="delete", request_method="POST", renderer=_DELETE)
    def delete(self) -> dict[str, Any] | HTTPSeeOther:
        """Whoever has it has another one from then on. Without such people nothing is asked."""
        row = self.context.row
        try:
            others = self.roles.held_for_deletion(row)
        except RoleGone:
            raise HTTPNotFound from None
        form = SuccessorForm(self.request.POST, roles=others)
        if self.roles.holders(row) and not form.validate():
            return self._question(form, wrong=True)
        self.roles.delete(row, form.chosen(others))
        return self.back(N_("%(name)s is deleted.", name=row.name), self.context.__parent__)

    def _question(self, form: SuccessorForm, *, wrong: bool = False) -> dict[str, Any]:
        row = self.context.row
        values = {"form": form, "row": row, "holders": self.roles.holders(row)}
        return self.answer(values, wrong=wrong)

    def _page(self, form: RoleForm, has: Collection[str], *, wrong: bool = False) -> dict[str, Any]:
        row = self.context.row
        return self.page(form, has, wrong=wrong, row=row, holders=self.roles.holders(row))
