"""What the queue does for itself, by jobs of its own."""

from datetime import timedelta

import structlog
from sqlalchemy import select

from portal.jobs import queue
from portal.jobs.registry import JobRun, Registered
from portal.jobs.task import ONCE, Task
from portal.tenants.models import Tenant

#: Done jobs are kept for a day, to be looked at; those that failed for a month.
KEPT_DONE = timedelta(days=1)
KEPT_FAILED = timedelta(days=30)
#: Workers send a heartbeat every ten seconds.
SILENCE = timedelta(seconds=45)

#: Above everything that waits: it is what lets the others go on.
_FIRST = 100

PRUNE = Task("jobs.prune", retry=ONCE)
TAKE_UP = Task("jobs.take_up_stalled", priority=_FIRST, retry=ONCE)

log = structlog.get_logger("portal.jobs")


def prune(run: JobRun) -> None:
    """Forget jobs that ended long ago."""
    with queue.as_worker(run.registry["db.sessionmaker"]) as db:
        queue.prune(db, ["succeeded"], KEPT_DONE)
        queue.prune(db, ["failed", "cancelled", "aborted"], KEPT_FAILED)


def take_up_stalled(run: JobRun) -> None:
    """Let the jobs of workers that died be done again."""
    attempts = run.registry["portal.jobs"].attempts()
    with queue.as_worker(run.registry["db.sessionmaker"]) as db:
        taken = queue.take_up_stalled(db, attempts, SILENCE)
    if taken:
        log.warning("jobs_taken_up_again", jobs=taken)


def each_tenant(task: Task, cron: str) -> Registered:
    """A periodic job that makes one of these for every tenant."""

    def spread(run: JobRun) -> None:
        with run.transaction() as db:
            tenant_ids = db.scalars(select(Tenant.id).order_by(Tenant.id)).all()
        for tenant_id in tenant_ids:
            # A transaction each: thousands of rows are not held back by one.
            with run.registry["db.sessionmaker"]() as db:
                db.note_tenant(tenant_id)
                with db.begin():
                    queue.enqueue(db, task, queueing_lock=task.name)

    return Registered(Task(f"{task.name}.each_tenant", task.queue, retry=ONCE), spread, cron)
