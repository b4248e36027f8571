"""What happens to tickets with time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.db import TenantSession
from portal.tickets.lifecycle import FollowUpService, LifecycleService
from portal.tickets.models import Event, EventKind, State, Ticket
from portal.tickets.service import Draft, TicketRuleError, TicketService
from portal.tickets.snooze import SnoozeService
from portal.topics.models import Topic
from tests.factories import TenantFactory, TenantSeed

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Desk:
    """A tenant in one session; its period is 14 days."""

    def __init__(self, db: TenantSession, tenants: TenantFactory, seed: TenantSeed) -> None:
        self.db, self.tenants, self.seed = db, tenants, seed
        self.lifecycle = LifecycleService(db, seed.tenant)

    def service(self, first: str) -> TicketService:
        return TicketService(self.db, self.seed.tenant, self.tenants.identity(self.seed, first))

    def follow_ups(self, first: str) -> FollowUpService:
        return FollowUpService(self.db, self.seed.tenant, self.tenants.identity(self.seed, first))

    def solved(self, ago: timedelta, subject: str = "A cup") -> Ticket:
        """A ticket of cleo's that ben solved a while ago."""
        ticket = self.service("cleo").open(subject, Draft("It is cracked."))
        self.service("ben").solve(ticket)
        ticket.solved_at = NOW - ago
        self.db.flush()
        return ticket

    def told(self, ticket: Ticket, kind: EventKind) -> list[tuple[int | None, dict[str, object]]]:
        """Who did what of a kind to a ticket, oldest first."""
        self.db.flush()
        statement = select(Event.actor_id, Event.data).where(
            Event.ticket_number == ticket.number, Event.kind == kind
        )
        return [(row[0], row[1]) for row in self.db.execute(statement.order_by(Event.id))]


@pytest.fixture
def desk(tenants: TenantFactory) -> Iterator[Desk]:
    seed = tenants.create()
    with tenants.session(seed.tenant.id) as db:
        yield Desk(db, tenants, seed)


class TestClosing:
    def test_what_was_solved_long_ago_is_closed_and_stays_where_it_is(self, desk: Desk) -> None:
        old, young = desk.solved(15 * DAY), desk.solved(13 * DAY)
        before = old.updated_at, old.replied_at, old.solved_at
        assert desk.lifecycle.close_solved(NOW) == 1
        assert (old.state, young.state) == (State.CLOSED, State.SOLVED)
        assert (old.updated_at, old.replied_at, old.solved_at) == before
        assert desk.told(old, EventKind.STATE)[-1] == (None, {"from": "solved", "to": "closed"})
        assert desk.lifecycle.close_solved(NOW) == 0

    def test_the_period_is_the_tenants(self, desk: Desk) -> None:
        ticket = desk.solved(2 * DAY)
        desk.seed.tenant.reopen_days = 1
        desk.lifecycle.close_solved(NOW)
        assert ticket.state == State.CLOSED


class TestReopening:
    def test_within_the_period_by_saying_so_or_writing(self, desk: Desk) -> None:
        said, written = desk.solved(13 * DAY), desk.solved(13 * DAY)
        desk.service("cleo").reopen(said)
        desk.service("cleo").reply(written, Draft("Still broken."), seen=2**62)
        assert (said.state, written.state) == (State.OPEN, State.OPEN)

    def test_not_later_even_when_the_job_has_not_come_yet(self, desk: Desk) -> None:
        ticket = desk.solved(15 * DAY)
        with pytest.raises(TicketRuleError, match="closed"):
            desk.service("cleo").reopen(ticket)
        with pytest.raises(TicketRuleError, match="closed"):
            desk.service("cleo").reply(ticket, Draft("Still broken."), seen=2**62)
        assert ticket.state == State.SOLVED

    def test_agents_may_still_write(self, desk: Desk) -> None:
        ticket = desk.solved(15 * DAY)
        desk.service("ben").reply(ticket, Draft("One more thing."), seen=2**62)
        assert ticket.reply_count == 2


class TestWaking:
    def test_at_its_time(self, desk: Desk) -> None:
        ticket = desk.service("cleo").open("A cup", Draft("It is cracked."))
        SnoozeService(desk.db, desk.seed.tenant, None).snooze(ticket, NOW + DAY)
        desk.db.flush()
        assert desk.lifecycle.wake_due(NOW) == 0
        assert desk.lifecycle.wake_due(NOW + DAY) == 1
        assert ticket.snoozed_until is None
        assert desk.told(ticket, EventKind.WOKEN) == [(None, {})]


class TestFollowUp:
    def test_it_is_told_on_both_sides_and_belongs_where_the_first_did(self, desk: Desk) -> None:
        earlier = desk.solved(15 * DAY, "A cup")
        topic = Topic(tenant_id=desk.seed.tenant.id, name="Repair")
        desk.db.add(topic)
        desk.db.flush()
        earlier.project_id = desk.seed.project.id
        earlier.topic_id, earlier.custom = topic.id, {"model": "S9"}
        desk.db.flush()
        ticket = desk.follow_ups("cleo").open(earlier, "A cup, again", Draft("Cracked again."))
        assert (ticket.topic_id, ticket.custom) == (topic.id, {"model": "S9"})
        assert ticket.follow_up_of == earlier.number
        assert (ticket.project_id, ticket.assignee_id) == (desk.seed.project.id, None)
        cleo = desk.seed.users["cleo"].id
        kind = EventKind.FOLLOW_UP
        assert desk.told(ticket, kind) == [(cleo, {"of": earlier.number, "subject": "A cup"})]
        assert desk.told(earlier, kind) == [
            (cleo, {"in": ticket.number, "subject": "A cup, again"})
        ]

    def test_the_same_form_twice_is_one_ticket(self, desk: Desk) -> None:
        earlier = desk.solved(15 * DAY)
        draft = Draft("Cracked again.", form_key="k" * 20)
        first = desk.follow_ups("cleo").open(earlier, "Again", draft)
        assert desk.follow_ups("cleo").open(earlier, "Again", draft) is first
        assert len(desk.told(earlier, EventKind.FOLLOW_UP)) == 1

    def test_what_can_be_reopened_needs_none(self, desk: Desk) -> None:
        with pytest.raises(TicketRuleError, match="not_over"):
            desk.follow_ups("cleo").open(desk.solved(DAY), "Again", Draft("Cracked again."))
