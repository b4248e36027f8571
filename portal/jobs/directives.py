"""How features say which jobs they do, in their `includeme`."""

from pyramid.config import Configurator

from portal.jobs.registry import JobFunction, JobRegistry, Registered
from portal.jobs.task import Task
from portal.jobs.upkeep import each_tenant


def add_job(config: Configurator, task: Task, function: JobFunction) -> None:
    """Pyramid directive: `function(run, **payload)` does the jobs of this kind."""
    _register(config, Registered(task, function))


def add_periodic_job(
    config: Configurator, task: Task, function: JobFunction, cron: str, *, per_tenant: bool = True
) -> None:
    """Pyramid directive: a job that is made of itself at the times of `cron`, in UTC.

    One for each tenant, unless `per_tenant` is False: then `run.tenant_id` is None. None is made
    while the one before still waits, so a standstill leads to one job and not to a heap.
    """
    if per_tenant:
        _register(config, Registered(task, function))
        _register(config, each_tenant(task, cron))
    else:
        _register(config, Registered(task, function, cron))


def _register(config: Configurator, kind: Registered) -> None:
    kinds: JobRegistry = config.registry["portal.jobs"]
    config.action(("job", kind.task.name), lambda: kinds.add(kind))
