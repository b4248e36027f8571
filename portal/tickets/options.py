"""Whom a ticket can be given to, and which projects it can belong to: the choices of selects."""

from dataclasses import dataclass, field

from sqlalchemy import bindparam, literal, select, union_all
from sqlalchemy.orm import Session

from portal.people.models import Project, Role, User
from portal.tenants.models import Tenant

Choices = dict[int, str]


@dataclass(frozen=True, slots=True)
class Options:
    """Names by id, in the order of the alphabet."""

    agents: Choices = field(default_factory=dict)
    projects: Choices = field(default_factory=dict)


_agents = select(
    literal("agent").label("kind"), User.id.label("id"), User.name.label("name")
).where(
    User.tenant_id == bindparam("tenant_id"),
    User.role.in_((Role.AGENT, Role.ADMIN)),
    User.disabled_at.is_(None),
)
_projects = select(literal("project"), Project.id, Project.name).where(
    Project.tenant_id == bindparam("tenant_id"), Project.archived_at.is_(None)
)
_both = union_all(_agents, _projects).subquery()
_OPTIONS = select(_both.c.kind, _both.c.id, _both.c.name).order_by(_both.c.name, _both.c.id)


def read_options(db: Session, tenant: Tenant) -> Options:
    """Agents who may be given tickets, and projects that are not archived. One query."""
    options = Options()
    for kind, key, name in db.execute(_OPTIONS, {"tenant_id": tenant.id}):
        (options.agents if kind == "agent" else options.projects)[key] = name
    return options
