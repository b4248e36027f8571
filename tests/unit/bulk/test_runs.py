"""Runs, step by step, on the real database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.bulk import runs as module
from portal.bulk.actions import Action, Verb
from portal.bulk.models import BulkRun
from portal.bulk.runs import BulkRuns, TooManyTickets
from portal.tickets.mark_models import TicketTag
from portal.tickets.models import Event, EventKind, Priority, State, Ticket
from portal.tickets.service import TicketService
from portal.tickets.tags import MAX_TAGS, TagService
from tests.queries import QueryCounter
from tests.unit.bulk.conftest import HIGH, Desk, counted


def test_every_ticket_once_and_all_of_it_in_the_history(desk: Desk) -> None:
    desk.act(desk.numbers[1], lambda service, ticket: service.set_priority(ticket, Priority.HIGH))
    run = desk.walk(desk.begin(HIGH))
    assert (run.state, counted(run)) == ("done", (5, 4, 1, 0))
    assert {ticket.priority for ticket in desk.tickets()} == {"high"}
    events = desk.runs(
        lambda runs: runs.db.scalars(
            select(Event.actor_id).where(Event.kind == EventKind.PRIORITY)
        ).all()
    )
    assert sorted(map(str, events)) == sorted(
        map(str, [desk.seed.users["bea"].id] + [desk.seed.users["ben"].id] * 4)
    )


def test_what_is_against_a_rule_is_said_and_the_rest_is_done(desk: Desk) -> None:
    desk.act(desk.numbers[0], lambda service, ticket: service.set_state(ticket, State.CLOSED))
    run = desk.walk(desk.begin(Action(Verb.STATE, "solved")))
    assert counted(run) == (5, 4, 0, 1)
    assert desk.runs(lambda runs: [row[::2] for row in runs.refused(run)]) == [
        (desk.numbers[0], "closed")
    ]


def test_it_is_about_what_matched_when_it_began(desk: Desk) -> None:
    """Not about what matches when the worker comes: that may be hours later."""
    first, second, *others = desk.numbers
    desk.act(first, lambda service, ticket: service.set_priority(ticket, Priority.LOW))
    run_id = desk.begin(Action(Verb.STATE, "pending"), Ticket.priority == "normal")
    desk.act(first, lambda service, ticket: service.set_priority(ticket, Priority.NORMAL))
    desk.act(second, lambda service, ticket: service.set_priority(ticket, Priority.URGENT))
    desk.tenants.ticket(desk.seed)
    run = desk.walk(run_id)
    assert (run.state, counted(run)) == ("done", (4, 4, 0, 0))
    changed = [ticket.number for ticket in desk.tickets() if ticket.state == "pending"]
    assert changed == [second, *others]


def test_more_than_a_run_may_change_is_none_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_TICKETS", 4)
    with pytest.raises(TooManyTickets):
        desk.begin(HIGH)
    assert desk.runs(lambda runs: runs.db.scalar(select(func.count()).select_from(BulkRun))) == 0
    assert desk.walk(desk.begin(HIGH, Ticket.number != desk.numbers[0])).changed == 4


@pytest.mark.parametrize(
    "action",
    [
        HIGH,
        Action(Verb.ASSIGNEE, None),
        Action(Verb.STATE, "solved"),
        Action(Verb.ADD_TAGS, ("a",)),
    ],
    ids=lambda action: str(action.verb),
)
def test_what_it_reads_is_the_same_for_a_batch_of_any_size(
    desk: Desk, action: Action, count_queries: QueryCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = desk.seed.users["ben"].id
    for number in desk.numbers:
        desk.act(number, lambda service, ticket: service.set_assignee(ticket, ben))

    def reads(run_id: int) -> int:
        count_queries.reset()
        assert not desk.runs(lambda runs: runs.step(run_id))
        return sum(statement.startswith("SELECT") for statement in count_queries.statements)

    few = reads(desk.begin(action, Ticket.number == desk.numbers[0]))
    monkeypatch.setattr(module, "BATCH", 5)
    assert reads(desk.begin(action, Ticket.number != desk.numbers[0])) == few


def test_undo_puts_back_what_nobody_changed_since(desk: Desk) -> None:
    run_id = desk.begin(HIGH)
    desk.walk(run_id)
    desk.act(desk.numbers[2], lambda service, ticket: service.set_priority(ticket, Priority.URGENT))
    run = desk.undo(run_id)
    assert (run.state, run.changed, run.undone) == ("undone", 5, 4)
    assert [ticket.priority for ticket in desk.tickets()] == [
        "normal",
        "normal",
        "urgent",
        "normal",
        "normal",
    ]
    assert not desk.runs(lambda runs: runs.begin_undo(runs.db.merge(run)))


@pytest.mark.parametrize(
    "action",
    [
        Action(Verb.ASSIGNEE, None),
        Action(Verb.STATE, "pending"),
        Action(Verb.ADD_TAGS, ("vip", "billing")),
        Action(Verb.REMOVE_TAGS, ("billing",)),
        Action(Verb.SNOOZE, datetime.now(UTC) + timedelta(days=2)),
    ],
    ids=lambda action: str(action.verb),
)
def test_each_action_and_back(desk: Desk, action: Action) -> None:
    ben = desk.seed.users["ben"].id
    for number in desk.numbers[:2]:
        desk.act(number, lambda service, ticket: service.set_assignee(ticket, ben))
        desk.act(
            number,
            lambda service, ticket: _tags(service).replace(ticket, ["billing"]),
        )

    def look() -> list[tuple[object, ...]]:
        return [
            (ticket.state, ticket.assignee_id, ticket.snoozed_until, *desk.runs(tags_of(ticket)))
            for ticket in desk.tickets()
        ]

    def tags_of(ticket: Ticket) -> Callable[[BulkRuns], list[str]]:
        actor = desk.tenants.identity(desk.seed, "ben")
        return lambda runs: TagService(runs.db, runs.tenant, actor).of(ticket)

    before = look()
    run_id = desk.begin(action)
    run = desk.walk(run_id)
    assert run.changed >= 2
    assert look() != before
    desk.undo(run_id)
    assert look() == before


def test_a_ticket_that_a_rule_protects_is_left_whole_within_its_batch(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 5)
    full = [f"tag{each}" for each in range(MAX_TAGS)]
    desk.act(desk.numbers[2], lambda service, ticket: _tags(service).replace(ticket, full))
    before = desk.tickets()[2]
    run_id = desk.begin(Action(Verb.ADD_TAGS, ("vip", "gold")))
    run = desk.walk(run_id)
    assert counted(run) == (5, 4, 0, 1)
    after = desk.tickets()[2]
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    tagged = (
        select(TicketTag.ticket_number)
        .where(TicketTag.tag == "gold")
        .order_by(TicketTag.ticket_number)
    )
    others = [number for number in desk.numbers if number != after.number]
    assert desk.runs(lambda runs: runs.db.scalars(tagged).all()) == others
    desk.undo(run_id)
    assert desk.runs(lambda runs: runs.db.scalars(tagged).all()) == []


def _tags(service: TicketService) -> TagService:
    return TagService(service.db, service.tenant, service.actor)
