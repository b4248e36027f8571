"""Sections of a tenant file: what a feature registers, and what it is given to work with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pyramid.config import Configurator
from pyramid.registry import Registry

from portal.db import TenantSession
from portal.settings import Settings
from portal.tenants.audit import AuditLog, Changes, assign
from portal.tenants.files.fields import Field, SecretText
from portal.tenants.models import AuditEntry, Tenant

REGISTRY_KEY = "tenants.file_sections"


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds a file: the operator's settings and the features that are installed."""

    settings: Settings
    registry: Registry


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file is not applied: where, and a sentence about it."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}{'' if self.text.endswith('?') else '.'}"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that applying a file did."""

    action: str
    target: str
    fields: Changes = field(default_factory=dict)

    def __str__(self) -> str:
        words = f"{self.action} {self.target}".rstrip()
        pairs = [f"{name} {_said(old)} → {_said(new)}" for name, (old, new) in self.fields.items()]
        return words + (f": {', '.join(pairs)}" if pairs else "")


@dataclass(frozen=True, slots=True)
class Record:
    """One table of the file, its values checked. What was left out is not in `values`."""

    place: str
    values: Mapping[str, Any]

    def given(self, *names: str) -> dict[str, Any]:
        """The values that the file gives, of these keys."""
        return {name: self.values[name] for name in names if name in self.values}

    def secret(self, name: str) -> SecretText | None:
        """A secret of the file; None when it is left out."""
        secret: SecretText | None = self.values.get(name)
        return secret


class NotedAuditLog(AuditLog):
    """The audit log of the command line, which also keeps a list of what it was told."""

    def __init__(self, db: TenantSession, tenant: Tenant, changes: list[Change]) -> None:
        super().__init__(db, tenant)
        self._changes = changes

    def record(
        self, action: str, target: str = "", details: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Write one entry, and note it."""
        self._changes.append(Change(action, target, dict(details or {})))
        return super().record(action, target, details)


@dataclass
class Work:
    """Applying a file, or showing a tenant, in one transaction."""

    db: TenantSession
    around: Around
    #: Known as soon as the section [tenant] has been applied.
    tenant: Tenant = field(init=False)
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    #: Whether this file made the tenant.
    created: bool = False

    def wrong(self, record: Record, key: str, text: str) -> None:
        """Note why the file cannot be applied; `text` lacks its subject and the full stop."""
        self.problems.append(Problem(f"{record.place} {key}".rstrip(), text))

    def require(self, record: Record, *names: str) -> bool:
        """Whether a record has all that a new row needs; what it lacks is noted."""
        missing = [name for name in names if name not in record.values]
        for name in missing:
            self.wrong(record, name, "is missing, and needed for a new one")
        return not missing

    @property
    def audit(self) -> AuditLog:
        """The audit log, for services; what they record is told to whoever applies the file."""
        return NotedAuditLog(self.db, self.tenant, self.changes)

    def update(self, row: object, values: Mapping[str, Any], action: str, target: str) -> None:
        """Set what differs, and record it; the same values again change nothing."""
        if changes := assign(row, values):
            self.audit.record(action, target, changes)


class Section:
    """One kind of table in a tenant file, owned by the feature that it configures."""

    #: The table's name: `people`, `sso`, `sso.keys`.
    table: ClassVar[str]
    #: Whether it is an array, `[[people]]`.
    many: ClassVar[bool] = False
    #: The order in which tables are applied and shown. [tenant] is 0.
    order: ClassVar[int]
    #: The key that tells the rows of an array apart.
    key: ClassVar[str] = ""

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The keys that the table takes."""
        raise NotImplementedError

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Bring the tenant to what the records say. A wish that cannot be met is `work.wrong`.

        For a new tenant this is called without records where the file has none.
        """
        raise NotImplementedError

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """The tenant's rows as the file writes them, in a stable order. None leaves a key out."""
        raise NotImplementedError

    @property
    def heading(self) -> str:
        """The table as the file writes it."""
        return f"[[{self.table}]]" if self.many else f"[{self.table}]"


def add_tenant_file_section(config: Configurator, section: Section) -> None:
    """Pyramid directive: take one more kind of table in tenant files."""
    known: dict[str, Section] = config.registry[REGISTRY_KEY]
    config.action(
        ("tenant file section", section.table), lambda: known.setdefault(section.table, section)
    )


def sections(registry: Registry) -> list[Section]:
    """Every section, in the order in which they are applied."""
    known: dict[str, Section] = registry[REGISTRY_KEY]
    return sorted(known.values(), key=lambda section: section.order)


def includeme(config: Configurator) -> None:
    """The directive and its registry."""
    config.registry[REGISTRY_KEY] = {}
    config.add_directive("add_tenant_file_section", add_tenant_file_section)


def _said(value: Any) -> str:
    if value is None or value in ("", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
