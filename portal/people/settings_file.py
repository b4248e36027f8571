"""The table [[people]] of a tenant file, and the registration of all that this room has."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import select

from portal.people.models import AgentRole, Organisation, Project, Role, User, UserProject
from portal.people.passwords import SHORTEST, hash_password, verify_password
from portal.people.service import PeopleService
from portal.people.settings_file_groups import OrganisationSection, ProjectSection
from portal.people.settings_file_roles import RoleSection
from portal.people.settings_file_teams import TeamSection
from portal.people.settings_rules import email
from portal.people.settings_service import LastAdminError, PeopleAdministration, ways_in
from portal.tenants import rules
from portal.tenants.audit import assign
from portal.tenants.files import (
    MASK,
    Around,
    Choice,
    Field,
    Flag,
    Record,
    Secret,
    Section,
    Text,
    Texts,
    Work,
)


class PersonSection(Section):
    """`[[people]]`."""

    table = "people"
    many = True
    order = 20
    key = "email"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The e-mail address tells people apart."""
        return {
            "email": Text(rule=email),
            "name": Text(rule=rules.one_line),
            "role": Choice(words=[role.value for role in Role]),
            "agent_role": Text(rule=rules.one_line, empty=True),
            "password": Secret(shortest=SHORTEST),
            "organisation": Text(rule=rules.one_line, empty=True),
            "projects": Texts(rule=rules.vendor_id),
            "locale": Text(rule=rules.language),
            "timezone": Text(rule=rules.time_zone),
            "disabled": Flag(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change people; admins come first, so that a handover may stand in one file."""
        for record in sorted(records, key=lambda record: record.values.get("role") != Role.ADMIN):
            row = self._person(work, record)
            if row is not None:
                self._set_password(work, record, row)
                self._set_access(work, record, row)
                self._set_agent_role(work, record, row)
                self._set_membership(work, record, row)

    def _person(self, work: Work, record: Record) -> User | None:
        people = PeopleService(work.db, work.tenant)
        values = record.given("name", "locale", "timezone")
        row = people.by_email(record.values["email"])
        if row is not None:
            work.update(row, values, "person.changed", row.email)
            return row
        if not work.require(record, "name"):
            return None
        role = Role(record.values.get("role", Role.CUSTOMER))
        row = people.create(record.values["email"], values["name"], role=role)
        assign(row, values)
        # Whoever writes the file vouches for the addresses in it.
        row.email_verified_at = datetime.now(UTC)
        work.audit.record("person.created", row.email)
        return row

    def _set_password(self, work: Work, record: Record, row: User) -> None:
        secret = record.secret("password")
        if secret is None:
            return
        if secret.value is None:
            if row.password_hash is None:
                work.wrong(record, "password", "is masked, and there is none to leave alone")
            return
        if row.password_hash is None or not verify_password(row.password_hash, secret.value):
            row.password_hash = hash_password(secret.value, work.around.settings.passwords_profile)
            work.audit.record("person.password_set", row.email)

    def _set_access(self, work: Work, record: Record, row: User) -> None:
        people = administration(work)
        wanted = record.given("role", "disabled")
        key = "role"
        try:
            people.set_role(row, Role(wanted.get("role", row.role)))
            key = "disabled"
            people.set_disabled(row, wanted.get("disabled", row.disabled_at is not None))
        except LastAdminError:
            work.wrong(record, key, "would leave the tenant without an admin who can sign in")

    def _set_agent_role(self, work: Work, record: Record, row: User) -> None:
        if "agent_role" not in record.values:
            return
        name = record.values["agent_role"]
        if name and row.role != Role.AGENT:
            work.wrong(record, "agent_role", "is for agents alone")
            return
        found = work.db.scalar(
            select(AgentRole).where(AgentRole.tenant_id == work.tenant.id, AgentRole.name == name)
        )
        if name and found is None:
            work.wrong(record, "agent_role", f'"{name}" is no role of this tenant')
        else:
            administration(work).set_agent_role(row, found)

    def _set_membership(self, work: Work, record: Record, row: User) -> None:
        people = administration(work)
        if "organisation" in record.values:
            name = record.values["organisation"]
            organisation = work.db.scalar(
                select(Organisation).where(
                    Organisation.tenant_id == work.tenant.id, Organisation.name == name
                )
            )
            if name and organisation is None:
                work.wrong(record, "organisation", f'"{name}" is no organisation of this tenant')
            else:
                people.set_organisation(row, organisation)
        if "projects" in record.values:
            people.set_projects(row, self._projects(work, record))

    def _projects(self, work: Work, record: Record) -> list[int]:
        wanted: list[str] = record.values["projects"]
        found = dict(
            work.db.execute(
                select(Project.key, Project.id).where(
                    Project.tenant_id == work.tenant.id, Project.key.in_(wanted)
                )
            ).all()
        )
        for key in wanted:
            if key not in found:
                work.wrong(record, "projects", f'"{key}" is no project of this tenant')
        return list(found.values())

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """Everybody, in the order in which they came."""
        projects: dict[int, list[str]] = defaultdict(list)
        taking_part = (
            select(UserProject.user_id, Project.key)
            .join(
                Project,
                (Project.tenant_id == UserProject.tenant_id)
                & (Project.id == UserProject.project_id),
            )
            .where(UserProject.tenant_id == work.tenant.id)
            .order_by(Project.key)
        )
        for user_id, key in work.db.execute(taking_part):
            projects[user_id].append(key)
        everybody = (
            select(User, Organisation.name, AgentRole.name)
            .outerjoin(
                AgentRole,
                (AgentRole.tenant_id == User.tenant_id) & (AgentRole.id == User.agent_role_id),
            )
            .outerjoin(
                Organisation,
                (Organisation.tenant_id == User.tenant_id)
                & (Organisation.id == User.organisation_id),
            )
            .where(User.tenant_id == work.tenant.id)
            .order_by(User.id)
        )
        return [
            {
                "email": user.email,
                "name": user.name,
                "role": user.role,
                "agent_role": agent_role,
                "password": MASK if user.password_hash else None,
                "organisation": organisation,
                "projects": projects.get(user.id),
                "locale": user.locale,
                "timezone": user.timezone,
                "disabled": True if user.disabled_at else None,
            }
            for user, organisation, agent_role in work.db.execute(everybody)
        ]


def administration(work: Work) -> PeopleAdministration:
    """The service for the people of the tenant that is worked on."""
    ways = ways_in(work.around.registry)
    return PeopleAdministration(work.db, work.tenant, work.audit, ways)


_SECTIONS = (
    OrganisationSection(),
    ProjectSection(),
    RoleSection(),
    PersonSection(),
    TeamSection(),
)


def includeme(config: Configurator) -> None:
    """Register the tables."""
    for section in _SECTIONS:
        config.add_tenant_file_section(section)
