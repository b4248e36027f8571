"""Does the queue move?"""

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import sessionmaker

from portal.db import TenantSession
from portal.jobs import queue

#: A job that has been due for so long should have been done.
LATE = timedelta(minutes=5)
#: Workers send a heartbeat every ten seconds.
SILENCE = timedelta(minutes=1)


def queue_check(sessions: sessionmaker[TenantSession]) -> Callable[[], None]:
    """The check for `/-/ready`. A process that has just started gives workers time to start too."""
    started = time.monotonic()

    def check() -> None:
        if time.monotonic() - started > SILENCE.total_seconds():
            check_queue(sessions)

    return check


def check_queue(sessions: sessionmaker[TenantSession]) -> None:
    """Raise RuntimeError when no worker is there, or jobs wait that are long due.

    Pages are served all the same, so this is told apart from what keeps visitors away.
    """
    with queue.as_worker(sessions) as db:
        workers, late = queue.workers(db, SILENCE), queue.late(db, LATE)
    if not workers:
        raise RuntimeError("no worker takes jobs: start one with portal worker")
    if late:
        raise RuntimeError(f"{late} jobs have been due for more than {LATE}")
