"""Runs that are longer than a request: done by the worker, batch by batch."""

from collections.abc import Callable

from psycopg.errors import DeadlockDetected, LockNotAvailable
from pyramid.config import Configurator
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.bulk.models import BulkRun
from portal.bulk.runs import BulkRuns
from portal.jobs import JobRun, Retry, Task, enqueue

#: Tried soon again: what fails a batch is mostly a lock that somebody else held.
RUN = Task("bulk.change_tickets", retry=Retry(attempts=6, first=2, longest=60))
UNDO = Task("bulk.undo_changes", retry=Retry(attempts=6, first=2, longest=60))

#: A batch gives up before the database looks for deadlocks, which it does after a second: so it is
#: never a person's request that is ended.
_YIELD = text("set local lock_timeout = '500ms'")
#: How often in a row a batch is tried that gave up.
_TRIES = 10


def enqueue_run(db: Session, run: BulkRun) -> None:
    """The run's tickets are changed after the commit; a tenant's runs one after the other."""
    enqueue(db, RUN, lock="bulk", run_id=run.id)


def enqueue_undo(db: Session, run: BulkRun) -> None:
    """What the run changed is put back after the commit."""
    enqueue(db, UNDO, lock="bulk", run_id=run.id)


def change_tickets(job: JobRun, *, run_id: int) -> None:
    """Carry the run on until its end."""
    _walk(job, lambda runs: runs.step(run_id))


def undo_changes(job: JobRun, *, run_id: int) -> None:
    """Take the run back until its end."""
    _walk(job, lambda runs: runs.undo_step(run_id))


def _walk(job: JobRun, step: Callable[[BulkRuns], bool]) -> None:
    more, tries = True, 0
    while more:
        try:
            with job.transaction() as db:
                db.execute(_YIELD)
                more = step(BulkRuns(db, job.tenant(db)))
            tries = 0
        except OperationalError as error:
            # Somebody who changes tickets at the same time goes first. Among thousands of batches
            # that is no reason to use up the attempts of the job.
            tries += 1
            if not isinstance(error.orig, DeadlockDetected | LockNotAvailable) or tries == _TRIES:
                raise


def includeme(config: Configurator) -> None:
    """Register both kinds of jobs."""
    config.add_job(RUN, change_tickets)
    config.add_job(UNDO, undo_changes)
