"""The table [[teams]] of a tenant file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from portal.people.models import Assignment, Role, Team, User
from portal.people.settings_rules import email
from portal.people.teams import TeamAdministration
from portal.tenants import rules
from portal.tenants.files import Around, Choice, Field, Flag, Record, Section, Text, Texts, Work


class TeamSection(Section):
    """`[[teams]]`; `members` are all of them, by their e-mail addresses."""

    table = "teams"
    many = True
    #: After people.
    order = 25
    key = "name"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The name tells teams apart."""
        return {
            "name": Text(rule=rules.one_line),
            "assignment": Choice(words=[each.value for each in Assignment]),
            "members": Texts(rule=email),
            "archived": Flag(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change teams."""
        teams = TeamAdministration(work.db, work.tenant, work.audit)
        for record in records:
            name, values = record.values["name"], record.given("assignment")
            row = work.db.scalar(
                select(Team).where(Team.tenant_id == work.tenant.id, Team.name == name)
            )
            if row is None:
                way = Assignment(values.get("assignment", Assignment.BY_HAND))
                row = teams.create(name, way, [])
            else:
                work.update(row, values, "team.changed", name)
            if "members" in record.values:
                teams.set_members(row, self._members(work, record))
            if "archived" in record.values:
                teams.archive(row, datetime.now(UTC) if record.values["archived"] else None)

    def _members(self, work: Work, record: Record) -> list[int]:
        wanted: list[str] = record.values["members"]
        found = dict(
            work.db.execute(
                select(User.email, User.id).where(
                    User.tenant_id == work.tenant.id,
                    User.email.in_(wanted),
                    User.role.in_((Role.AGENT, Role.ADMIN)),
                )
            ).all()
        )
        for address in wanted:
            if address not in found:
                work.wrong(record, "members", f'"{address}" is no agent of this tenant')
        return list(found.values())

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """All teams, by name."""
        teams = TeamAdministration(work.db, work.tenant, work.audit)
        members = teams.members()
        return [
            {
                "name": row.name,
                "assignment": row.assignment,
                "members": [member.email for member in members.get(row.id, [])],
                "archived": True if row.archived_at else None,
            }
            for row in teams.all()
        ]
