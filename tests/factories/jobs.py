"""Doing a tenant's jobs at once, in the middle of a test."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pyramid.registry import Registry
from sqlalchemy import text

from portal.jobs.worker import quiet_library, work

_ALL = text("select id, task_name, status::text, attempts from procrastinate_jobs order by id")
_DUE = text("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job: its kind, and `succeeded`, `failed` or, to be tried again, `todo`."""

    task: str
    status: str


class JobRunner:
    """Runs the real worker on the real database, until no job of one tenant is due.

    It sees the jobs of that tenant alone, because its connections are bound to the tenant instead
    of being a worker's: row-level security does the rest. So tests that run side by side, or that
    leave jobs behind, do not disturb each other. Jobs that were put off, by `at=` or because they
    are to be tried again, stay where they are unless `later` is true. Periodic jobs are not made:
    a test enqueues what it wants done.

        world.browser("cleo").post(...)      # enqueues, and commits
        assert run_jobs() == [Done("mail.send_message", "succeeded")]
        assert run_jobs(later=True) == [...]  # what waits for its next attempt, now
    """

    def __init__(self, registry: Registry, tenant_id: int) -> None:
        self._registry = registry
        self._tenant_id = tenant_id

    def __call__(self, *, later: bool = False) -> list[Done]:
        """Do what is due; what became of it, oldest job first."""
        quiet_library()
        before = self._jobs(pull=later)
        setting = ("portal.tenant_id", str(self._tenant_id))
        # In a thread of its own: Playwright runs a loop in the test's.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(
                lambda: asyncio.run(
                    work(self._registry, concurrency=1, setting=setting, wait=False)
                )
            ).result()
        return [
            Done(task, status)
            for job_id, (task, status, attempts) in self._jobs().items()
            if before.get(job_id, ("", "", 0))[2] != attempts
        ]

    def waiting(self) -> list[str]:
        """The kinds of the tenant's jobs that wait, also those that were put off."""
        return [task for task, status, _ in self._jobs().values() if status == "todo"]

    def _jobs(self, *, pull: bool = False) -> dict[int, tuple[str, str, int]]:
        with self._registry["db.sessionmaker"]() as db:
            db.note_tenant(self._tenant_id)
            with db.begin():
                if pull:
                    db.execute(_DUE)
                rows = db.execute(_ALL).all()
        return {job_id: (task, status, attempts) for job_id, task, status, attempts in rows}
