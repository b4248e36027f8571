"""Every secret that is sealed in the database: counted, and sealed anew under another master key.

A feature says with `config.add_sealed_column(...)` which of its columns hold sealed secrets.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy import inspect, select
from sqlalchemy.orm import InstrumentedAttribute, sessionmaker

from portal.db import TenantSession
from portal.security.secrets import SecretBox, SecretError
from portal.tenants.models import Tenant

REGISTRY_KEY = "security.sealed_columns"


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of a tenant's table whose values a `SecretBox` sealed."""

    column: InstrumentedAttribute[bytes | None]
    #: What a row is called when its secret is sealed, such as `sso_keys/2026-a`.
    row_name: Callable[[Any], str]

    @property
    def model(self) -> Any:
        """The mapped class."""
        return self.column.class_


@dataclass(slots=True)
class Tally:
    """The sealed secrets of a tenant, by what became of them."""

    #: Under the present master key already.
    current: int = 0
    #: Under a former one; `rotate` has sealed them anew.
    former: int = 0
    #: Names of the rows that no known master key opens.
    lost: list[str] = field(default_factory=list)


class SealedSecrets:
    """The sealed secrets of one tenant.

    Each row has a short transaction of its own: a server beside it waits for one row at the most,
    and what is interrupted goes on where it stopped, because what is done is passed over.
    """

    def __init__(
        self,
        sessions: sessionmaker[TenantSession],
        tenant: Tenant,
        box: SecretBox,
        columns: Sequence[SealedColumn],
    ) -> None:
        self.sessions = sessions
        self.tenant = tenant
        self.box = box
        self.columns = columns

    def check(self) -> Tally:
        """Open each secret, and count them by the master key that sealed them."""
        return self._each(anew=False)

    def rotate(self) -> Tally:
        """Seal each secret anew that a former master key sealed."""
        return self._each(anew=True)

    def _each(self, *, anew: bool) -> Tally:
        tally = Tally()
        for column in self.columns:
            for key in self._keys(column):
                self._one(column, key, tally, anew=anew)
        return tally

    def _keys(self, column: SealedColumn) -> Iterator[tuple[Any, ...]]:
        primary_key = inspect(column.model).primary_key
        with self._transaction() as db:
            rows = db.execute(
                select(*primary_key)
                .where(column.model.tenant_id == self.tenant.id, column.column.is_not(None))
                .order_by(*primary_key)
            ).all()
        return (tuple(row) for row in rows)

    def _one(self, column: SealedColumn, key: tuple[Any, ...], tally: Tally, *, anew: bool) -> None:
        with self._transaction() as db:
            row = db.get(column.model, key, with_for_update=anew)
            sealed: bytes | None = getattr(row, column.column.key) if row is not None else None
            if sealed is None:
                # Forgotten in the meantime.
                return
            name = column.row_name(row)
            try:
                secret = self.box.open(sealed, tenant_id=self.tenant.id, row=name)
            except SecretError:
                tally.lost.append(name)
                return
            if self.box.is_current(sealed):
                tally.current += 1
                return
            tally.former += 1
            if anew:
                setattr(
                    row,
                    column.column.key,
                    self.box.seal(secret, tenant_id=self.tenant.id, row=name),
                )

    @contextmanager
    def _transaction(self) -> Iterator[TenantSession]:
        with self.sessions() as db:
            db.note_tenant(self.tenant.id)
            with db.begin():
                yield db


def add_sealed_column(config: Configurator, sealed: SealedColumn) -> None:
    """Pyramid directive: one more column that holds sealed secrets."""
    known: dict[str, SealedColumn] = config.registry[REGISTRY_KEY]
    name = str(sealed.column)
    config.action(("sealed column", name), lambda: known.setdefault(name, sealed))


def sealed_columns(registry: Registry) -> list[SealedColumn]:
    """The columns of all features."""
    known: dict[str, SealedColumn] = registry[REGISTRY_KEY]
    return [known[name] for name in sorted(known)]


def includeme(config: Configurator) -> None:
    """The directive and its registry."""
    config.registry[REGISTRY_KEY] = {}
    config.add_directive("add_sealed_column", add_sealed_column)
