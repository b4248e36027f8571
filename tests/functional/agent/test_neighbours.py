"""From one ticket of a list to the next, whatever happens to them meanwhile."""

from typing import Any

import pytest
from webtest.response import TestResponse

from portal.people.models import User
from portal.people.preferences import AfterSend, choose
from portal.tickets.models import Priority
from tests.functional.agent.conftest import Desk
from tests.queries import QueryCounter


@pytest.fixture
def three(desk: Desk) -> Desk:
    """Tickets 1, 2 and 3; the list shows them as 3, 2, 1."""
    for subject in ("First", "Second", "Third"):
        desk.ticket(subject)
    return desk


def number(page: TestResponse) -> int:
    return int(page.html.select_one("h1 .num").text.removeprefix("#"))


def step(page: TestResponse, key: str) -> TestResponse:
    link: Any = page.html.select_one(f"a[data-shortcut='{key}']")
    return page.goto(link["href"]).follow()


def test_a_list_is_walked_through_to_its_end(three: Desk) -> None:
    page = three.get("/tickets").click("Third")
    walked = [number(page)]
    for _ in range(2):
        page = step(page, "]")
        walked.append(number(page))
    assert walked == [3, 2, 1]
    assert number(step(page, "[")) == 2
    the_list = step(page, "]")
    assert the_list.html.h1.text == "All open"
    assert "That was the last ticket of this list." in the_list
    first = three.get("/tickets/3")
    assert "That was the first ticket of this list." in step(first, "[")


@pytest.mark.parametrize(
    ("sort", "order"),
    [("oldest", [1, 2, 3]), ("created", [3, 2, 1]), ("urgency", [2, 3, 1])],
)
def test_the_order_of_the_list_is_the_order_of_the_walk(
    three: Desk, sort: str, order: list[int]
) -> None:
    three.act(2, "ben", lambda service, ticket: service.set_priority(ticket, Priority.URGENT))
    three.act(1, "ben", lambda service, ticket: service.set_priority(ticket, Priority.LOW))
    if sort == "oldest":
        for each in order:
            three.write(each, "Another word.")
    page = three.get(f"/tickets?sort={sort}")
    assert [int(row["data-row"]) for row in page.html.select("tr[data-row]")] == order
    ticket = page.click(href=rf"/tickets/{order[0]}\?from=")
    assert [number(ticket := step(ticket, "]")) for _ in range(2)] == order[1:]


def test_only_tickets_of_the_list_are_met(three: Desk) -> None:
    ben = three.world.seed.users["ben"].id
    for each in (3, 1):
        three.act(each, "bea", lambda service, ticket: service.set_assignee(ticket, ben))
    # The one that was given to ben last is on top.
    page = three.get("/tickets?assignee=me&state=unsolved").click("First")
    page = step(page, "]")
    assert number(page) == 3
    assert page.html.select_one("a.back").text.strip() == "Assigned to me"


def test_a_changed_ticket_does_not_lose_its_reader_the_place(three: Desk) -> None:
    page = three.get("/tickets").click("Second")
    form = next(
        form
        for form in page.forms.values()
        if form.action.partition("?")[0].endswith("/fields") and "priority" in form.fields
    )
    form["priority"] = "urgent"
    page = form.submit().follow()
    assert [int(row["data-row"]) for row in three.get("/tickets").html.select("tr[data-row]")] == [
        2,
        3,
        1,
    ]
    assert number(step(page, "]")) == 1
    assert number(step(page, "[")) == 3


def test_after_sending_comes_the_next_one_for_those_who_like_it_so(three: Desk) -> None:
    seed = three.world.seed
    with three.world.factory.session(seed.tenant.id) as db:
        user = db.get_one(User, (seed.tenant.id, seed.users["ben"].id))
        choose(user, after_send=AfterSend.NEXT)
    page = three.get("/tickets").click("Third")
    form = page.click("Reply to customer", href="compose=reply").forms["composer"]
    form["body"] = "Here you are."
    sent = form.submit("then", value="send").follow().follow()
    assert number(sent) == 2


def test_one_query_finds_the_next(three: Desk, count_queries: QueryCounter) -> None:
    page = three.get("/tickets").click("Third")
    link: Any = page.html.select_one("a[data-shortcut=']']")
    count_queries.reset()
    page.goto(link["href"])
    # The tenant, the session, the ticket itself, and the next one.
    assert len(count_queries) == 4, str(count_queries)
