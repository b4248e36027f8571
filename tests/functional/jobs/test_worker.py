"""The worker as it runs in production: in its thread or process, beside others, through trouble."""

import asyncio
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from portal.jobs import JobRun, Task, enqueue, queue
from portal.jobs.health import check_queue
from portal.jobs.registry import JobFunction, Registered
from portal.jobs.upkeep import each_tenant
from portal.jobs.worker import JobWorker, work
from portal.settings import Settings
from tests.conftest import ROOT
from tests.factories import World
from tests.factories.jobs import Done, JobRunner
from tests.functional.jobs.stage import job, lone_registry

#: Seconds after which something has gone wrong. Nothing takes so long.
PATIENCE = 60


@pytest.fixture
def name() -> str:
    """Of a kind of job and of its queue: each test's worker takes that test's jobs alone."""
    return f"test.{uuid.uuid4().hex}"


@contextmanager
def working(settings: Settings, *kinds: Registered) -> Iterator[JobWorker]:
    """A worker of its own for these kinds, whose queue is named as the first."""
    registry = lone_registry(settings.database_url, *kinds)
    try:
        with JobWorker(registry, concurrency=2, queues=[kinds[0].task.queue]) as worker:
            yield worker
    finally:
        registry["db.engine"].dispose()


def kind(name: str, function: JobFunction, cron: str = "") -> Registered:
    return Registered(Task(name, queue=name), function, cron)


def test_two_workers_do_each_job_once(world: World, settings: Settings, name: str) -> None:
    done: list[int] = []
    both = threading.Barrier(2, timeout=PATIENCE)

    def note(run: JobRun, *, number: int) -> None:
        if number < 2:
            both.wait()  # neither worker can do these two alone
        done.append(number)

    registry = lone_registry(settings.database_url, kind(name, note))
    with world.factory.session(world.seed.tenant.id) as db:
        for number in range(20):
            enqueue(db, Task(name, queue=name), number=number)

    def one_worker(_number: int) -> None:
        asyncio.run(work(registry, concurrency=1, queues=[name], wait=False))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one_worker, range(2)))
    registry["db.engine"].dispose()
    assert sorted(done) == list(range(20))


def test_it_outlives_its_connections(world: World, settings: Settings, name: str) -> None:
    """As when the database starts anew: all that the worker held is gone."""
    did = threading.Event()
    with working(settings, kind(name, lambda run: did.set())):
        _enqueue(world, name)
        assert did.wait(PATIENCE)
        did.clear()
        with world.factory.session(None) as db:
            db.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name "
                    "= 'portal-worker' and datname = current_database()"
                )
            )
        _enqueue(world, name)
        assert did.wait(PATIENCE)


def test_it_waits_for_the_job_it_is_at_when_it_is_stopped(
    world: World, settings: Settings, name: str, run_jobs: JobRunner
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(run: JobRun) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)

    with working(settings, kind(name, slow)) as worker:
        _enqueue(world, name)
        assert begun.wait(PATIENCE)
        stopper = threading.Thread(target=worker.stop)
        stopper.start()
        go_on.set()
        stopper.join(PATIENCE)
    assert _statuses(world) == {"succeeded"}


def test_a_job_of_a_killed_worker_is_taken_up_again(
    world: World, settings: Settings, name: str, run_jobs: JobRunner
) -> None:
    job_id = _enqueue(world, name)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.functional.jobs.dying_worker", settings.database_url, name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        try:
            assert b"begun\n" in process.stdout  # a log line comes before it
        finally:
            process.kill()
    assert _statuses(world) == {"doing"}
    sessions = world.app.registry["db.sessionmaker"]
    with queue.as_worker(sessions) as db:
        # Its worker may only be slow to say that it lives.
        assert job_id not in queue.take_up_stalled(db, {name: 8}, timedelta(hours=1))
        assert job_id in queue.take_up_stalled(db, {name: 8}, timedelta(0))
    attempts: list[int] = []
    with job(world.app.registry, name, lambda run: attempts.append(run.attempt)):
        assert run_jobs() == [Done(name, "succeeded")]
    assert attempts == [2]


def test_a_job_that_ends_its_workers_comes_to_an_end(world: World, name: str) -> None:
    """The last attempt's worker died too: it has failed, and is not taken up for ever."""
    _enqueue(world, name)
    sessions = world.app.registry["db.sessionmaker"]
    with queue.as_worker(sessions) as db:
        db.execute(
            text(
                "update procrastinate_jobs set status = 'doing', attempts = 7 where task_name = :t"
            ),
            {"t": name},
        )
        queue.take_up_stalled(db, {name: 8}, timedelta(0))
    assert _statuses(world) == {"failed"}


def test_a_periodic_job_is_made_of_itself_for_every_tenant(
    world: World, settings: Settings, name: str, run_jobs: JobRunner
) -> None:
    spread = threading.Event()
    task = Task(name, queue=name)
    periodic = each_tenant(task, "* * * * * *")

    def note(run: JobRun) -> None:
        periodic.function(run)
        spread.set()

    with working(settings, Registered(periodic.task, note, periodic.cron)):
        assert spread.wait(PATIENCE)
    # Made twice or more by now, and there once.
    assert run_jobs.waiting().count(name) == 1


class TestHealth:
    def test_without_a_worker_the_queue_does_not_move(self, world: World) -> None:
        with (
            _only_workers_of_ours(world, beats=False),
            pytest.raises(RuntimeError, match="no worker"),
        ):
            check_queue(world.app.registry["db.sessionmaker"])

    def test_jobs_long_due_are_told(self, world: World, name: str) -> None:
        sessions = world.app.registry["db.sessionmaker"]
        with _only_workers_of_ours(world, beats=True):
            with world.factory.session(world.seed.tenant.id) as db:
                job_id = enqueue(db, Task(name, queue=name))
                db.execute(text("update procrastinate_events set at = now() - interval '1 hour'"))
            with pytest.raises(RuntimeError, match=r"jobs have been due"):
                check_queue(sessions)
            with queue.as_worker(sessions) as db:
                db.execute(text("delete from procrastinate_jobs where id = :id"), {"id": job_id})


@contextmanager
def _only_workers_of_ours(world: World, *, beats: bool) -> Iterator[None]:
    """One worker that has just been heard of, or none; gone afterwards."""
    with world.factory.session(None) as db:
        db.execute(text("delete from procrastinate_workers"))
        if beats:
            db.execute(text("insert into procrastinate_workers default values"))
    yield
    with world.factory.session(None) as db:
        db.execute(text("delete from procrastinate_workers"))


def _enqueue(world: World, name: str) -> int | None:
    with world.factory.session(world.seed.tenant.id) as db:
        return enqueue(db, Task(name, queue=name))


def _statuses(world: World) -> set[str]:
    with world.factory.session(world.seed.tenant.id) as db:
        return set(db.scalars(text("select status::text from procrastinate_jobs")))
