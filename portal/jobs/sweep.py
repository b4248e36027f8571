"""Rows whose time is up are removed every hour, tenant by tenant.

Most are also cleared by whoever writes the next ones, so that no table grows between two sweeps;
this is for what nobody follows: the last rows of a quiet tenant, and tables without such writers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pyramid.config import Configurator
from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.orm import Session

from portal.db import Base
from portal.jobs.registry import JobRun
from portal.jobs.task import ONCE, Task

#: Given the time and the tenant: which rows of the model are over.
Over = Callable[[datetime, int], ColumnElement[bool]]

SWEEP = Task("jobs.sweep", priority=-10, retry=ONCE)
#: Rows that one statement removes: a lock is never held for long.
AT_ONCE = 1000
#: Statements for one table in one sweep. What is left then is for the next.
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Sweep:
    """Which rows of a tenant's table are over."""

    model: type[Base]
    over: Over

    def clear(self, db: Session, tenant_id: int, now: datetime) -> int:
        """Remove some of the rows that are over; how many. Rows that somebody holds are passed
        over."""
        key = self.model.__mapper__.primary_key
        tenant = self.model.__table__.c.tenant_id
        stale = (
            select(*key)
            .where(tenant == tenant_id, self.over(now, tenant_id))
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
            .cte("stale")
        )
        gone = db.execute(
            delete(self.model)
            .where(tuple_(*key).in_(select(stale)))
            .returning(key[0])
            .execution_options(synchronize_session=False)
        )
        return len(gone.all())


def sweep(run: JobRun) -> None:
    """Job: remove what is over from every table that was registered, each part for itself."""
    if run.tenant_id is None:
        raise ValueError("a sweep is of one tenant")
    now = datetime.now(UTC)
    for each in run.registry["portal.sweeps"]:
        for _ in range(_ROUNDS):
            with run.transaction() as db:
                gone = each.clear(db, run.tenant_id, now)
            if gone < AT_ONCE:
                break


def add_sweep(config: Configurator, model: type[Base], over: Over) -> None:
    """Pyramid directive: every hour, remove the rows of a tenant's `model` that are over."""
    sweeps: list[Sweep] = config.registry["portal.sweeps"]
    config.action(("sweep", model), lambda: sweeps.append(Sweep(model, over)))


def includeme(config: Configurator) -> None:
    """The directive and the job."""
    config.registry["portal.sweeps"] = []
    config.add_directive("add_sweep", add_sweep)
    config.add_periodic_job(SWEEP, sweep, "7 * * * *")
