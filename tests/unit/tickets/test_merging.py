"""Two tickets that are one, and one that is two."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from portal.db import TenantSession
from portal.security.identity import Identity
from portal.tickets.followers import FollowerService
from portal.tickets.mark_models import TicketFollower, TicketLink
from portal.tickets.merging import MergeService
from portal.tickets.models import Event, EventKind, Message, State, Ticket
from portal.tickets.service import Draft, TicketService
from portal.tickets.tags import TagService
from portal.tickets.writer import TicketRuleError
from tests.factories import TenantFactory, TenantSeed


class Desk:
    """Two tickets of a tenant, in one session."""

    def __init__(self, db: TenantSession, tenants: TenantFactory, seed: TenantSeed) -> None:
        self.db, self.tenants, self.seed = db, tenants, seed
        self.first = self.open("cleo", "The cup is cracked")
        self.second = self.open("cleo", "Cracked cup, again")

    def who(self, name: str) -> Identity:
        return self.tenants.identity(self.seed, name)

    def open(self, by: str, subject: str) -> Ticket:
        return self._tickets(by).open(subject, Draft(f"First words of “{subject}”."))

    def write(self, by: str, ticket: Ticket, body: str) -> Message:
        return self._tickets(by).reply(ticket, Draft(body), seen=ticket.last_message_id)

    def note(self, by: str, ticket: Ticket, body: str) -> Message:
        return self._tickets(by).note(ticket, Draft(body), seen=ticket.last_message_id)

    @property
    def merging(self) -> MergeService:
        return MergeService(self.db, self.seed.tenant, self.who("ben"))

    def bodies(self, ticket: Ticket) -> list[str]:
        statement = select(Message.body).where(Message.ticket_number == ticket.number)
        return list(self.db.scalars(statement.order_by(Message.id)))

    def history(self, ticket: Ticket, kind: EventKind) -> list[dict[str, object]]:
        self.db.flush()
        statement = select(Event.data).where(
            Event.ticket_number == ticket.number, Event.kind == kind
        )
        return list(self.db.scalars(statement.order_by(Event.id)))

    def _tickets(self, name: str) -> TicketService:
        return TicketService(self.db, self.seed.tenant, self.who(name))


@pytest.fixture
def seed(tenants: TenantFactory) -> TenantSeed:
    return tenants.create()


@pytest.fixture
def desk(tenants: TenantFactory, seed: TenantSeed) -> Iterator[Desk]:
    with tenants.session(seed.tenant.id) as db:
        yield Desk(db, tenants, seed)


def counted(ticket: Ticket) -> tuple[int, int, str]:
    return ticket.message_count, ticket.reply_count, ticket.snippet


class TestMerge:
    def test_everything_said_is_in_the_target_and_the_source_is_closed(self, desk: Desk) -> None:
        desk.note("ben", desk.second, "Same person, same cup.")
        of_second = select(Message.id).where(Message.ticket_number == desk.second.number)
        moved = list(desk.db.scalars(of_second.order_by(Message.id)))
        desk.merging.merge(desk.second, desk.first)
        assert len(desk.bodies(desk.first)) == 3
        assert desk.bodies(desk.second) == []
        assert counted(desk.first) == (3, 2, "Same person, same cup.")
        assert (desk.second.state, desk.second.merged_into) == (State.CLOSED, desk.first.number)
        assert desk.history(desk.second, EventKind.MERGED) == [
            {"into": desk.first.number, "subject": "The cup is cracked"}
        ]
        assert desk.history(desk.first, EventKind.MERGED) == [
            {
                "from": desk.second.number,
                "subject": "Cracked cup, again",
                "messages": moved,
                "tags": [],
                "people": [],
            }
        ]

    def test_tags_and_readers_of_both(self, desk: Desk) -> None:
        tags = TagService(desk.db, desk.seed.tenant, desk.who("ben"))
        tags.replace(desk.first, ["cups"])
        tags.replace(desk.second, ["cups", "twice"])
        desk.merging.merge(desk.second, desk.first)
        assert tags.of(desk.first) == ["cups", "twice"]

    def test_somebody_elses_ticket_puts_them_in_copy(self, desk: Desk) -> None:
        other = desk.open("dora", "A cracked cup")
        desk.merging.merge(other, desk.first)
        followers = FollowerService(desk.db, desk.seed.tenant, desk.who("ben")).of(desk.first)
        assert [(each.email, each.kind) for each in followers] == [(desk.who("dora").email, "cc")]

    def test_it_can_be_taken_back(self, desk: Desk) -> None:
        before = desk.bodies(desk.second)
        desk.merging.merge(desk.second, desk.first)
        desk.write("ben", desk.first, "We send a new one.")
        desk.merging.take_apart(desk.second)
        assert desk.bodies(desk.second) == before
        assert counted(desk.first)[0] == 2
        assert counted(desk.second)[0] == 1
        assert (desk.second.state, desk.second.merged_into) == (State.OPEN, None)

    def test_taken_back_it_leaves_nothing_behind(self, desk: Desk) -> None:
        other = desk.open("dora", "A cracked cup")
        tags = TagService(desk.db, desk.seed.tenant, desk.who("ben"))
        tags.replace(desk.first, ["cups"])
        tags.replace(other, ["cups", "dora"])
        desk.merging.merge(other, desk.first)
        desk.merging.take_apart(other)
        assert tags.of(desk.first) == ["cups"]
        assert FollowerService(desk.db, desk.seed.tenant, desk.who("ben")).of(desk.first) == []

    def test_one_after_the_other_is_taken_back_in_turn(self, desk: Desk) -> None:
        third = desk.open("cleo", "The cup, once more")
        desk.merging.merge(desk.second, desk.first)
        desk.merging.merge(desk.first, third)
        with pytest.raises(TicketRuleError, match="merged_on"):
            desk.merging.take_apart(desk.second)
        desk.merging.take_apart(desk.first)
        desk.merging.take_apart(desk.second)
        assert len(desk.bodies(desk.second)) == len(desk.bodies(desk.first)) == 1

    def test_a_merged_reply_opens_what_was_solved(self, desk: Desk) -> None:
        service = TicketService(desk.db, desk.seed.tenant, desk.who("ben"))
        service.solve(desk.first)
        desk.merging.merge(desk.second, desk.first)
        assert (desk.first.state, desk.first.solved_at) == (State.OPEN, None)

    @pytest.mark.parametrize(
        ("arrange", "code"),
        [
            (lambda desk: (desk.first, desk.first), "same"),
            (lambda desk: (desk.second, desk.open("cleo", "Third")), "merged"),
            (lambda desk: (desk.open("cleo", "Third"), desk.second), "merged"),
        ],
        ids=["into itself", "merged before", "into one that was merged"],
    )
    def test_refusals(
        self, desk: Desk, arrange: Callable[[Desk], tuple[Ticket, Ticket]], code: str
    ) -> None:
        source, target = arrange(desk)
        if code == "merged":
            desk.merging.merge(desk.second, desk.first)
        with pytest.raises(TicketRuleError, match=code):
            desk.merging.merge(source, target)

    def test_nothing_goes_into_a_closed_ticket(self, desk: Desk) -> None:
        TicketService(desk.db, desk.seed.tenant, desk.who("ben")).set_state(
            desk.first, State.CLOSED
        )
        with pytest.raises(TicketRuleError, match="closed"):
            desk.merging.merge(desk.second, desk.first)

    def test_what_was_not_merged_cannot_be_taken_apart(self, desk: Desk) -> None:
        with pytest.raises(TicketRuleError, match="not_merged"):
            desk.merging.take_apart(desk.first)


class TestSplit:
    def test_some_messages_become_a_ticket_of_their_own(self, desk: Desk) -> None:
        second = desk.write("cleo", desk.first, "And where is my invoice?")
        third = desk.note("ben", desk.first, "Invoices are for Bea.")
        new = desk.merging.split(desk.first, [third.id, second.id], "Where is the invoice?")
        assert desk.bodies(new) == ["And where is my invoice?", "Invoices are for Bea."]
        assert counted(new) == (2, 1, "Invoices are for Bea.")
        assert counted(desk.first)[:2] == (1, 1)
        assert new.requester_id == desk.first.requester_id
        link = desk.db.scalars(select(TicketLink)).one()
        assert (link.ticket_number, link.other_number) == (desk.first.number, new.number)

    def test_whoever_wrote_it_is_the_requester(self, desk: Desk) -> None:
        words = desk.write("carl", desk.first, "Mine is cracked too.")
        new = desk.merging.split(desk.first, [words.id], "Another cracked cup")
        assert new.requester_id == desk.who("carl").user_id

    @pytest.mark.parametrize("chosen", ["nothing", "first", "no_reply"])
    def test_refusals(self, desk: Desk, chosen: str) -> None:
        first = desk.db.scalars(
            select(Message.id).where(Message.ticket_number == desk.first.number)
        ).one()
        note = desk.note("ben", desk.first, "For us.")
        ids = {"nothing": [], "first": [first, note.id], "no_reply": [note.id]}[chosen]
        with pytest.raises(TicketRuleError, match=chosen):
            desk.merging.split(desk.first, ids, "Apart")


class TestLink:
    def test_it_stands_in_both_histories_and_can_be_taken_away(self, desk: Desk) -> None:
        desk.merging.link(desk.second, desk.first)
        desk.merging.link(desk.first, desk.second)
        assert len(desk.history(desk.first, EventKind.LINKED)) == 1
        assert len(desk.history(desk.second, EventKind.LINKED)) == 1
        desk.merging.unlink(desk.first, desk.second)
        assert desk.db.scalars(select(TicketLink)).all() == []
        assert len(desk.history(desk.second, EventKind.UNLINKED)) == 1

    def test_not_to_itself(self, desk: Desk) -> None:
        with pytest.raises(TicketRuleError, match="same"):
            desk.merging.link(desk.first, desk.first)


def test_followers_are_kept_apart_from_people_in_copy(desk: Desk) -> None:
    service = FollowerService(desk.db, desk.seed.tenant, desk.who("ben"))
    carl = desk.seed.users["carl"]
    bea = desk.seed.users["bea"]
    service.put_in_copy(desk.first, carl)
    service.put_in_copy(desk.first, carl)
    service.follow(desk.first, bea)
    assert [(each.user_id, each.kind) for each in service.of(desk.first)] == sorted(
        [(bea.id, "follower"), (carl.id, "cc")], key=lambda each: each[1] == "cc"
    )
    assert len(desk.history(desk.first, EventKind.CC)) == 1
    service.take_from_copy(desk.first, carl.id)
    service.unfollow(desk.first, bea.id)
    assert desk.db.scalars(select(TicketFollower)).all() == []
    for user, code in ((carl, "follower"), (desk.seed.users["cleo"], "requester")):
        act = service.follow if code == "follower" else service.put_in_copy
        with pytest.raises(TicketRuleError, match=code):
            act(desk.first, user)
