"""Roles that a tenant makes for its agents: named sets of what can be given and taken."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from portal.people.models import AgentRole, Role, User
from portal.people.settings_groups_service import TakenError
from portal.people.settings_words import ROLES
from portal.security.grants import GRANTS, effective, needed_by
from portal.security.permissions import Permission
from portal.tenants.audit import AuditLog, Changes, assign
from portal.tenants.models import Tenant
from portal.web.i18n import N_

#: Holders that the page of a role names.
MOST_NAMED = 50


class NeedsMore(Exception):
    """A permission was chosen without one that it needs."""

    def __init__(self, permission: Permission, needed: Permission) -> None:
        super().__init__(permission, needed)
        self.permission = permission
        self.needed = needed


class RoleGone(Exception):
    """Somebody else has deleted the role."""


class Holder(NamedTuple):
    """Somebody who has a role."""

    id: int
    name: str


class AgentRoles:
    """Reads and changes the roles of one tenant; each change is recorded in the audit log."""

    def __init__(self, db: Session, tenant: Tenant, audit: AuditLog) -> None:
        self.db = db
        self.tenant = tenant
        self.audit = audit

    def all(self, *, hold: bool = False) -> Sequence[AgentRole]:
        """The roles by name. `hold`: none of them goes before this transaction is over, in which
        somebody gets one."""
        statement = self._rows()
        if hold:
            statement = statement.with_for_update(read=True, key_share=True)
        return _by_name(self.db.scalars(statement))

    def held_for_deletion(self, row: AgentRole) -> Sequence[AgentRole]:
        """The other roles by name. Until this transaction is over nobody gets `row`, and none of
        the others goes. Raises RoleGone."""
        locked = self._rows().with_for_update().execution_options(populate_existing=True)
        rows = self.db.scalars(locked).all()
        if row not in rows:
            raise RoleGone
        return _by_name(each for each in rows if each is not row)

    def _rows(self) -> Select[AgentRole]:
        # Whoever locks them does so in one order, and waits for nobody who waits for them.
        return select(AgentRole).where(AgentRole.tenant_id == self.tenant.id).order_by(AgentRole.id)

    def counts(self) -> Mapping[int | Role, int]:
        """How many people of the team have a role: by its id, or by the built-in one."""
        rows = self.db.execute(
            select(User.role, User.agent_role_id, func.count())
            .where(
                User.tenant_id == self.tenant.id,
                User.role.in_((Role.AGENT, Role.ADMIN)),
                User.merged_into_id.is_(None),
            )
            .group_by(User.role, User.agent_role_id)
        )
        counts: dict[int | Role, int] = {}
        for role, key, people in rows:
            held = key if role == Role.AGENT and key is not None else Role(role)
            counts[held] = counts.get(held, 0) + people
        return counts

    def holders(self, row: AgentRole) -> Sequence[Holder]:
        """Who has it, by name."""
        rows = self.db.execute(
            select(User.id, User.name)
            .where(
                User.tenant_id == self.tenant.id,
                User.role == Role.AGENT,
                User.agent_role_id == row.id,
            )
            .order_by(User.name, User.id)
            .limit(MOST_NAMED)
        )
        return [Holder(*each) for each in rows]

    def create(self, name: str, permissions: Collection[Permission]) -> AgentRole:
        """A new role. Raises TakenError and NeedsMore."""
        self._refuse(name, permissions)
        row = AgentRole(tenant_id=self.tenant.id, name=name, permissions=in_order(permissions))
        self.db.add(row)
        self.db.flush()
        self.audit.record("role.created", name, _differences((), permissions))
        return row

    def change(self, row: AgentRole, name: str, permissions: Collection[Permission]) -> None:
        """Another name, or other permissions: they count from the next request of everybody who
        has the role. Raises TakenError and NeedsMore."""
        self._refuse(name, permissions, row.id)
        changes = assign(row, {"name": name})
        changes |= _differences(effective(row.permissions), permissions)
        row.permissions = in_order(permissions)
        if changes:
            self.audit.record("role.changed", name, changes)

    def delete(self, row: AgentRole, instead: AgentRole | None = None) -> None:
        """The role is gone; whoever had it has `instead`, or the built-in one of agents. Both
        roles come from `held_for_deletion`, or nobody else is there."""
        held = (User.tenant_id == self.tenant.id, User.agent_role_id == row.id)
        people = self.db.scalars(select(User.email).where(*held).order_by(User.email)).all()
        key = instead.id if instead is not None else None
        self.db.execute(update(User).where(*held).values(agent_role_id=key))
        self.db.delete(row)
        self.db.flush()
        details: Changes = {}
        if people:
            details["members"] = [list(people), []]
            details["agent_role"] = [row.name, instead.name if instead is not None else None]
        self.audit.record("role.deleted", row.name, details)

    def _refuse(self, name: str, permissions: Collection[Permission], role_id: int = 0) -> None:
        built_in = {ROLES[role].lower() for role in ROLES}
        others = select(AgentRole.id).where(
            AgentRole.tenant_id == self.tenant.id,
            func.lower(AgentRole.name) == name.lower(),
            AgentRole.id != role_id,
        )
        if name.lower() in built_in or self.db.scalar(others) is not None:
            raise TakenError("name", N_("There is a role of this name already."))
        for permission in permissions:
            needed = needed_by(permission, permissions)
            if needed is not None:
                raise NeedsMore(permission, needed)


def _by_name(rows: Iterable[AgentRole]) -> list[AgentRole]:
    return sorted(rows, key=lambda row: (row.name.lower(), row.id))


def in_order(permissions: Iterable[Permission]) -> list[str]:
    """Permissions as a role keeps them: each once, in the order of the settings."""
    chosen = set(permissions)
    return [each.value for each in GRANTS if each in chosen]


def _differences(before: Collection[str], after: Collection[str]) -> Changes:
    """What was given and taken, a permission a line of the audit log."""
    return {
        f"may.{each}": [each in before, each in after]
        for each in GRANTS
        if (each in before) != (each in after)
    }
