"""The lists of a customer with thousands of tickets: what a page costs, and where each one is."""

import pytest
from pyramid.router import Router
from sqlalchemy import Engine, text

from portal.settings import Settings
from portal.tickets.models import State
from tests.factories import TenantFactory, World
from tests.functional.customer.conftest import Desk, subjects
from tests.queries import QueryCounter

_TICKETS = text("""
insert into tickets (tenant_id, number, subject, requester_id, organisation_id, state,
                     replied_at, updated_at, last_reply_id)
select :tenant, n + 100000, 'Ticket of ' || n, :cleo, :organisation,
       (array['new', 'open', 'pending', 'on_hold', 'solved', 'closed'])[n % 6 + 1],
       now() - make_interval(mins => n / 3), now(), 1
from generate_series(cast(:first as integer), cast(:last as integer)) as n
""")
_MESSAGES = text("""
insert into messages (tenant_id, ticket_number, author_id, kind, body, html)
select :tenant, n + 100000, :cleo, 'reply', 'Word of ' || n, ''
from generate_series(cast(:first as integer), cast(:last as integer)) as n
""")
#: In a transaction of their own: all of them change the same few counters, and each change walks
#: over the versions that its transaction has made of them.
AT_ONCE = 500


class TestMany:
    """Three thousand tickets of one customer."""

    AMOUNT = 3_000

    @pytest.fixture(scope="class")
    @classmethod
    def many(cls, engine: Engine, settings: Settings, app: Router) -> Desk:
        factory = TenantFactory(engine, settings)
        desk = Desk(World(factory.create(), app, factory))
        desk.ticket("The first")
        seed = desk.world.seed
        values = {
            "tenant": seed.tenant.id,
            "cleo": seed.users["cleo"].id,
            "organisation": seed.organisation.id,
        }
        for first in range(1, cls.AMOUNT, AT_ONCE):
            numbers = {"first": first, "last": first + AT_ONCE - 1}
            with factory.session(seed.tenant.id) as db:
                db.execute(_TICKETS, values | numbers)
                db.execute(_MESSAGES, values | numbers)
        return desk

    def count(self, desk: Desk, count_queries: QueryCounter, path: str) -> int:
        desk.get(path)
        count_queries.reset()
        desk.get(path)
        return len(count_queries)

    PATHS = (
        "/",
        "/tickets?tab=waiting",
        "/tickets?tab=open",
        "/tickets?tab=closed",
        "/tickets?whose=organisation&tab=open",
        "/tickets?q=ticket",
        "/tickets?q=nothingofthekind",
    )

    def test_a_page_makes_as_many_queries_as_with_one(
        self, desk: Desk, many: Desk, count_queries: QueryCounter
    ) -> None:
        for number in range(60):
            if number % 2:
                desk.set_state(desk.ticket(f"Ticket {number}"), State.PENDING)
            else:
                desk.ticket(f"Ticket {number}")
        before = {path: self.count(desk, count_queries, path) for path in self.PATHS}
        assert max(before.values()) <= 6, str(count_queries)
        after = {path: self.count(many, count_queries, path) for path in self.PATHS}
        assert after == before

    def test_every_ticket_is_on_one_page_each_way(self, many: Desk) -> None:
        page = many.get("/tickets?tab=closed")
        seen: list[str] = []
        pages = 0
        while True:
            seen += subjects(page)
            pages += 1
            older = page.html.select_one(".pager a[rel=next]")
            if older is None or pages == 6:
                break
            page = many.cleo.get(older["href"])
        assert len(seen) == len(set(seen)) == 6 * 50
        back = []
        while (newer := page.html.select_one(".pager a[rel=prev]")) is not None:
            page = many.cleo.get(newer["href"])
            back.append(subjects(page))
        assert [subject for rows in reversed(back) for subject in rows] == seen[:250]

    @pytest.mark.parametrize(
        "cursor", ["1", "x-1", "-1", "1-", "9" * 17 + "-1", "0-0", "1-1", "%F0"]
    )
    @pytest.mark.parametrize("direction", ["older", "newer"])
    def test_a_damaged_address_is_no_error(self, desk: Desk, cursor: str, direction: str) -> None:
        if cursor == "%F0":
            desk.get(f"/tickets?{direction}={cursor}", status=400)
        else:
            desk.get(f"/tickets?{direction}={cursor}", status=200)
