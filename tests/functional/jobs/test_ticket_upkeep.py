"""Tickets are closed and woken by the worker, a batch a transaction."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from portal.jobs import Task, enqueue
from portal.tickets import lifecycle, upkeep
from portal.tickets.models import Ticket
from tests.factories import World
from tests.factories.jobs import Done, JobRunner

LONG_AGO = datetime.now(UTC) - timedelta(days=400)


@pytest.fixture
def batches_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tickets are more than a batch."""
    monkeypatch.setattr(lifecycle, "AT_ONCE", 2)
    monkeypatch.setattr(upkeep, "AT_ONCE", 2)


@pytest.mark.usefixtures("batches_of_two")
@pytest.mark.parametrize(
    ("task", "before", "left"),
    [
        (upkeep.CLOSE, {"state": "solved", "solved_at": LONG_AGO}, Ticket.state == "solved"),
        (upkeep.WAKE, {"snoozed_until": LONG_AGO}, Ticket.snoozed_until.is_not(None)),
    ],
    ids=["close", "wake"],
)
def test_all_of_them_and_no_other_tenants(
    world: World, run_jobs: JobRunner, task: Task, before: dict[str, Any], left: Any
) -> None:
    for _ in range(3):
        world.ticket()
    elsewhere = world.factory.create()
    world.factory.ticket(elsewhere)
    for tenant in (world.seed.tenant, elsewhere.tenant):
        with world.factory.session(tenant.id) as db:
            db.execute(update(Ticket).where(Ticket.tenant_id == tenant.id).values(before))
            if tenant is world.seed.tenant:
                enqueue(db, task)
    assert run_jobs() == [Done(task.name, "succeeded")]
    counted = []
    for tenant in (world.seed.tenant, elsewhere.tenant):
        with world.factory.session(tenant.id) as db:
            statement = select(func.count()).select_from(Ticket)
            counted.append(db.scalar(statement.where(Ticket.tenant_id == tenant.id, left)))
    assert counted == [0, 1]
