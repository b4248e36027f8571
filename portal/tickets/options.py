"""Whom a ticket can be given to, and where it can belong: the choices of selects."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import Text, bindparam, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from portal.people.models import Project, Role, Team, User
from portal.tenants.models import Tenant
from portal.topics.models import CustomField, Topic

Choices = dict[int, str]

#: Each gives a word for its kind, an id and a name.
agents = select(literal("agent"), User.id, User.name).where(
    User.tenant_id == bindparam("tenant_id"),
    User.role.in_((Role.AGENT, Role.ADMIN)),
    User.disabled_at.is_(None),
)
projects = select(literal("project"), Project.id, Project.name).where(
    Project.tenant_id == bindparam("tenant_id"), Project.archived_at.is_(None)
)
teams = select(literal("team"), Team.id, Team.name).where(
    Team.tenant_id == bindparam("tenant_id"), Team.archived_at.is_(None)
)
topics = select(literal("topic"), Topic.id, Topic.name).where(
    Topic.tenant_id == bindparam("tenant_id"), Topic.archived_at.is_(None)
)
fields = select(literal("field"), CustomField.id, CustomField.label).where(
    CustomField.tenant_id == bindparam("tenant_id"), CustomField.archived_at.is_(None)
)
#: Of those who are out of office: the second when they come back, or nothing.
away = select(
    literal("away"),
    User.id,
    func.coalesce(cast(func.extract("epoch", User.away_until), Text), ""),
).where(
    User.tenant_id == bindparam("tenant_id"),
    User.away_from <= func.now(),
    or_(User.away_until.is_(None), User.away_until > func.now()),
)
_OPTIONS = union_all(agents, away, projects, teams, topics, fields)


@dataclass(frozen=True, slots=True)
class Options:
    """Names by id, in the order of the alphabet."""

    agents: Choices = field(default_factory=dict)
    #: Until when those are out of office who are; None: it is not known.
    away: dict[int, datetime | None] = field(default_factory=dict)
    projects: Choices = field(default_factory=dict)
    teams: Choices = field(default_factory=dict)
    topics: Choices = field(default_factory=dict)
    fields: Choices = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, int, str]]) -> Self:
        """The options that rows of kind, id and name make."""
        options = cls()
        choices = {
            "agent": options.agents,
            "project": options.projects,
            "team": options.teams,
            "topic": options.topics,
            "field": options.fields,
        }
        for kind, key, name in sorted(rows, key=lambda row: (row[2].casefold(), row[1])):
            if kind == "away":
                options.away[key] = datetime.fromtimestamp(float(name), UTC) if name else None
            else:
                choices[kind][key] = name
        return options


def read_options(db: Session, tenant: Tenant) -> Options:
    """Agents who may be given tickets, and projects, teams, topics and fields that are not
    archived. One query."""
    rows = db.execute(_OPTIONS, {"tenant_id": tenant.id})
    return Options.of((kind, key, name) for kind, key, name in rows)
