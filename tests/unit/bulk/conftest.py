"""A desk whose bulk runs are walked step by step, in batches of two."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import ColumnElement, select

from portal.bulk import runs as module
from portal.bulk.actions import Action, Verb
from portal.bulk.models import BulkRun
from portal.bulk.runs import BulkRuns
from portal.tickets.models import Ticket
from portal.tickets.service import TicketService
from tests.factories import TenantFactory, TenantSeed

Answer = TypeVar("Answer")

HIGH = Action(Verb.PRIORITY, "high")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)


class Desk:
    """A tenant with five tickets, and its agent Ben's runs; each act in its own transaction."""

    def __init__(self, tenants: TenantFactory) -> None:
        self.tenants = tenants
        self.seed: TenantSeed = tenants.create()
        self.numbers = [tenants.ticket(self.seed).number for _ in range(5)]

    def runs(self, do: Callable[[BulkRuns], Answer]) -> Answer:
        with self.tenants.session(self.seed.tenant.id) as db:
            return do(BulkRuns(db, self.seed.tenant))

    def begin(self, action: Action, *which: ColumnElement[bool], by: str = "ben") -> int:
        actor = self.tenants.identity(self.seed, by)
        numbers = select(Ticket.number).where(*which).order_by(Ticket.number)
        return self.runs(lambda runs: runs.begin(actor, action, numbers).id)

    def walk(self, run_id: int) -> BulkRun:
        while self.runs(lambda runs: runs.step(run_id)):
            pass
        return self.run(run_id)

    def undo(self, run_id: int) -> BulkRun:
        assert self.runs(lambda runs: runs.begin_undo(runs.db.get_one(BulkRun, self.key(run_id))))
        while self.runs(lambda runs: runs.undo_step(run_id)):
            pass
        return self.run(run_id)

    def key(self, run_id: int) -> tuple[int, int]:
        return self.seed.tenant.id, run_id

    def run(self, run_id: int) -> BulkRun:
        return self.runs(lambda runs: runs.db.get_one(BulkRun, self.key(run_id)))

    def tickets(self) -> list[Ticket]:
        return self.runs(lambda runs: [*runs.db.scalars(select(Ticket).order_by(Ticket.number))])

    def act(self, number: int, do: Callable[[TicketService, Ticket], object]) -> None:
        with self.tenants.session(self.seed.tenant.id) as db:
            service = TicketService(db, self.seed.tenant, self.tenants.identity(self.seed, "bea"))
            do(service, service.get(number))


@pytest.fixture
def desk(tenants: TenantFactory) -> Desk:
    return Desk(tenants)


def counted(run: BulkRun) -> tuple[int | None, int, int, int]:
    return run.total, run.changed, run.unchanged, run.refused
