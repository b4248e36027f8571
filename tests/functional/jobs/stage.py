"""Jobs that a test may watch: kinds of its own, added to the application's for its length."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from pyramid.registry import Registry

from portal.db import make_engine, make_sessionmaker
from portal.jobs import JobRun, Retry, Task
from portal.jobs.registry import JobRegistry, Registered


@contextmanager
def job(
    registry: Registry, name: str, function: Callable[..., Any], retry: Retry | None = None
) -> Iterator[Task]:
    """A kind of job that is known inside the block."""
    kinds: JobRegistry = registry["portal.jobs"]
    task = Task(name, retry=retry or Retry())
    kinds.add(Registered(task, function))
    try:
        yield task
    finally:
        del kinds.kinds[name]


class Noted:
    """A job's function that notes what it is given."""

    def __init__(self) -> None:
        self.runs: list[JobRun] = []
        self.told: list[dict[str, Any]] = []

    def __call__(self, run: JobRun, **payload: Any) -> None:
        self.runs.append(run)
        self.told.append(payload)


def lone_registry(database_url: str, *kinds: Registered) -> Registry:
    """A registry that knows a few kinds of jobs and the database, and nothing else."""
    registry = Registry()
    registry["portal.settings"] = SimpleNamespace(database_url=database_url)
    registry["db.engine"] = make_engine(database_url)
    registry["db.sessionmaker"] = make_sessionmaker(registry["db.engine"])
    registry["portal.jobs"] = JobRegistry({kind.task.name: kind for kind in kinds})
    return registry
