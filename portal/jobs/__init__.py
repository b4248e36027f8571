"""Work that is done after the request: a queue in the same database, and its workers.

A feature makes a `Task`, registers what does it, and enqueues within its own transaction:

    SEND = Task("mail.send_message")

    def send(run: JobRun, *, message_id: int) -> None: ...

    config.add_job(SEND, send)                              # in its includeme
    config.add_periodic_job(FETCH, fetch, "* * * * *")      # of itself, for each tenant
    enqueue(request.db, SEND, message_id=message.id)        # where it happens

This room knows no feature.
"""

from pyramid.config import Configurator

from portal.jobs import upkeep
from portal.jobs.directives import add_job, add_periodic_job
from portal.jobs.health import queue_check
from portal.jobs.queue import enqueue
from portal.jobs.registry import JobRegistry, JobRun
from portal.jobs.task import ONCE, GiveUp, Retry, Task

__all__ = ["ONCE", "GiveUp", "JobRun", "Retry", "Task", "enqueue", "includeme"]


def includeme(config: Configurator) -> None:
    """The directives, and the queue's own jobs."""
    config.registry["portal.jobs"] = JobRegistry()
    config.add_directive("add_job", add_job)
    config.add_directive("add_periodic_job", add_periodic_job)
    config.add_periodic_job(upkeep.PRUNE, upkeep.prune, "23 * * * *", per_tenant=False)
    config.add_periodic_job(upkeep.TAKE_UP, upkeep.take_up_stalled, "* * * * *", per_tenant=False)
    config.include("portal.jobs.sweep")
    check = queue_check(config.registry["db.sessionmaker"])
    config.add_health_check("jobs", check, vital=False)
