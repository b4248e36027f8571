"""Who hears of what, where they read it, and what they need not hear of."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.db.session import LISTENERS
from portal.notifications.models import Kind, Notification
from portal.notifications.telling import tell
from portal.notifications.words import FOR_CUSTOMERS, FOR_STAFF
from portal.people.models import User
from portal.people.preferences import choose
from portal.tickets.followers import FollowerService
from portal.tickets.lifecycle import LifecycleService
from portal.tickets.merging import MergeService
from portal.tickets.models import State, Ticket
from portal.tickets.service import Draft, TicketService
from portal.web.clock import now
from tests.factories import World
from tests.queries import QueryCounter

LATEST = 2**62


@pytest.fixture
def ticket(world: World) -> Ticket:
    return world.ticket(by="cleo", subject="It hums")


@contextmanager
def acting(world: World, first: str) -> Iterator[tuple[TicketService, FollowerService]]:
    """The services as somebody uses them, in one transaction."""
    with world.factory.session(world.seed.tenant.id) as db:
        db.info[LISTENERS] = [tell]
        identity = world.factory.identity(world.seed, first)
        tenant = world.seed.tenant
        yield TicketService(db, tenant, identity), FollowerService(db, tenant, identity)


def told(world: World) -> list[tuple[str, str]]:
    """Who was told of what, in the order of telling."""
    names = {user.id: first for first, user in world.seed.users.items()}
    with world.factory.session(world.seed.tenant.id) as db:
        rows = db.execute(
            select(Notification.user_id, Notification.kind).order_by(Notification.id)
        ).all()
    return sorted((names[user_id], kind) for user_id, kind in rows)


class TestWhoHears:
    def test_the_customer_of_a_reply_and_not_of_a_note(self, world: World, ticket: Ticket) -> None:
        with acting(world, "ben") as (service, _):
            service.note(service.get(ticket.number), Draft("Hm."), seen=LATEST)
        assert told(world) == []
        with acting(world, "ben") as (service, _):
            service.reply(service.get(ticket.number), Draft("Off and on?"), seen=LATEST)
        assert told(world) == [("cleo", "reply")]

    def test_the_assignee_and_followers_and_nobody_of_themselves(
        self, world: World, ticket: Ticket
    ) -> None:
        users = world.seed.users
        with acting(world, "ada") as (service, followers):
            row = service.get(ticket.number)
            service.set_assignee(row, users["ben"].id)
            followers.follow(row, users["bea"])
        assert told(world) == [("ben", "assigned")]
        with acting(world, "bea") as (service, _):
            service.note(service.get(ticket.number), Draft("Look."), seen=LATEST)
        assert told(world) == [("ben", "assigned"), ("ben", "note")]
        with acting(world, "cleo") as (service, _):
            service.reply(service.get(ticket.number), Draft("Still."), seen=LATEST)
        assert told(world) == [
            ("bea", "reply"),
            ("ben", "assigned"),
            ("ben", "note"),
            ("ben", "reply"),
        ]

    def test_who_takes_a_ticket_is_not_told(self, world: World, ticket: Ticket) -> None:
        with acting(world, "ben") as (service, _):
            service.set_assignee(service.get(ticket.number), world.seed.users["ben"].id)
        assert told(world) == []

    def test_one_transaction_is_one_piece_of_news(self, world: World, ticket: Ticket) -> None:
        with acting(world, "ben") as (service, _):
            row = service.get(ticket.number)
            service.reply(row, Draft("Done."), seen=LATEST, state=State.SOLVED)
        assert told(world) == [("cleo", "reply")]
        with acting(world, "ada") as (service, _):
            service.set_state(service.get(ticket.number), State.OPEN)
        assert told(world) == [("ben", "state"), ("cleo", "reply"), ("cleo", "state")]

    def test_nobody_hears_of_a_ticket_that_the_portal_closes(
        self, world: World, ticket: Ticket
    ) -> None:
        with acting(world, "ben") as (service, _):
            service.set_state(service.get(ticket.number), State.SOLVED)
        assert told(world) == [("cleo", "state")]
        with world.factory.session(world.seed.tenant.id) as db:
            db.info[LISTENERS] = [tell]
            lifecycle = LifecycleService(db, world.seed.tenant)
            assert lifecycle.close_solved(now() + timedelta(days=400)) == 1
        assert told(world) == [("cleo", "state")]

    def test_who_is_in_copy_hears_of_replies(self, world: World, ticket: Ticket) -> None:
        with acting(world, "ben") as (service, followers):
            followers.put_in_copy(service.get(ticket.number), world.seed.users["dora"])
        with acting(world, "ben") as (service, _):
            row = service.get(ticket.number)
            service.note(row, Draft("Between us."), seen=LATEST)
        with acting(world, "ben") as (service, _):
            service.reply(service.get(ticket.number), Draft("To both."), seen=LATEST)
        assert told(world) == [("cleo", "reply"), ("dora", "reply")]

    def test_a_muted_kind_and_a_disabled_account_are_not_told(
        self, world: World, ticket: Ticket
    ) -> None:
        with world.factory.session(world.seed.tenant.id) as db:
            choose(
                db.get_one(User, (world.seed.tenant.id, world.seed.users["cleo"].id)),
                muted=("reply",),
            )
        with acting(world, "ben") as (service, _):
            service.reply(service.get(ticket.number), Draft("Anybody?"), seen=LATEST)
        assert told(world) == []


class TestCentre:
    def read(self, world: World, ticket: Ticket) -> None:
        with acting(world, "ben") as (service, _):
            service.reply(service.get(ticket.number), Draft("Off and on?"), seen=LATEST)

    def unread(self, browser: Any, world: World, path: str = "/live") -> str:
        answer = browser.get(world.url(path))
        part = answer.html.find(attrs={"data-pulse-part": "unread"})
        return " ".join(part.get_text(" ").split())

    def test_it_is_read_and_leads_to_the_message(
        self, world: World, ticket: Ticket, count_queries: QueryCounter
    ) -> None:
        self.read(world, ticket)
        cleo = world.browser("cleo")
        assert self.unread(cleo, world) == "1 unread"
        count_queries.reset()
        page = cleo.get(world.url("/notifications"))
        assert len(count_queries) <= 4, str(count_queries)
        assert "It hums" in page.text
        arrived = page.click(linkid=None, href="/open")
        assert f"/tickets/{ticket.number}#m" in arrived.location
        assert self.unread(cleo, world) == ""

    def test_every_page_shows_how_many_are_unread(
        self, world: World, ticket: Ticket, count_queries: QueryCounter
    ) -> None:
        cleo = world.browser("cleo")
        count_queries.reset()
        assert self.unread(cleo, world, "/notifications") == ""
        before = len(count_queries)
        self.read(world, ticket)
        count_queries.reset()
        assert self.unread(cleo, world, "/notifications") == "1 unread"
        assert len(count_queries) == before, str(count_queries)
        assert self.unread(world.browser("carl"), world, "/notifications") == ""

    def test_who_opens_the_ticket_has_read_them(
        self, world: World, ticket: Ticket, count_queries: QueryCounter
    ) -> None:
        other = world.ticket(by="cleo", subject="It smells")
        for each in (ticket, other):
            self.read(world, each)
        cleo, path = world.browser("cleo"), f"/tickets/{ticket.number}"
        cleo.head(world.url(path))
        world.browser("ben").get(world.url(path))
        assert self.unread(cleo, world) == "2 unread"
        count_queries.reset()
        assert self.unread(cleo, world, path) == "1 unread"
        assert len(count_queries) <= 8, str(count_queries)
        assert self.unread(cleo, world) == "1 unread"

    def test_what_was_merged_away_is_read_where_it_is_now(
        self, world: World, ticket: Ticket
    ) -> None:
        self.read(world, ticket)
        target = world.ticket(by="cleo", subject="The same")
        with world.factory.session(world.seed.tenant.id) as db:
            service = MergeService(db, world.seed.tenant, world.factory.identity(world.seed, "ben"))
            service.merge(service.get(ticket.number), service.get(target.number))
        assert self.unread(world.browser("cleo"), world, f"/tickets/{target.number}") == ""

    def test_all_are_marked_read(self, world: World, ticket: Ticket) -> None:
        self.read(world, ticket)
        cleo = world.browser("cleo")
        page = cleo.get(world.url("/notifications"))
        form = next(f for f in page.forms.values() if f.action.endswith("/notifications/read"))
        after = form.submit().follow()
        assert "Mark all as read" not in after.text
        assert self.unread(cleo, world) == ""

    def test_nobody_reads_or_ticks_off_somebody_elses(self, world: World, ticket: Ticket) -> None:
        self.read(world, ticket)
        with world.factory.session(world.seed.tenant.id) as db:
            key = db.scalars(select(Notification.id)).one()
        carl = world.browser("carl")
        assert "It hums" not in carl.get(world.url("/notifications")).text
        answer = carl.get(world.url(f"/notifications/open?n={key}"), status=303)
        assert answer.location.endswith("/notifications")
        stranger = World(world.factory.create(), world.app, world.factory)
        answer = stranger.browser("ada").get(stranger.url(f"/notifications/open?n={key}"))
        assert answer.location.endswith("/notifications")
        assert self.unread(world.browser("cleo"), world) == "1 unread"

    def test_who_lost_sight_of_the_ticket_reads_nothing_of_it(
        self, world: World, ticket: Ticket
    ) -> None:
        with acting(world, "ben") as (service, followers):
            followers.put_in_copy(service.get(ticket.number), world.seed.users["dora"])
        self.read(world, ticket)
        dora = world.browser("dora")
        assert "It hums" in dora.get(world.url("/notifications")).text
        with acting(world, "ben") as (service, followers):
            followers.take_from_copy(service.get(ticket.number), world.seed.users["dora"].id)
        assert "It hums" not in dora.get(world.url("/notifications")).text

    def test_what_one_wants_to_hear_of_is_chosen(self, world: World, ticket: Ticket) -> None:
        cleo = world.browser("cleo")
        page = cleo.get(world.url("/profile")).click("What to hear of")
        assert page.html.select_one("a.back")["href"].endswith("/profile")
        form = next(f for f in page.forms.values() if f.action.endswith("/profile/notifications"))
        boxes = form.fields["kind"]
        assert [box.checked for box in boxes] == [True, True]
        boxes[0].checked = False
        page = form.submit().follow()
        form = next(f for f in page.forms.values() if f.action.endswith("/profile/notifications"))
        assert [box.checked for box in form.fields["kind"]] == [False, True]
        self.read(world, ticket)
        assert self.unread(cleo, world) == ""

    def test_every_kind_can_be_chosen_but_what_one_must_know(self) -> None:
        assert {choice.kind for choice in FOR_STAFF} == set(Kind) - {Kind.UNSENT}
        assert {choice.kind for choice in FOR_CUSTOMERS} == {Kind.REPLY, Kind.STATE}
