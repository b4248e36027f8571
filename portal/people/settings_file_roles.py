"""The table [[roles]] of a tenant file."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from portal.people.agent_roles import AgentRoles, NeedsMore, in_order
from portal.people.models import AgentRole
from portal.people.settings_groups_service import TakenError
from portal.security.grants import EVERY, effective
from portal.security.permissions import Permission
from portal.tenants import rules
from portal.tenants.files import Around, Field, Record, Section, Text, Texts, Work


class RoleSection(Section):
    """`[[roles]]`; `permissions` are all of them."""

    table = "roles"
    many = True
    #: Before people, who have them.
    order = 15
    key = "name"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The name tells roles apart."""
        return {"name": Text(rule=rules.one_line), "permissions": Texts(rule=_permission)}

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change roles."""
        roles = AgentRoles(work.db, work.tenant, work.audit)
        for record in records:
            name = record.values["name"]
            row = work.db.scalar(
                select(AgentRole).where(
                    AgentRole.tenant_id == work.tenant.id, AgentRole.name == name
                )
            )
            try:
                self._apply(work, roles, record, row)
            except TakenError:
                work.wrong(record, "name", f'"{name}" is the name of another role already')
            except NeedsMore as lacking:
                text = f'"{lacking.permission}" needs "{lacking.needed}" as well'
                work.wrong(record, "permissions", text)

    def _apply(self, work: Work, roles: AgentRoles, record: Record, row: AgentRole | None) -> None:
        if row is None:
            if work.require(record, "permissions"):
                roles.create(record.values["name"], _chosen(record))
        elif "permissions" in record.values:
            roles.change(row, row.name, _chosen(record))

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """All roles, by name."""
        return [
            {
                "name": row.name,
                "permissions": in_order(effective(row.permissions)),
            }
            for row in AgentRoles(work.db, work.tenant, work.audit).all()
        ]


def _chosen(record: Record) -> frozenset[Permission]:
    return frozenset(Permission(word) for word in record.values["permissions"])


def _permission(text: str) -> str:
    if text not in EVERY:
        raise ValueError(f'"{text}" is no permission that a role can have')
    return text
