"""The audit log: who changed which setting, when, from where, from what to what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from portal.tenants.models import AuditEntry, Tenant

#: Old and new value of each field, by the field's name.
Changes = dict[str, list[Any]]
#: Characters of a longer text that are kept.
_MOST = 300


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


@dataclass(frozen=True, slots=True)
class Told:
    """What the audit log may tell of something that its owner keeps alone, or shares."""

    name: str
    is_shared: bool
    #: By the names of the log's fields; `{kind}.scope` says who has it.
    values: Mapping[str, Any]


def record_shared(audit: AuditLog, kind: str, before: Told | None, after: Told | None) -> None:
    """Write what happened to something, as far as others have it: nothing of what is one's own,
    and of what was or becomes one's own only that. None: it was not there yet, or is gone."""
    was, is_now = before is not None and before.is_shared, after is not None and after.is_shared
    if before is None and after is not None and is_now:
        audit.record(f"{kind}.created", after.name)
    elif after is None and before is not None and was:
        audit.record(f"{kind}.deleted", before.name)
    elif before is not None and after is not None and (was or is_now):
        # Its name while it was one's own is nobody's business.
        name = after.name if is_now else before.name
        fields = None if was and is_now else {f"{kind}.scope"}
        if changes := _differences(before.values, after.values, fields):
            audit.record(f"{kind}.changed", name, changes)


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], fields: set[str] | None
) -> Changes:
    return {
        field: [_start(before.get(field)), _start(after.get(field))]
        for field in dict.fromkeys((*before, *after))
        if (fields is None or field in fields) and before.get(field) != after.get(field)
    }


def _start(value: Any) -> Any:
    """A text in one line, by its beginning."""
    if not isinstance(value, str):
        return value
    line = " ".join(value.split())
    return line if len(line) <= _MOST else line[: _MOST - 1] + "…"


def _plain(value: Any) -> Any:
    """The value as JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
