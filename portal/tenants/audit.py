"""The audit log: who changed which setting, when, from where, from what to what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from portal.tenants.models import AuditEntry, Tenant

#: Old and new value of each field, by the field's name.
Changes = dict[str, list[Any]]


class Actor(Protocol):
    """Who makes a change."""

    @property
    def user_id(self) -> int:
        """The user's id."""
        ...

    @property
    def name(self) -> str:
        """The user's name, kept as it was at the time."""
        ...


class AuditLog:
    """Writes the audit log of a tenant. Without an actor the command line was used."""

    def __init__(
        self, db: Session, tenant: Tenant, actor: Actor | None = None, ip: str | None = None
    ) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor
        self.ip = ip

    def record(
        self, action: str, target: str = "", details: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Write one entry, in the transaction of the change that it tells of.

        `action` is a stable word such as `person.invited`, `target` what was changed as its owner
        calls it, `details` the changed fields with `[old, new]`. None of them may hold a secret.
        """
        entry = AuditEntry(
            tenant_id=self.tenant.id,
            actor_id=self.actor.user_id if self.actor else None,
            actor_name=self.actor.name if self.actor else "",
            action=action,
            target=target,
            details={name: _plain(value) for name, value in (details or {}).items()},
            ip=self.ip,
        )
        self.db.add(entry)
        return entry


def assign(row: object, values: Mapping[str, Any]) -> Changes:
    """Set the attributes that differ, and give what was changed: `{name: [old, new]}`."""
    changes: Changes = {}
    for name, value in values.items():
        old = getattr(row, name)
        if old != value:
            changes[name] = [old, value]
            setattr(row, name, value)
    return changes


def _plain(value: Any) -> Any:
    """The value as JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
