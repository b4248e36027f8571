"""Which function does which job: features say so, and the worker asks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from pyramid.registry import Registry

from portal.db import TenantSession
from portal.jobs.task import GiveUp, Task, Value
from portal.settings import Settings
from portal.tenants.models import Tenant

#: Does a job: `function(run, **payload)`. Whatever it raises makes the job fail or be tried again.
JobFunction = Callable[..., None]

log = structlog.get_logger("portal.jobs")


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a job's function is given: one attempt at one job."""

    registry: Registry
    task: Task
    id: int
    #: Whose job it is; None for the few that belong to the installation.
    tenant_id: int | None
    #: The first is 1.
    attempt: int

    @property
    def settings(self) -> Settings:
        """The operator's settings."""
        settings: Settings = self.registry["portal.settings"]
        return settings

    @property
    def is_last(self) -> bool:
        """Whether no other attempt follows when this one fails."""
        return self.attempt >= self.task.retry.attempts

    @contextmanager
    def transaction(self) -> Iterator[TenantSession]:
        """A transaction bound to the job's tenant: committed at the end, rolled back by whatever
        is raised. A job may have several, and has none open while it waits for the network."""
        sessions = self.registry["db.sessionmaker"]
        with sessions() as db:
            db.note_tenant(self.tenant_id)
            with db.begin():
                yield db

    def tenant(self, db: TenantSession) -> Tenant:
        """The job's tenant. Raises GiveUp when it is gone."""
        tenant = db.get(Tenant, self.tenant_id)
        if tenant is None:
            raise GiveUp("the tenant is gone")
        return tenant


@dataclass(frozen=True, slots=True)
class Registered:
    """A kind of job and its function."""

    task: Task
    function: JobFunction
    #: When it is done of itself: minute, hour, day, month, weekday, in UTC; "": only when asked.
    cron: str = ""


@dataclass(slots=True)
class JobRegistry:
    """All kinds of jobs, by name."""

    kinds: dict[str, Registered] = field(default_factory=dict)

    def add(self, kind: Registered) -> None:
        """Register a kind."""
        self.kinds[kind.task.name] = kind

    def attempts(self) -> dict[str, int]:
        """How often each kind is tried at the most."""
        return {name: kind.task.retry.attempts for name, kind in self.kinds.items()}


def perform(registry: Registry, kind: Registered, run: JobRun, payload: dict[str, Value]) -> None:
    """Do one attempt, and say in the log what became of it. Raises what the function raises."""
    known: dict[str, Any] = {
        "job": run.id,
        "task": run.task.name,
        "tenant_id": run.tenant_id,
        "attempt": run.attempt,
    }
    with structlog.contextvars.bound_contextvars(**known):
        try:
            kind.function(run, **payload)
        except GiveUp as reason:
            log.error("job_failed", reason=str(reason))  # noqa: TRY400  (it is said on purpose)
            raise
        except Exception as error:
            if run.is_last:
                log.exception("job_failed")
            else:
                log.warning("job_will_be_tried_again", error=f"{type(error).__name__}: {error}")
            raise
        # Most are periodic, and nothing was to be done.
        log.debug("job_done")
