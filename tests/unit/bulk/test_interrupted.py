"""Runs that are stopped, break, are taken up again, or meet others."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.bulk import runs as module
from portal.bulk.actions import Action, Verb
from portal.bulk.changes import Changes
from portal.bulk.models import BulkChange, BulkRun
from portal.bulk.runs import BulkRuns
from portal.people.models import User
from portal.tickets.models import Ticket
from tests.unit.bulk.conftest import HIGH, Desk, counted


def test_it_can_be_stopped_and_what_was_done_undone(desk: Desk) -> None:
    run_id = desk.begin(HIGH)
    assert desk.runs(lambda runs: runs.step(run_id))
    desk.runs(lambda runs: runs.stop(runs.db.get_one(BulkRun, desk.key(run_id))))
    run = desk.walk(run_id)
    assert (run.state, run.changed) == ("stopped", 2)
    assert desk.undo(run_id).undone == 2


def test_whoever_was_shut_out_changes_nothing_more(desk: Desk) -> None:
    run_id = desk.begin(HIGH)
    desk.runs(lambda runs: runs.step(run_id))
    desk.runs(
        lambda runs: setattr(
            runs.db.get_one(User, (desk.seed.tenant.id, desk.seed.users["ben"].id)),
            "disabled_at",
            datetime.now(UTC),
        )
    )
    run = desk.walk(run_id)
    assert (run.state, run.changed) == ("stopped", 2)


def test_a_batch_that_breaks_leaves_nothing_and_is_done_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = desk.begin(HIGH)
    assert desk.runs(lambda runs: runs.step(run_id))
    with monkeypatch.context() as broken:
        broken.setattr(Changes, "do", _breaks_on(desk.numbers[3], Changes.do))
        with pytest.raises(RuntimeError):
            desk.runs(lambda runs: runs.step(run_id))
    assert desk.run(run_id).changed == 2
    assert counted(desk.walk(run_id)) == (5, 5, 0, 0)
    changes = desk.runs(lambda runs: runs.db.scalars(select(BulkChange)).all())
    assert len(changes) == 5


def test_a_run_of_the_release_before_goes_on(desk: Desk) -> None:
    """That had a row for each ticket, and the number of the last one that was done."""
    second = desk.numbers[1]
    run_id = desk.begin(Action(Verb.STATE, "pending"))

    def as_before(runs: BulkRuns) -> None:
        run = runs.db.get_one(BulkRun, desk.key(run_id))
        run.state, run.cursor, run.numbers, run.unchanged = "running", str(second), None, 2
        for number in desk.numbers:
            runs.db.add(BulkChange(tenant_id=run.tenant_id, run_id=run_id, ticket_number=number))

    desk.runs(as_before)
    run = desk.walk(run_id)
    assert (run.state, counted(run)) == ("done", (5, 3, 2, 0))
    assert [ticket.state for ticket in desk.tickets()] == ["new"] * 2 + ["pending"] * 3
    assert desk.undo(run_id).undone == 3


def test_runs_over_the_same_tickets_side_by_side(desk: Desk) -> None:
    ids = [desk.begin(HIGH), desk.begin(Action(Verb.STATE, "pending"), by="bea")]
    threads = [threading.Thread(target=desk.walk, args=(each,)) for each in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(ticket.priority, ticket.state) for ticket in desk.tickets()} == {("high", "pending")}
    assert [counted(desk.run(each)) for each in ids] == [(5, 5, 0, 0)] * 2


def test_two_at_once_over_the_same_tickets_do_not_wait_for_each_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one request does is one transaction: its list of tickets must not hold on to them."""
    monkeypatch.setattr(module, "BATCH", len(desk.numbers))
    both_began = threading.Barrier(2)
    every = select(Ticket.number).order_by(Ticket.number)

    def change(by: str, action: Action) -> None:
        actor = desk.tenants.identity(desk.seed, by)

        def at_once(runs: BulkRuns) -> None:
            run = runs.begin(actor, action, every)
            # Where the list held on to its tickets, each would now wait for the other's.
            with contextlib.suppress(threading.BrokenBarrierError):
                both_began.wait(0.5)
            while runs.step(run.id):
                pass

        desk.runs(at_once)

    with ThreadPoolExecutor(2) as pool:
        for done in (
            pool.submit(change, "ben", HIGH),
            pool.submit(change, "bea", Action(Verb.STATE, "pending")),
        ):
            done.result()
    assert {(ticket.priority, ticket.state) for ticket in desk.tickets()} == {("high", "pending")}


def _breaks_on(number: int, do: Callable[..., object]) -> Callable[..., object]:
    def broken(changes: object, ticket: Ticket, action: Action) -> object:
        if ticket.number == number:
            raise RuntimeError("the worker died")
        return do(changes, ticket, action)

    return broken
