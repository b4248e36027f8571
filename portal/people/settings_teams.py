"""Settings: teams."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults
from wtforms import Form, RadioField, StringField

from portal.people.models import Assignment, Team, User
from portal.people.profile_form import offered
from portal.people.service import PeopleService
from portal.people.settings_groups_service import TakenError
from portal.people.settings_words import ASSIGNMENTS
from portal.people.teams import TeamAdministration
from portal.security.permissions import Permission
from portal.tenants import rules
from portal.tenants.settings_forms import Follows
from portal.tenants.settings_pages import SettingsViews
from portal.web.forms import CheckboxesField, one_line
from portal.web.i18n import N_
from portal.web.tree import Resource

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_TEAMS = "portal:templates/settings/teams.jinja2"
_TEAM = "portal:templates/settings/team.jinja2"


class TeamsSettings(Resource):
    """`settings/teams`."""

    def __getitem__(self, name: str) -> "TeamSettings":
        key = (self.request.tenant.id, int(name)) if _NUMBER.fullmatch(name) else None
        row = self.request.db.get(Team, key) if key else None
        if row is None:
            raise KeyError(name)
        return TeamSettings(self, row)


class TeamSettings(Resource):
    """`settings/teams/5`."""

    def __init__(self, parent: TeamsSettings, row: Team) -> None:
        super().__init__(parent.request, parent, str(row.id))
        self.row = row


class TeamForm(Form):
    """A team's name, its way of assigning, its members."""

    name = StringField(N_("Name"), [Follows(rules.one_line)], filters=[one_line])
    assignment = RadioField(
        N_("Who gets a ticket that comes to the team"), [offered], validate_choice=False
    )
    members = CheckboxesField(N_("Members"), coerce=int, validate_choice=False)

    def __init__(self, formdata: Any = None, *, staff: Sequence[User], **values: Any) -> None:
        super().__init__(formdata, **values)
        self.assignment.choices = list(ASSIGNMENTS.items())
        self.members.choices = [(user.id, user.name) for user in staff]

    @property
    def member_ids(self) -> list[int]:
        """The people who were ticked. What is no id of the list is passed over."""
        listed = {choice[0] for choice in self.members.iter_choices()}
        return [key for key in self.members.data or [] if key in listed]


class TeamsBase(SettingsViews):
    """What the list and the page of a team share."""

    @property
    def teams(self) -> TeamAdministration:
        """The service behind the forms."""
        return TeamAdministration(self.request.db, self.request.tenant, self.audit)

    def form(self, formdata: Any = None, **values: Any) -> TeamForm:
        """The form, with everybody who may be a member."""
        staff = PeopleService(self.request.db, self.request.tenant).staff()
        return TeamForm(formdata, staff=staff, **values)


@view_defaults(context=TeamsSettings, permission=Permission.ADMINISTER)
class TeamsViews(TeamsBase):
    """All teams, and a new one."""

    @view_config(request_method="GET", renderer=_TEAMS)
    def show(self) -> dict[str, Any]:
        """The list."""
        return {
            "teams": self.teams.all(),
            "members": self.teams.members(),
            "assignments": ASSIGNMENTS,
        }

    @view_config(name="new", request_method="GET", renderer=_TEAM)
    def ask(self) -> dict[str, Any]:
        """The form for a new one."""
        return {"form": self.form(data={"assignment": Assignment.BY_HAND}), "row": None}

    @view_config(name="new", request_method="POST", renderer=_TEAM)
    def create(self) -> dict[str, Any] | HTTPSeeOther:
        """Make it."""
        form = self.form(self.request.POST)
        if form.validate():
            try:
                self.teams.create(
                    form.name.data or "", Assignment(form.assignment.data), form.member_ids
                )
            except TakenError as taken:
                form.name.errors = [taken.message]
            else:
                return self.back(N_("%(name)s is added.", name=form.name.data))
        return self.answer({"form": form, "row": None}, wrong=True)


@view_defaults(context=TeamSettings, permission=Permission.ADMINISTER)
class TeamViews(TeamsBase):
    """One team."""

    context: TeamSettings

    @view_config(request_method="GET", renderer=_TEAM)
    def show(self) -> dict[str, Any]:
        """The form, filled in."""
        row = self.context.row
        ids = [member.id for member in self.teams.members().get(row.id, [])]
        values = {"name": row.name, "assignment": row.assignment, "members": ids}
        return {"form": self.form(data=values), "row": row}

    @view_config(request_method="POST", renderer=_TEAM)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it."""
        row, form = self.context.row, self.form(self.request.POST)
        if form.validate():
            try:
                self.teams.change(
                    row, form.name.data or "", Assignment(form.assignment.data), form.member_ids
                )
            except TakenError as taken:
                form.name.errors = [taken.message]
            else:
                text = N_("%(name)s is saved.", name=form.name.data)
                return self.back(text, self.context.__parent__)
        return self.answer({"form": form, "row": row}, wrong=True)

    @view_config(name="archive", request_method="POST")
    def archive(self) -> HTTPSeeOther:
        """Offer the team for no more tickets; those that have it keep it."""
        row = self.context.row
        self.teams.archive(row, datetime.now(UTC))
        return self.back(N_("%(name)s is archived.", name=row.name), self.context.__parent__)

    @view_config(name="restore", request_method="POST")
    def restore(self) -> HTTPSeeOther:
        """Offer it again."""
        row = self.context.row
        self.teams.archive(row, None)
        return self.back(N_("%(name)s is offered again.", name=row.name), self.context.__parent__)
