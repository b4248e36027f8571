"""Jobs that look after tickets: closing what was solved long ago, waking what sleeps."""

from collections.abc import Callable
from datetime import datetime

from pyramid.config import Configurator

from portal.jobs import ONCE, JobRun, Task
from portal.tickets.lifecycle import AT_ONCE, LifecycleService
from portal.web.clock import now

CLOSE = Task("tickets.close_solved", priority=-5, retry=ONCE)
WAKE = Task("tickets.wake_snoozed", retry=ONCE)

#: Transactions of one run. What is left then is for the next.
_ROUNDS = 500


def close_solved(run: JobRun) -> None:
    """Job: close the tickets that can no longer be reopened."""
    _in_batches(run, LifecycleService.close_solved)


def wake_snoozed(run: JobRun) -> None:
    """Job: wake the tickets whose time has come."""
    _in_batches(run, LifecycleService.wake_due)


def _in_batches(run: JobRun, do: Callable[[LifecycleService, datetime], int]) -> None:
    for _ in range(_ROUNDS):
        with run.transaction() as db:
            done = do(LifecycleService(db, run.tenant(db)), now())
        if done < AT_ONCE:
            break


def includeme(config: Configurator) -> None:
    """The jobs and their times: mornings begin at any quarter, so waking is not late for one."""
    config.add_periodic_job(CLOSE, close_solved, "41 * * * *")
    config.add_periodic_job(WAKE, wake_snoozed, "*/5 * * * *")
