"""Settings: organisations and projects."""

import re
from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.people.models import Organisation, Project
from portal.people.service import PeopleService
from portal.people.settings_forms import OrganisationForm, ProjectForm
from portal.people.settings_groups_service import GroupAdministration, TakenError
from portal.security.permissions import Permission
from portal.tenants.settings_pages import SettingsViews
from portal.web.i18n import N_
from portal.web.tree import Resource

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_ORGANISATIONS = "portal:templates/settings/organisations.jinja2"
_ORGANISATION = "portal:templates/settings/organisation.jinja2"
_PROJECTS = "portal:templates/settings/projects.jinja2"
_PROJECT = "portal:templates/settings/project.jinja2"


class OrganisationsSettings(Resource):
    """`settings/organisations`."""

    def __getitem__(self, name: str) -> "OrganisationSettings":
        key = (self.request.tenant.id, int(name)) if _NUMBER.fullmatch(name) else None
        row = self.request.db.get(Organisation, key) if key else None
        if row is None:
            raise KeyError(name)
        return OrganisationSettings(self, row)


class OrganisationSettings(Resource):
    """`settings/organisations/5`."""

    def __init__(self, parent: OrganisationsSettings, row: Organisation) -> None:
        super().__init__(parent.request, parent, str(row.id))
        self.row = row


class ProjectsSettings(Resource):
    """`settings/projects`."""

    def __getitem__(self, name: str) -> "ProjectSettings":
        key = (self.request.tenant.id, int(name)) if _NUMBER.fullmatch(name) else None
        row = self.request.db.get(Project, key) if key else None
        if row is None:
            raise KeyError(name)
        return ProjectSettings(self, row)


class ProjectSettings(Resource):
    """`settings/projects/5`."""

    def __init__(self, parent: ProjectsSettings, row: Project) -> None:
        super().__init__(parent.request, parent, str(row.id))
        self.row = row


class GroupViews(SettingsViews):
    """What the pages of organisations and projects share."""

    @property
    def groups(self) -> GroupAdministration:
        """The service behind the forms."""
        return GroupAdministration(self.request.db, self.request.tenant, self.audit)

    @property
    def people(self) -> PeopleService:
        """Reads what there is."""
        return PeopleService(self.request.db, self.request.tenant)


@view_defaults(context=OrganisationsSettings, permission=Permission.ADMINISTER)
class OrganisationsViews(GroupViews):
    """All organisations, and a new one."""

    @view_config(request_method="GET", renderer=_ORGANISATIONS)
    def show(self) -> dict[str, Any]:
        """The list."""
        return {
            "organisations": self.people.organisations(),
            "domains": self.groups.all_domains(),
        }

    @view_config(name="new", request_method="GET", renderer=_ORGANISATION)
    def ask(self) -> dict[str, Any]:
        """The form for a new one."""
        return {"form": OrganisationForm(data={"domains": []}), "row": None}

    @view_config(name="new", request_method="POST", renderer=_ORGANISATION)
    def create(self) -> dict[str, Any] | HTTPSeeOther:
        """Make it."""
        form = OrganisationForm(self.request.POST)
        if form.validate():
            try:
                self.groups.create_organisation(
                    form.name.data or "", form.domains.data, sharing=form.level
                )
            except TakenError as taken:
                form[taken.field].errors = [taken.message]
            else:
                return self.back(N_("%(name)s is added.", name=form.name.data))
        return self.answer({"form": form, "row": None}, wrong=True)


@view_defaults(context=OrganisationSettings, permission=Permission.ADMINISTER)
class OrganisationViews(GroupViews):
    """One organisation."""

    context: OrganisationSettings

    @view_config(request_method="GET", renderer=_ORGANISATION)
    def show(self) -> dict[str, Any]:
        """The form, filled in."""
        row = self.context.row
        domains = self.groups.all_domains()[row.id]
        return {"form": OrganisationForm(obj=row, data={"domains": domains}), "row": row}

    @view_config(request_method="POST", renderer=_ORGANISATION)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it."""
        form = OrganisationForm(self.request.POST)
        if form.validate():
            try:
                self.groups.change_organisation(
                    self.context.row,
                    form.name.data or "",
                    form.domains.data,
                    sharing=form.level,
                )
            except TakenError as taken:
                form[taken.field].errors = [taken.message]
            else:
                text = N_("%(name)s is saved.", name=form.name.data)
                return self.back(text, self.context.__parent__)
        return self.answer({"form": form, "row": self.context.row}, wrong=True)


@view_defaults(context=ProjectsSettings, permission=Permission.ADMINISTER)
class ProjectsViews(GroupViews):
    """All projects, and a new one."""

    @view_config(request_method="GET", renderer=_PROJECTS)
    def show(self) -> dict[str, Any]:
        """The list; what is archived comes last."""
        projects = self.people.projects(archived=True)
        return {"projects": sorted(projects, key=lambda row: row.archived_at is not None)}

    @view_config(name="new", request_method="GET", renderer=_PROJECT)
    def ask(self) -> dict[str, Any]:
        """The form for a new one."""
        return {"form": ProjectForm(), "row": None}

    @view_config(name="new", request_method="POST", renderer=_PROJECT)
    def create(self) -> dict[str, Any] | HTTPSeeOther:
        """Make it."""
        form = ProjectForm(self.request.POST)
        if form.validate():
            try:
                self.groups.create_project(form.key.data or "", form.name.data or "")
            except TakenError as taken:
                form[taken.field].errors = [taken.message]
            else:
                return self.back(N_("%(name)s is added.", name=form.name.data))
        return self.answer({"form": form, "row": None}, wrong=True)


@view_defaults(context=ProjectSettings, permission=Permission.ADMINISTER)
class ProjectViews(GroupViews):
    """One project."""

    context: ProjectSettings

    @view_config(request_method="GET", renderer=_PROJECT)
    def show(self) -> dict[str, Any]:
        """The form, filled in."""
        return {"form": ProjectForm(obj=self.context.row), "row": self.context.row}

    @view_config(request_method="POST", renderer=_PROJECT)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it."""
        form = ProjectForm(self.request.POST)
        if form.validate():
            try:
                self.groups.change_project(
                    self.context.row, form.key.data or "", form.name.data or ""
                )
            except TakenError as taken:
                form[taken.field].errors = [taken.message]
            else:
                text = N_("%(name)s is saved.", name=form.name.data)
                return self.back(text, self.context.__parent__)
        return self.answer({"form": form, "row": self.context.row}, wrong=True)

    @view_config(name="archive", request_method="POST")
    def archive(self) -> HTTPSeeOther:
        """Offer the project for no more tickets; those that have it keep it."""
        row = self.context.row
        self.groups.archive_project(row, datetime.now(UTC))
        return self.back(N_("%(name)s is archived.", name=row.name), self.context.__parent__)

    @view_config(name="restore", request_method="POST")
    def restore(self) -> HTTPSeeOther:
        """Offer it again."""
        row = self.context.row
        self.groups.archive_project(row, None)
        return self.back(N_("%(name)s is offered again.", name=row.name), self.context.__parent__)
