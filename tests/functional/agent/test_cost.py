"""What the agent's pages cost: the same with many tickets as with few."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pyramid.router import Router
from sqlalchemy import Engine, event, text

from portal.people.models import User
from portal.settings import Settings
from portal.tickets.catalogue import BUILT_IN
from portal.tickets.followers import FollowerService
from portal.tickets.merging import MergeService
from portal.tickets.service import Draft
from portal.tickets.stars import StarService
from portal.tickets.tags import TagService
from portal.tickets.tallies import COUNTING, narrowing
from tests.factories import TenantFactory, World
from tests.functional.agent.conftest import Desk
from tests.functional.agent.many import many_messages, many_tickets
from tests.queries import QueryCounter

MOST = 8
FEW, MANY = 60, 10_000
#: Of ten tickets, five are closed: what an old desk looks like.
STATES = ("closed",) * 5 + ("solved", "open", "new", "pending", "on_hold")
QUEUES = (
    "",
    "?assignee=me&state=unsolved",
    "?assignee=none&state=unsolved",
    "?state=pending",
    "?state=solved",
    "?state=any&priority=high&project=none",
    "?requester=cleo",
    "?state=unsolved&q=case",
)


@pytest.fixture(scope="module")
def desks(engine: Engine, owner_engine: Engine, settings: Settings, app: Router) -> dict[int, Desk]:
    """A young desk and an old one, with statistics as a running database has them."""
    made = {}
    for count in (FEW, MANY):
        factory = TenantFactory(engine, settings)
        made[count] = Desk(World(factory.create(), app, factory))
        many_tickets(made[count], count, states=STATES)
        many_messages(made[count], count)
    with owner_engine.begin() as connection:
        connection.execute(text("analyze tickets, messages, users"))
    return made


@pytest.mark.parametrize("query", QUEUES)
def test_the_queue_asks_as_much_of_many_tickets_as_of_few(
    desks: dict[int, Desk], count_queries: QueryCounter, query: str
) -> None:
    asked = {}
    for count, desk in desks.items():
        desk.get("/tickets")
        count_queries.reset()
        page = desk.get(f"/tickets{query}")
        assert page.html.select(".queue tbody tr"), query
        asked[count] = len(count_queries)
        assert asked[count] <= MOST, str(count_queries)
    assert asked[FEW] == asked[MANY]


def test_a_search_in_a_list_says_where_it_stops(desks: dict[int, Desk]) -> None:
    """Of ten thousand tickets, four thousand are unsolved, and all have the word."""
    capped = {
        count: "than a search looks at" in desk.get("/tickets?state=unsolved&q=case")
        for count, desk in desks.items()
    }
    assert capped == {FEW: False, MANY: True}


def mark(desk: Desk, number: int, count: int) -> None:
    """Tags, links, a star, followers and people in copy: as many as there are, at the most."""
    seed = desk.world.seed
    scope = (seed.tenant, desk.world.factory.identity(seed, "ben"))
    others = [desk.ticket(f"Linked {other}") for other in range(count)]
    with desk.world.factory.session(seed.tenant.id) as db:
        tags, followers = TagService(db, *scope), FollowerService(db, *scope)
        merging = MergeService(db, *scope)
        ticket = tags.get(number)
        tags.replace(ticket, [f"tag{tag}" for tag in range(count)])
        for other in others:
            merging.link(ticket, tags.get(other))
        for first in ("ben", "bea", "ada")[:count]:
            followers.follow(ticket, db.get_one(User, (seed.tenant.id, seed.users[first].id)))
        for first in ("carl", "dora")[:count]:
            person = db.get_one(User, (seed.tenant.id, seed.users[first].id))
            followers.put_in_copy(ticket, person)
        if count:
            StarService(db, *scope).star(ticket)


@pytest.mark.parametrize("query", ["", "?compose=reply", "?compose=note"])
def test_a_thread_asks_as_much_of_a_long_one_as_of_a_short_one(
    desks: dict[int, Desk], count_queries: QueryCounter, query: str
) -> None:
    asked = []
    for count, desk in desks.items():
        number = desk.ticket(f"Thread {query}")
        for _ in range(40 if count == MANY else 1):
            desk.write(number, "Another message.", by="cleo")
            desk.act(
                number,
                "bea",
                lambda service, ticket: service.note(ticket, Draft("A note."), seen=2**62),
            )
        mark(desk, number, 20 if count == MANY else 0)
        # A session is touched once a minute: here, and not while it counts.
        desk.get("/tickets")
        # The first visit also writes down what was read.
        for _ in range(2):
            count_queries.reset()
            desk.get(f"/tickets/{number}{query}")
            assert len(count_queries) <= MOST, str(count_queries)
            asked.append(len(count_queries))
    assert asked[:2] == asked[2:]


def test_views_are_counted_by_counters(desks: dict[int, Desk], engine: Engine) -> None:
    """No ticket is looked at, however many there are."""
    seed = desks[MANY].world.seed
    asked = [narrowing(view.filters) for view in BUILT_IN]
    values = {
        "asked": json.dumps([each for each in asked if each is not None]),
        "tenant_id": seed.tenant.id,
        "me": seed.users["ben"].id,
    }
    with engine.connect() as connection, connection.begin():
        bound = text("select set_config('portal.tenant_id', :id, true)")
        connection.execute(bound, {"id": str(seed.tenant.id)})
        statement = text(f"explain (format json) {COUNTING.text}")
        (plan,) = connection.execute(statement, values).scalar_one()
    read = {step["Relation Name"] for step in nodes(plan["Plan"]) if "Relation Name" in step}
    assert {"ticket_tallies", "saved_views"} <= read
    assert not {name for name in read if name.startswith("ticket")} - {"ticket_tallies"}


class Captured:
    """The statement that reads a page of tickets, with its values."""

    def __init__(self, engine: Engine) -> None:
        self.statement = ""
        self.values: Any = {}
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if ") AS page" in statement:
            self.statement, self.values = statement, values


@pytest.fixture
def captured(engine: Engine) -> Iterator[Captured]:
    """What the queue asks."""
    capture = Captured(engine)
    yield capture
    event.remove(engine, "before_cursor_execute", capture._note)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@pytest.mark.parametrize("older", [False, True], ids=["first page", "third page"])
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "ix_tickets_unsolved_updated_at"),
        ("?assignee=me&state=unsolved", "ix_tickets_unsolved_assignee_id_updated_at"),
        ("?state=pending", "ix_tickets_tenant_id_state_updated_at"),
        ("?state=solved", "ix_tickets_tenant_id_state_updated_at"),
        ("?state=any", "ix_tickets_tenant_id_updated_at"),
    ],
)
def test_a_view_reads_its_page_from_an_index_and_sorts_nothing(
    desks: dict[int, Desk], captured: Captured, engine: Engine, query: str, index: str, older: bool
) -> None:
    desk = desks[MANY]
    page = desk.get(f"/tickets{query}")
    for _ in range(2 if older else 0):
        page = page.click("Older")
    with engine.connect() as connection, connection.begin():
        connection.execute(
            text("select set_config('portal.tenant_id', :id, true)"),
            {"id": str(desk.world.seed.tenant.id)},
        )
        (plans,) = connection.exec_driver_sql(
            f"explain (analyze, format json) {captured.statement}", captured.values
        ).scalar_one()
    steps = list(nodes(plans["Plan"]))
    (scan,) = [step for step in steps if step.get("Relation Name") == "tickets"]
    assert scan.get("Index Name") == index
    assert scan["Actual Rows"] <= 51
    assert scan.get("Rows Removed by Filter", 0) == 0
    # What is sorted is the page, after it was cut.
    for step in steps:
        if "Sort" in step["Node Type"]:
            assert step["Actual Rows"] <= 51
    # How a few people, organisations and marks are looked up is the planner's choice: in a small
    # table it goes through all of them.
    assert all(
        step["Actual Rows"] * step["Actual Loops"] <= 51
        for step in steps
        if step.get("Relation Name") in ("tickets", "messages")
    )
