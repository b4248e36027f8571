"""What an open page asks, again and again: what it is told, and what that costs."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.live.models import Activity, Presence
from portal.live.pulse import EXPIRES
from portal.security.models import Session
from portal.tickets.followers import FollowerService
from portal.tickets.models import Ticket
from portal.tickets.service import Draft, TicketService
from tests.factories import World
from tests.queries import QueryCounter


@pytest.fixture
def ticket(world: World) -> Ticket:
    return world.ticket(by="cleo", subject="It hums")


def live(world: World, ticket: Ticket | None = None, activity: str = "viewing") -> str:
    return world.url(f"/live{f'/{ticket.number}' if ticket else ''}?activity={activity}")


def version(answer: Any) -> str:
    return str(answer.html.find(attrs={"data-told": True})["data-told"])


def presence(answer: Any) -> str:
    part = answer.html.find(attrs={"data-pulse-part": "presence"})
    return " ".join(part.get_text(" ").split())


def note(world: World, ticket: Ticket, by: str = "ben") -> None:
    with world.factory.session(world.seed.tenant.id) as db:
        service = TicketService(db, world.seed.tenant, world.factory.identity(world.seed, by))
        service.note(service.get(ticket.number), Draft("Between us."), seen=2**62)


def reply(world: World, ticket: Ticket, by: str = "ben") -> None:
    with world.factory.session(world.seed.tenant.id) as db:
        service = TicketService(db, world.seed.tenant, world.factory.identity(world.seed, by))
        service.reply(service.get(ticket.number), Draft("Turn it off."), seen=2**62)


class TestCost:
    @pytest.mark.parametrize("who", ["ben", "cleo"])
    def test_an_idle_page_is_one_conditional_request_of_two_queries(
        self, world: World, ticket: Ticket, count_queries: QueryCounter, who: str
    ) -> None:
        browser = world.browser(who)
        for url in (live(world, ticket), live(world)):
            tag = browser.get(url).headers["ETag"]
            count_queries.reset()
            answer = browser.get(url, headers={"If-None-Match": tag}, status=304)
            assert answer.body == b""
            assert len(count_queries) <= 2, str(count_queries)

    def test_nor_is_news_dearer(
        self, world: World, ticket: Ticket, count_queries: QueryCounter
    ) -> None:
        browser = world.browser("ben")
        count_queries.reset()
        browser.get(live(world, ticket, "typing"), status=200)
        assert len(count_queries) <= 2, str(count_queries)

    def test_a_page_that_is_left_open_keeps_nobody_signed_in(
        self, world: World, ticket: Ticket
    ) -> None:
        browser = world.browser("ben")

        def seen_at() -> Any:
            with world.factory.session(world.seed.tenant.id) as db:
                return db.scalars(select(Session.seen_at)).all()

        with world.factory.session(world.seed.tenant.id) as db:
            # Any other request would say that it was there.
            db.execute(update(Session).values(seen_at=Session.seen_at - timedelta(minutes=5)))
        before = seen_at()
        browser.get(live(world, ticket))
        assert seen_at() == before


class TestVersion:
    def test_it_changes_with_the_ticket(self, world: World, ticket: Ticket) -> None:
        browser = world.browser("ben")
        page = browser.get(world.url(f"/tickets/{ticket.number}"))
        known = page.html.find(attrs={"data-pulse": True})
        first = browser.get(live(world, ticket))
        assert version(first) == known["data-version"]
        note(world, ticket, by="bea")
        second = browser.get(
            live(world, ticket), headers={"If-None-Match": first.headers["ETag"]}, status=200
        )
        assert version(second) != version(first)

    def test_customers_hear_of_replies_and_not_of_notes(self, world: World, ticket: Ticket) -> None:
        browser = world.browser("cleo")
        page = browser.get(world.url(f"/tickets/{ticket.number}"))
        known = page.html.find(attrs={"data-pulse": True})["data-version"]
        first = browser.get(live(world, ticket))
        assert version(first) == known
        note(world, ticket)
        tag = {"If-None-Match": first.headers["ETag"]}
        browser.get(live(world, ticket), headers=tag, status=304)
        reply(world, ticket)
        assert version(browser.get(live(world, ticket), headers=tag, status=200)) != known

    def test_lists_have_one_too(self, world: World, ticket: Ticket) -> None:
        ben, cleo = world.browser("ben"), world.browser("cleo")
        agents, customers = version(ben.get(live(world))), version(cleo.get(live(world)))
        note(world, ticket)
        assert version(ben.get(live(world))) > agents
        assert version(cleo.get(live(world))) == customers
        reply(world, ticket)
        assert version(cleo.get(live(world))) > customers


class TestLists:
    """The customers' lists follow what they show."""

    @pytest.mark.parametrize("path", ["/", "/tickets", "/tickets?whose=organisation"])
    def test_they_are_told_of_what_their_reader_can_see(
        self, world: World, ticket: Ticket, count_queries: QueryCounter, path: str
    ) -> None:
        cleo = world.browser("cleo")
        page = cleo.get(world.url(path))
        known = page.html.find(attrs={"data-pulse": True})
        assert "data-moment" in known.attrs
        assert page.html.find(attrs={"data-part": "list"}).find(string=re.compile("It hums"))
        first = cleo.get(known["data-pulse"])
        tag = {"If-None-Match": first.headers["ETag"]}
        count_queries.reset()
        cleo.get(known["data-pulse"], headers=tag, status=304)
        assert len(count_queries) <= 2, str(count_queries)
        reply(world, ticket)
        news = cleo.get(known["data-pulse"], headers=tag, status=200)
        assert version(news) > known["data-version"]

    def test_who_is_in_copy_is_told_too(self, world: World, ticket: Ticket) -> None:
        dora = world.browser("dora")
        with world.factory.session(world.seed.tenant.id) as db:
            ben = world.factory.identity(world.seed, "ben")
            followers = FollowerService(db, world.seed.tenant, ben)
            followers.put_in_copy(followers.get(ticket.number), world.seed.users["dora"])
        known = version(dora.get(live(world)))
        reply(world, ticket)
        assert version(dora.get(live(world))) > known

    def test_how_often_each_page_asks(self, world: World, ticket: Ticket) -> None:
        """In seconds. What is new is there within fifteen; pages without tickets only count."""
        paths = (f"/tickets/{ticket.number}", "/tickets", "/profile")

        def asks(who: str) -> list[int]:
            browser = world.browser(who)
            pages = [browser.get(world.url(path)).html for path in paths]
            return [int(page.find(attrs={"data-pulse": True})["data-every"]) for page in pages]

        assert (asks("ben"), asks("cleo")) == ([12, 15, 60], [15, 15, 60])


class TestPresence:
    def test_two_agents_see_each_other(self, world: World, ticket: Ticket) -> None:
        ben, bea = world.browser("ben"), world.browser("bea")
        assert presence(ben.get(live(world, ticket))) == ""
        name = world.seed.users["ben"].name
        assert f"{name} is looking at this" in presence(bea.get(live(world, ticket)))
        first = ben.get(live(world, ticket))
        bea.get(live(world, ticket, "typing"))
        tag = {"If-None-Match": first.headers["ETag"]}
        told = presence(ben.get(live(world, ticket), headers=tag, status=200))
        assert f"{world.seed.users['bea'].name} is typing" in told
        bea.get(live(world, ticket, "idle"))
        assert "has this open" in presence(ben.get(live(world, ticket)))

    def test_who_leaves_is_gone_and_may_come_back(self, world: World, ticket: Ticket) -> None:
        ben, bea = world.browser("ben"), world.browser("bea")
        bea.get(live(world, ticket))
        bea.get(live(world, ticket, "left"))
        assert presence(ben.get(live(world, ticket))) == ""
        bea.get(live(world, ticket))
        assert presence(ben.get(live(world, ticket))) != ""

    def test_who_is_silent_for_thirty_seconds_is_gone(self, world: World, ticket: Ticket) -> None:
        ben, bea = world.browser("ben"), world.browser("bea")
        bea.get(live(world, ticket))
        with world.factory.session(world.seed.tenant.id) as db:
            presences = db.scalars(select(Presence)).all()
            for each in presences:
                each.seen_at -= EXPIRES
        assert presence(ben.get(live(world, ticket))) == ""

    def test_customers_neither_see_nor_are_seen(self, world: World, ticket: Ticket) -> None:
        ben, cleo = world.browser("ben"), world.browser("cleo")
        ben.get(live(world, ticket, "typing"))
        assert presence(cleo.get(live(world, ticket, "typing"))) == ""
        assert presence(ben.get(live(world, ticket))) == ""

    def test_many_polls_at_once_are_one_presence(self, world: World, ticket: Ticket) -> None:
        browsers = [world.browser("bea") for _ in range(4)]
        activities = ["viewing", "typing", "idle", "left"]

        def ask(place: int) -> int:
            url = live(world, ticket, activities[place % 4])
            return int(browsers[place % 4].get(url).status_int)

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(ask, range(24))) == {200}
        with world.factory.session(world.seed.tenant.id) as db:
            rows = db.execute(select(Presence.user_id, Presence.activity)).all()
        assert [row.user_id for row in rows] == [world.seed.users["bea"].id]
        assert rows[0].activity in set(Activity)

    def test_what_somebody_made_up_means_viewing(self, world: World, ticket: Ticket) -> None:
        world.browser("bea").get(live(world, ticket, "dancing"))
        assert "is looking" in presence(world.browser("ben").get(live(world, ticket)))


class TestWhoMay:
    def test_somebody_elses_ticket_does_not_exist(self, world: World, ticket: Ticket) -> None:
        dora = world.browser("dora")
        assert dora.get(live(world, ticket), status=404).body != b""
        dora.get(world.url("/live/4711"), status=404)

    def test_nor_does_another_tenants(self, world: World, ticket: Ticket) -> None:
        stranger = World(world.factory.create(), world.app, world.factory)
        stranger.browser("ben").get(live(stranger, ticket), status=404)
        with world.factory.session(world.seed.tenant.id) as db:
            assert db.scalars(select(Presence)).all() == []

    def test_who_is_taken_out_of_copy_no_longer_hears(self, world: World, ticket: Ticket) -> None:
        dora = world.browser("dora")

        def change(verb: str) -> None:
            with world.factory.session(world.seed.tenant.id) as db:
                ben = world.factory.identity(world.seed, "ben")
                followers = FollowerService(db, world.seed.tenant, ben)
                user = world.seed.users["dora"]
                of = followers.get(ticket.number)
                if verb == "put":
                    followers.put_in_copy(of, user)
                else:
                    followers.take_from_copy(of, user.id)

        change("put")
        dora.get(live(world, ticket), status=200)
        change("take")
        dora.get(live(world, ticket), status=404)

    def test_a_session_that_ended_is_401(self, world: World, ticket: Ticket) -> None:
        browser = world.browser("ben")
        browser.get(live(world, ticket))
        with world.factory.session(world.seed.tenant.id) as db:
            db.execute(update(Session).values(idle_seconds=0))
        for url in (live(world, ticket), live(world)):
            browser.get(url, status=401)
        world.anonymous().get(live(world, ticket), status=401)
        world.anonymous().get(world.url("/live/4711"), status=401)

    def test_a_disabled_account_is_401(self, world: World, ticket: Ticket) -> None:
        browser = world.browser("ben")
        with world.factory.session(world.seed.tenant.id) as db:
            user = db.merge(world.seed.users["ben"])
            user.disabled_at = user.created_at
        browser.get(live(world, ticket), status=401)
