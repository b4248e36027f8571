"""Enqueueing within a transaction, and doing jobs: on the real database, with the real worker."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyramid.registry import Registry
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from portal.jobs import GiveUp, JobRun, Retry, Task, enqueue, queue
from portal.people.models import User
from portal.tickets.models import Ticket
from tests.factories import TenantFactory, World
from tests.factories.jobs import Done, JobRunner
from tests.functional.jobs.stage import Noted, job

COUNT = text("select count(*) from procrastinate_jobs")


@pytest.fixture
def registry(world: World) -> Registry:
    return world.app.registry


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def task(registry: Registry, noted: Noted) -> Iterator[Task]:
    with job(registry, f"test.{uuid.uuid4().hex}", noted) as made:
        yield made


class TestEnqueueing:
    def test_a_commit_makes_the_job_and_the_worker_does_it(
        self, world: World, run_jobs: JobRunner, task: Task, noted: Noted
    ) -> None:
        with world.factory.session(world.seed.tenant.id) as db:
            job_id = enqueue(db, task, number=7, word="seven", none=None)
        assert run_jobs() == [Done(task.name, "succeeded")]
        assert noted.told == [{"number": 7, "word": "seven", "none": None}]
        (run,) = noted.runs
        assert (run.id, run.tenant_id, run.attempt) == (job_id, world.seed.tenant.id, 1)
        assert run_jobs() == []

    def test_a_rollback_makes_none(
        self, world: World, run_jobs: JobRunner, task: Task, noted: Noted
    ) -> None:
        session = world.app.registry["db.sessionmaker"]
        with session() as db:
            db.note_tenant(world.seed.tenant.id)
            assert enqueue(db, task) is not None
            assert db.scalar(COUNT) == 1
            db.rollback()
        assert run_jobs.waiting() == []
        assert run_jobs() == []
        assert noted.told == []

    def test_nobody_sees_it_before_the_commit(
        self, world: World, run_jobs: JobRunner, task: Task, noted: Noted
    ) -> None:
        with world.factory.session(world.seed.tenant.id) as db:
            enqueue(db, task)
            db.flush()
            assert run_jobs() == []
        assert run_jobs() == [Done(task.name, "succeeded")]

    def test_not_before_its_time(self, world: World, run_jobs: JobRunner, task: Task) -> None:
        with world.factory.session(world.seed.tenant.id) as db:
            enqueue(db, task, at=datetime.now(UTC) + timedelta(hours=1))
        assert run_jobs() == []
        assert run_jobs.waiting() == [task.name]
        assert run_jobs(later=True) == [Done(task.name, "succeeded")]

    def test_a_queueing_lock_keeps_a_second_one_out_while_one_waits(
        self, world: World, tenants: TenantFactory, run_jobs: JobRunner, task: Task
    ) -> None:
        other = tenants.create()
        with world.factory.session(world.seed.tenant.id) as db:
            assert enqueue(db, task, queueing_lock="sync") is not None
            assert enqueue(db, task, queueing_lock="sync") is None
            assert enqueue(db, task, queueing_lock="other") is not None
        with world.factory.session(other.tenant.id) as db:
            # Nobody is kept out, or told anything, by another tenant's jobs.
            assert enqueue(db, task, queueing_lock="sync") is not None
        assert len(run_jobs()) == 2
        with world.factory.session(world.seed.tenant.id) as db:
            assert enqueue(db, task, queueing_lock="sync") is not None

    @pytest.mark.parametrize("value", [1.5, ["list"], {"a": "dict"}, b"bytes", "x" * 201])
    def test_a_payload_is_ids_and_short_words(self, world: World, task: Task, value: Any) -> None:
        with (
            world.factory.session(world.seed.tenant.id) as db,
            pytest.raises(ValueError, match="value is no id"),
        ):
            enqueue(db, task, value=value)

    def test_without_a_tenant_there_is_no_job(self, world: World, task: Task) -> None:
        with world.factory.session(None) as db, pytest.raises(ValueError, match="none is bound"):
            enqueue(db, task)


class TestTenants:
    def test_a_job_sees_its_tenants_rows_alone(
        self, world: World, tenants: TenantFactory, registry: Registry, run_jobs: JobRunner
    ) -> None:
        tenants.ticket(tenants.create(), subject="Somebody else's")
        world.ticket(subject="Ours")
        seen: list[tuple[list[str], str]] = []

        def look(run: JobRun) -> None:
            with run.transaction() as db:
                subjects = list(db.scalars(select(Ticket.subject)))
                seen.append((subjects, run.tenant(db).slug))

        with job(registry, f"test.{uuid.uuid4().hex}", look) as task:
            with world.factory.session(world.seed.tenant.id) as db:
                enqueue(db, task)
            run_jobs()
        assert seen == [(["Ours"], world.slug)]

    def test_a_job_may_have_several_transactions_and_each_stands_alone(
        self, world: World, registry: Registry, run_jobs: JobRunner
    ) -> None:
        def write(run: JobRun) -> None:
            with run.transaction() as db:
                db.get_one(User, (run.tenant_id, world.seed.users["cleo"].id)).name = "Kept"
            with run.transaction() as db:
                db.get_one(User, (run.tenant_id, world.seed.users["carl"].id)).name = "Undone"
                db.flush()
                raise GiveUp("on purpose")

        with job(registry, f"test.{uuid.uuid4().hex}", write) as task:
            with world.factory.session(world.seed.tenant.id) as db:
                enqueue(db, task)
            assert run_jobs() == [Done(task.name, "failed")]
        with world.factory.session(world.seed.tenant.id) as db:
            names = set(db.scalars(select(User.name)))
        assert "Kept" in names
        assert "Undone" not in names

    def test_a_session_sees_the_jobs_of_its_tenant_alone(
        self, world: World, tenants: TenantFactory, task: Task
    ) -> None:
        other = tenants.create()
        with world.factory.session(world.seed.tenant.id) as db:
            enqueue(db, task)
            assert db.scalar(COUNT) == 1
            assert db.scalar(text("select count(*) from procrastinate_events")) == 1
        for stranger in (other.tenant.id, None):
            with world.factory.session(stranger) as db:
                assert db.scalar(COUNT) == 0
                assert db.scalar(text("select count(*) from procrastinate_events")) == 0
                gone = db.execute(text("delete from procrastinate_jobs returning id")).all()
                assert gone == []

    def test_a_job_for_somebody_else_is_refused(
        self, world: World, tenants: TenantFactory, task: Task
    ) -> None:
        other = tenants.create()
        with world.factory.session(world.seed.tenant.id) as db:
            assert db.scalar(COUNT) == 0
            db.note_tenant(other.tenant.id)  # the transaction is bound to ours already
            with pytest.raises(ProgrammingError, match="row-level security"):
                enqueue(db, task)

    def test_being_a_worker_ends_with_the_transaction(
        self, world: World, registry: Registry, task: Task
    ) -> None:
        with world.factory.session(world.seed.tenant.id) as db:
            enqueue(db, task)
        with queue.as_worker(registry["db.sessionmaker"]) as db:
            assert (db.scalar(COUNT) or 0) >= 1
            # It sees jobs, and no tenant's rows.
            assert db.scalar(select(func.count()).select_from(User)) == 0
        with world.factory.session(None) as db:
            assert db.scalar(COUNT) == 0


class TestFailing:
    def test_it_is_tried_again_later_and_in_the_end_stays_visible(
        self, world: World, registry: Registry, run_jobs: JobRunner
    ) -> None:
        attempts: list[tuple[int, bool]] = []

        def fail(run: JobRun) -> None:
            attempts.append((run.attempt, run.is_last))
            raise OSError("away")

        with job(registry, f"test.{uuid.uuid4().hex}", fail, Retry(attempts=3)) as task:
            with world.factory.session(world.seed.tenant.id) as db:
                job_id = enqueue(db, task)
            assert run_jobs() == [Done(task.name, "todo")]
            assert run_jobs() == []
            assert run_jobs(later=True) == [Done(task.name, "todo")]
            assert run_jobs(later=True) == [Done(task.name, "failed")]
            assert attempts == [(1, False), (2, False), (3, True)]
            with world.factory.session(world.seed.tenant.id) as db:
                (row,) = queue.jobs(db, ["failed"])
                assert (row.id, row.task, row.tenant) == (job_id, task.name, world.slug)
                assert queue.retry(db, row.id)
                assert not queue.retry(db, row.id)
            # With all its attempts.
            assert run_jobs() == [Done(task.name, "todo")]

    def test_what_cannot_succeed_is_not_tried_again(
        self, world: World, registry: Registry, run_jobs: JobRunner
    ) -> None:
        def refuse(run: JobRun) -> None:
            raise GiveUp("never")

        with job(registry, f"test.{uuid.uuid4().hex}", refuse) as task:
            with world.factory.session(world.seed.tenant.id) as db:
                enqueue(db, task)
            assert run_jobs() == [Done(task.name, "failed")]

    def test_jobs_with_one_lock_keep_their_order(
        self, world: World, registry: Registry, run_jobs: JobRunner
    ) -> None:
        done: list[int] = []

        def once_away(run: JobRun, *, number: int) -> None:
            if number == 1 and run.attempt == 1:
                raise OSError("away")
            done.append(number)

        with job(registry, f"test.{uuid.uuid4().hex}", once_away) as task:
            with world.factory.session(world.seed.tenant.id) as db:
                for number in (1, 2):
                    enqueue(db, task, lock="ticket-1", number=number)
            run_jobs()
            assert done == []  # the second waits for the first, which is to be tried again
            run_jobs(later=True)
        assert done == [1, 2]

    def test_waiting_times_grow_to_a_limit(self) -> None:
        retry = Retry(first=30, longest=3600)
        waits = [retry.wait(attempt) for attempt in range(1, 8)]
        for wait, about in zip(waits, [30, 90, 270, 810, 2430, 3600, 3600], strict=True):
            assert 0.9 * about <= wait <= 1.1 * about


class TestUpkeep:
    def test_ended_jobs_are_forgotten_in_time(
        self, world: World, run_jobs: JobRunner, task: Task
    ) -> None:
        with world.factory.session(world.seed.tenant.id) as db:
            enqueue(db, task)
            waiting = enqueue(db, task, at=datetime.now(UTC) + timedelta(days=60))
        run_jobs()
        with world.factory.session(world.seed.tenant.id) as db:
            queue.prune(db, ["succeeded"], timedelta(hours=1))
            assert db.scalar(COUNT) == 2
            queue.prune(db, ["succeeded"], timedelta(0))
            assert db.scalars(text("select id from procrastinate_jobs")).all() == [waiting]
