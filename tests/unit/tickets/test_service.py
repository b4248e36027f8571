"""The rules of tickets, against the real database."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, literal_column, select

from portal.people.models import Project
from portal.tickets.counter_models import TicketTally
from portal.tickets.models import (
    Event,
    Message,
    Priority,
    State,
    Ticket,
    TicketRead,
)
from portal.tickets.service import Draft, StaleThread, TicketRuleError, TicketService
from tests.factories import TenantFactory, TenantSeed


@pytest.fixture
def seed(tenants: TenantFactory) -> TenantSeed:
    return tenants.create()


class Desk:
    """Acts on the ticket as one of the tenant's people, each act in its own transaction."""

    def __init__(self, tenants: TenantFactory, seed: TenantSeed) -> None:
        self.tenants, self.seed = tenants, seed

    def act(self, first: str, number: int, do: Callable[[TicketService, Ticket], object]) -> object:
        with self.tenants.session(self.seed.tenant.id) as db:
            service = TicketService(db, self.seed.tenant, self.tenants.identity(self.seed, first))
            return do(service, service.get(number))

    def read(self, number: int) -> Ticket:
        with self.tenants.session(self.seed.tenant.id) as db:
            ticket = db.get(Ticket, (self.seed.tenant.id, number))
            assert ticket is not None
            return ticket

    def reply(self, first: str, number: int, body: str = "An answer.", **options: object) -> object:
        return self.act(
            first,
            number,
            lambda service, ticket: service.reply(
                ticket,
                Draft(body),
                seen=ticket.last_message_id,
                **options,  # type: ignore[arg-type]  # state, where the test gives one
            ),
        )


@pytest.fixture
def desk(tenants: TenantFactory, seed: TenantSeed) -> Desk:
    return Desk(tenants, seed)


@pytest.fixture
def number(tenants: TenantFactory, seed: TenantSeed) -> int:
    return tenants.ticket(seed).number


def test_a_new_ticket_carries_its_first_message(desk: Desk, number: int) -> None:
    ticket = desk.read(number)
    assert (ticket.number, ticket.state, ticket.priority) == (1, State.NEW, Priority.NORMAL)
    assert ticket.organisation_id == desk.seed.organisation.id
    assert (ticket.message_count, ticket.reply_count) == (1, 1)
    assert ticket.snippet == ticket.reply_snippet == "It cracked this morning."
    assert ticket.last_message_id == ticket.last_reply_id > 0


def test_numbers_count_per_tenant_from_one(tenants: TenantFactory, seed: TenantSeed) -> None:
    other = tenants.create()
    assert [tenants.ticket(seed).number for _ in range(3)] == [1, 2, 3]
    assert tenants.ticket(other).number == 1


def test_numbers_have_no_gap_and_no_double_under_concurrency(
    tenants: TenantFactory, seed: TenantSeed
) -> None:
    numbers: list[int] = []

    def open_five() -> None:
        for _ in range(5):
            numbers.append(tenants.ticket(seed).number)  # noqa: PERF401 (each is a transaction)

    threads = [threading.Thread(target=open_five) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 31))


def test_the_same_form_twice_is_one_ticket(tenants: TenantFactory, seed: TenantSeed) -> None:
    found: list[int] = []

    def send() -> None:
        with tenants.session(seed.tenant.id) as db:
            service = TicketService(db, seed.tenant, tenants.identity(seed, "cleo"))
            found.append(service.open("Twice", Draft("clicked", form_key="k1")).number)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8
    assert tenants.ticket(seed).number == 2, "a refused double must not burn a number"


def test_the_same_reply_twice_is_one_message(desk: Desk, number: int) -> None:
    seen = desk.read(number).last_message_id
    ids = set()

    def send() -> None:
        def once(service: TicketService, ticket: Ticket) -> None:
            ids.add(service.reply(ticket, Draft("once", form_key="k"), seen=seen).id)

        desk.act("ben", number, once)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 1
    assert desk.read(number).message_count == 2


def test_an_agents_first_reply_opens_and_takes_the_ticket(desk: Desk, number: int) -> None:
    desk.reply("ben", number)
    ticket = desk.read(number)
    assert (ticket.state, ticket.assignee_id) == (State.OPEN, desk.seed.users["ben"].id)


def test_a_reply_can_carry_the_next_state(desk: Desk, number: int) -> None:
    desk.reply("ben", number, state=State.PENDING)
    assert desk.read(number).state == State.PENDING


@pytest.mark.parametrize("state", [State.PENDING, State.ON_HOLD, State.SOLVED])
def test_the_customers_reply_brings_the_ticket_back(desk: Desk, number: int, state: State) -> None:
    desk.act("ben", number, lambda service, ticket: service.set_state(ticket, state))
    desk.reply("cleo", number)
    ticket = desk.read(number)
    assert (ticket.state, ticket.solved_at) == (State.OPEN, None)


def test_an_agent_who_asks_for_help_is_a_customer(desk: Desk, tenants: TenantFactory) -> None:
    number = tenants.ticket(desk.seed, by="bea").number
    desk.act("ben", number, lambda service, ticket: service.set_state(ticket, State.PENDING))
    desk.reply("bea", number)
    ticket = desk.read(number)
    assert (ticket.state, ticket.assignee_id) == (State.OPEN, None)


def test_nobody_sends_past_a_message_they_have_not_seen(desk: Desk, number: int) -> None:
    seen = desk.read(number).last_message_id
    desk.reply("cleo", number, "One more thing.")
    with pytest.raises(StaleThread):
        desk.act("ben", number, lambda s, t: s.reply(t, Draft("late"), seen=seen))
    assert desk.read(number).message_count == 2


def test_a_note_is_news_to_agents_and_none_to_customers(desk: Desk, number: int) -> None:
    seen = desk.read(number).last_message_id
    desk.act("ben", number, lambda s, t: s.note(t, Draft("psst"), seen=seen))
    with pytest.raises(StaleThread):
        desk.act("bea", number, lambda s, t: s.reply(t, Draft("late"), seen=seen))
    desk.act("cleo", number, lambda s, t: s.reply(t, Draft("fine"), seen=seen))
    ticket = desk.read(number)
    assert (ticket.reply_snippet, ticket.reply_count, ticket.message_count) == ("fine", 2, 3)


def test_a_note_does_not_show_in_what_customers_see(desk: Desk, number: int) -> None:
    before = desk.read(number)
    desk.act("ben", number, lambda s, t: s.note(t, Draft("psst"), seen=t.last_message_id))
    after = desk.read(number)
    assert after.reply_snippet == before.reply_snippet
    assert after.replied_at == before.replied_at
    assert after.last_reply_id == before.last_reply_id
    assert after.snippet == "psst"


def test_a_closed_ticket_takes_no_reply_and_stays_closed(desk: Desk, number: int) -> None:
    desk.act("ben", number, lambda s, t: s.set_state(t, State.CLOSED))
    for do in (
        lambda s, t: s.reply(t, Draft("hello?"), seen=t.last_message_id),
        lambda s, t: s.set_state(t, State.OPEN),
        lambda s, t: s.solve(t),
    ):
        with pytest.raises(TicketRuleError, match="closed"):
            desk.act("cleo", number, do)


def test_only_a_solved_ticket_is_reopened(desk: Desk, number: int) -> None:
    with pytest.raises(TicketRuleError, match="not_solved"):
        desk.act("cleo", number, lambda s, t: s.reopen(t))
    desk.act("cleo", number, lambda s, t: s.solve(t))
    assert desk.read(number).solved_at is not None
    desk.act("cleo", number, lambda s, t: s.reopen(t))
    assert desk.read(number).state == State.OPEN


def _assign(user_id: int) -> Callable[[TicketService, Ticket], None]:
    return lambda service, ticket: service.set_assignee(ticket, user_id)


def _read_to(message_id: int) -> Callable[[TicketService, Ticket], None]:
    return lambda service, ticket: service.mark_read(ticket, message_id)


def test_only_staff_of_this_tenant_can_be_assigned(
    desk: Desk, number: int, tenants: TenantFactory
) -> None:
    stranger = tenants.create().users["ben"].id
    for nobody in (desk.seed.users["cleo"].id, stranger, 10**12):
        with pytest.raises(TicketRuleError, match="assignee"):
            desk.act("ben", number, _assign(nobody))


def test_only_a_live_project_can_be_chosen(desk: Desk, number: int, tenants: TenantFactory) -> None:
    project = desk.seed.project
    desk.act("ben", number, lambda s, t: s.set_project(t, project.id))
    assert desk.read(number).project_id == project.id
    with tenants.session(desk.seed.tenant.id) as db:
        db.get_one(Project, (desk.seed.tenant.id, project.id)).archived_at = func.now()
    with pytest.raises(TicketRuleError, match="project"):
        desk.act("ben", number, lambda s, t: s.set_project(t, project.id))


def test_history_keeps_the_names_of_the_day(
    desk: Desk, number: int, tenants: TenantFactory
) -> None:
    desk.act("ben", number, lambda s, t: s.set_assignee(t, desk.seed.users["bea"].id))
    with tenants.session(desk.seed.tenant.id) as db:
        event = db.scalars(select(Event).where(Event.kind == "assignee")).one()
    assert event.data["from_name"] is None
    assert event.data["to_name"] == "Bea Agent"


def test_a_change_to_the_same_value_is_no_event(
    desk: Desk, number: int, tenants: TenantFactory
) -> None:
    desk.act("ben", number, lambda s, t: s.set_priority(t, Priority.NORMAL))
    with tenants.session(desk.seed.tenant.id) as db:
        assert db.scalar(select(func.count()).where(Event.kind == "priority")) == 0


def test_reading_never_goes_back(desk: Desk, number: int, tenants: TenantFactory) -> None:
    for message_id in (5, 9, 7):
        desk.act("ben", number, _read_to(message_id))
    with tenants.session(desk.seed.tenant.id) as db:
        ben = desk.seed.users["ben"].id
        read = db.scalars(select(TicketRead).where(TicketRead.user_id == ben)).one()
    assert read.message_id == 9


def test_tallies_equal_a_count_after_many_changes_at_once(
    desk: Desk, tenants: TenantFactory
) -> None:
    numbers = [tenants.ticket(desk.seed).number for _ in range(6)]
    ben, bea = desk.seed.users["ben"].id, desk.seed.users["bea"].id

    def work(who: int, other: int, order: list[int]) -> None:
        for number in order:
            desk.act("ben", number, lambda s, t: s.set_assignee(t, who))
            desk.act("ben", number, lambda s, t: s.set_state(t, State.PENDING))
            desk.act("ben", number, lambda s, t: s.set_assignee(t, other))
            desk.act("ben", number, lambda s, t: s.set_state(t, State.OPEN))

    threads = [
        threading.Thread(target=work, args=(ben, bea, numbers)),
        threading.Thread(target=work, args=(bea, ben, numbers[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenants.session(desk.seed.tenant.id) as db:
        assignee = func.coalesce(Ticket.assignee_id, literal_column("0")).label("assignee")
        counted = db.execute(
            select(Ticket.state, assignee, func.count()).group_by(Ticket.state, assignee)
        ).all()
        kept = db.execute(
            select(TicketTally.state, TicketTally.assignee_id, TicketTally.tickets).where(
                TicketTally.tickets != 0
            )
        ).all()
    assert sorted(map(tuple, counted)) == sorted(map(tuple, kept))


def test_bodies_are_kept_as_written_and_as_rendered(
    desk: Desk, number: int, tenants: TenantFactory
) -> None:
    desk.reply("ben", number, "Hello **Cleo**")
    with tenants.session(desk.seed.tenant.id) as db:
        message = db.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
    assert message.body == "Hello **Cleo**"
    assert message.html.strip() == "<p>Hello <strong>Cleo</strong></p>"
