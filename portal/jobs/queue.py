"""The queue's rows: enqueueing within a transaction, and what an operator may do with them.

The tables are procrastinate's. Row-level security shows a tenant's session that tenant's jobs, and
a worker, who says so in each of its transactions, all of them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from portal.db import TenantSession
from portal.jobs.task import Task, Value

#: The library's tables. They are in no model: its own SQL makes and changes them.
TABLES = frozenset(
    {
        "procrastinate_events",
        "procrastinate_jobs",
        "procrastinate_periodic_defers",
        "procrastinate_workers",
    }
)
#: What a worker sets, for the length of a transaction, to see the jobs of every tenant.
WORKER = ("portal.jobs", "worker")
#: Characters of a text that a job is told.
LONGEST = 200

_DEFER = text(
    """
    select unnest(procrastinate_defer_jobs_v1(array[row(
      cast(:queue as varchar), cast(:task as varchar), cast(:priority as integer),
      cast(:lock as text), cast(:queueing_lock as text), cast(:args as jsonb),
      cast(:at as timestamptz)
    )::procrastinate_job_to_defer_v1]))
    """
)
_AS_WORKER = text("select set_config('portal.jobs', 'worker', true)")


def enqueue(
    db: Session,
    task: Task,
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    at: datetime | None = None,
    **payload: Value,
) -> int | None:
    """Make a job for the tenant that the session is bound to; its id.

    It is written in the session's own transaction: a rollback leaves nothing, and no worker sees
    the job before the commit. A job is done at least once, and twice when a worker dies in the
    middle, so it has to look first at what is left to do.

    `lock`: jobs of the tenant with the same lock are done one after the other, in their order.
    `queueing_lock`: while one of the tenant's jobs with it waits, no second one is made, and the
    answer is None. `at`: not before that time. `payload`: ids and short words, which the function
    is given by name; never a secret.

    Raises ValueError when no tenant is bound, or for a payload that is no id.
    """
    tenant_id = db.info.get("tenant_id")
    if tenant_id is None:
        raise ValueError(f"{task.name}: a job belongs to a tenant, and none is bound")
    for name, value in payload.items():
        if not is_value(value):
            raise ValueError(f"{task.name}: {name} is no id")
    values = {
        "queue": task.queue,
        "task": task.name,
        "priority": task.priority,
        "lock": _locked(tenant_id, lock),
        "queueing_lock": _locked(tenant_id, queueing_lock),
        "args": json.dumps({**payload, "tenant_id": tenant_id}),
        "at": at,
    }
    # What waits in the session goes first: a job may not be made for what the database refuses.
    db.flush()
    made: int | None
    if queueing_lock is None:
        made = db.scalar(_DEFER, values)
        return made
    try:
        with db.begin_nested():
            made = db.scalar(_DEFER, values)
            return made
    except IntegrityError as error:
        if "queueing_lock" in str(error.orig):
            return None
        raise


def is_value(value: object) -> bool:
    """Whether a job may be told this: an id or a short word."""
    return isinstance(value, Value) and not (isinstance(value, str) and len(value) > LONGEST)


def _locked(tenant_id: int, lock: str | None) -> str | None:
    """A lock holds within its tenant: nobody waits for another's jobs, or learns of them."""
    return None if lock is None else f"{tenant_id}:{lock}"


def included(name: str | None, kind: str, _parents: object) -> bool:
    """Whether Alembic compares a table with the models."""
    return not (kind == "table" and name in TABLES)


@contextmanager
def as_worker(sessions: sessionmaker[TenantSession]) -> Iterator[TenantSession]:
    """A transaction that sees the jobs of all tenants, and nothing else of theirs."""
    with sessions.begin() as db:
        db.execute(_AS_WORKER)
        yield db


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the operator sees it."""

    id: int
    tenant: str
    task: str
    status: str
    attempts: int
    #: When something last happened to it.
    at: datetime
    #: Not before then; None: as soon as may be.
    scheduled_at: datetime | None
    payload: str


_LIST = text(
    """
    select j.id, coalesce(t.slug, '-'), j.task_name, j.status::text, j.attempts,
           coalesce(e.at, now()), j.scheduled_at,
           (j.args - 'tenant_id' - 'timestamp')::text
    from procrastinate_jobs j
    left join tenants t on t.id = (j.args ->> 'tenant_id')::bigint
    left join lateral (
      select max(e.at) as at from procrastinate_events e
      where e.job_id = j.id and e.type <> 'scheduled'
    ) e on true
    where j.status::text = any(:statuses)
    order by j.id desc limit :limit
    """
)
_RETRY = text(
    """
    select procrastinate_retry_job_v2(id, now(), null, null, null)
    from procrastinate_jobs where id = :id and status = 'failed'
    """
)
# The attempts begin anew: whoever asks for another has seen to the cause.
_RESET = text("update procrastinate_jobs set attempts = 0 where id = :id and status = 'todo'")


def jobs(db: Session, statuses: Iterable[str], limit: int = 100) -> Sequence[JobRow]:
    """The newest jobs in one of the states."""
    rows = db.execute(_LIST, {"statuses": list(statuses), "limit": limit})
    return [JobRow(*row) for row in rows]


def retry(db: Session, job_id: int) -> bool:
    """Let a failed job be done again now, with all its attempts; False when it has not failed."""
    if db.execute(_RETRY, {"id": job_id}).first() is None:
        return False
    db.execute(_RESET, {"id": job_id})
    return True


_PRUNE = text(
    """
    delete from procrastinate_jobs j
    where j.status::text = any(:statuses) and not exists (
      select from procrastinate_events e where e.job_id = j.id and e.at > now() - :age
    )
    """
)


def prune(db: Session, statuses: Iterable[str], age: timedelta) -> None:
    """Remove the jobs that have been in one of these final states for so long."""
    db.execute(_PRUNE, {"statuses": list(statuses), "age": age})


_STALLED = text(
    """
    select j.id, j.task_name, j.attempts from procrastinate_jobs j
    left join procrastinate_workers w on w.id = j.worker_id
    where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - :silence)
    order by j.id
    for update of j skip locked
    """
)
_TAKE_UP = text("select procrastinate_retry_job_v2(:id, now(), null, null, null)")
_FAIL = text("select procrastinate_finish_job_v1(:id, 'failed', false)")


def take_up_stalled(db: Session, attempts: dict[str, int], silence: timedelta) -> list[int]:
    """Let the jobs be done again whose worker has not been heard of for so long; their ids.

    `attempts`: how often each kind of job is tried at the most. A job that ends its worker every
    time has to come to an end itself.
    """
    taken = []
    for job_id, task, done in db.execute(_STALLED, {"silence": silence}).all():
        again = done + 1 < attempts.get(task, 1)
        db.execute(_TAKE_UP if again else _FAIL, {"id": job_id})
        taken.append(job_id)
    return taken


_LATE = text(
    """
    select count(*) from procrastinate_jobs j
    where j.status = 'todo' and coalesce(
      j.scheduled_at, (select max(e.at) from procrastinate_events e where e.job_id = j.id)
    ) < now() - :age
    """
)
_HEARD = text("select count(*) from procrastinate_workers where last_heartbeat > now() - :age")


def late(db: Session, age: timedelta) -> int:
    """How many jobs have been due for so long and wait still."""
    return db.scalar(_LATE, {"age": age}) or 0


def workers(db: Session, age: timedelta) -> int:
    """How many workers have been heard of within so long."""
    return db.scalar(_HEARD, {"age": age}) or 0
