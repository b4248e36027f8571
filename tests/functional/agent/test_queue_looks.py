"""How a list is shown: its order, columns and density; what the buttons in its rows do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from webtest.forms import Form
from webtest.response import TestResponse

from portal.people.models import Team
from portal.security.identity import Identity
from portal.tickets.models import Priority, Ticket
from portal.tickets.snooze import SnoozeService
from portal.tickets.tags import TagService
from tests.functional.agent.conftest import Desk
from tests.functional.agent.many import many_tickets


def numbers(page: TestResponse) -> list[int]:
    return [int(row["data-row"]) for row in page.html.select("tr[data-row]")]


def heads(page: TestResponse) -> list[str]:
    return [head.text for head in page.html.select(".queue th") if not head.select(".hidden")]


def press(page: TestResponse, name: str, number: int) -> TestResponse:
    """The button of a row: it belongs to a form that stands elsewhere."""
    button: Any = page.html.select_one(f"tr[data-row='{number}'] button[name={name}]")
    assert button["form"] == "row-actions"
    return page.forms["row-actions"].submit(name, value=button["value"]).follow()


@pytest.fixture
def labelled(desk: Desk) -> Desk:
    """Three tickets: the first with tags and a team, the second urgent."""
    for subject in ("Tagged", "Urgent", "Plain"):
        desk.ticket(subject)
    world = desk.world
    seed = world.seed
    with world.factory.session(seed.tenant.id) as db:
        team = Team(tenant_id=seed.tenant.id, name="Repairs")
        db.add(team)
        db.flush()
        ticket = db.get_one(Ticket, (seed.tenant.id, 1))
        ben: Identity = world.factory.identity(seed, "ben")
        TagService(db, seed.tenant, ben).add_and_remove(ticket, add=["vip", "billing"])
        ticket.team_id = team.id
    desk.act(2, "bea", lambda service, ticket: service.set_priority(ticket, Priority.URGENT))
    return desk


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", [2, 1, 3]),
        ("?sort=oldest", [3, 1, 2]),
        ("?sort=created", [3, 2, 1]),
        ("?sort=urgency", [2, 1, 3]),
        # What is solved is not urgent: there is no such order, nor one of another name.
        ("?state=any&sort=urgency", [2, 1, 3]),
        ("?sort=colour", [2, 1, 3]),
    ],
)
def test_a_list_has_an_order(labelled: Desk, query: str, order: list[int]) -> None:
    assert numbers(labelled.get(f"/tickets{query}")) == order


def test_the_order_is_chosen_from_a_menu_and_kept_by_the_filters(labelled: Desk) -> None:
    page = labelled.get("/tickets?state=unsolved").click("Newest first")
    assert numbers(page) == [3, 2, 1]
    assert page.html.select_one("[popovertarget=sorts]").text.strip() == "Newest first"
    narrowed = page.forms["filters"].submit()
    assert numbers(narrowed) == [3, 2, 1]
    assert "Most urgent first" not in labelled.get("/tickets?state=any")


@pytest.mark.parametrize("sort", ["updated", "oldest", "created", "urgency"])
def test_every_order_is_paged_by_key(desk: Desk, sort: str) -> None:
    many_tickets(desk, 120)
    page = desk.get(f"/tickets?sort={sort}")
    met = numbers(page)
    for _ in range(2):
        page = page.click("Older")
        met += numbers(page)
    assert sorted(met) == list(range(1, 121))
    assert len(met) == 120
    back = page.click("Newer")
    assert numbers(back) == met[50:100]
    # A place in one order is none in another.
    other = "oldest" if sort != "oldest" else "created"
    address = back.request.query_string.replace(f"sort={sort}", f"sort={other}")
    if sort != "updated":
        assert numbers(desk.get(f"/tickets?{address}")) == numbers(
            desk.get(f"/tickets?sort={other}")
        )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag=vip", [1]),
        ("tag=vip&tag=billing", [1]),
        ("tag=vip&tag=other", []),
        ("team=none", [2, 3]),
        ("is=unread", [2, 1, 3]),
        ("is=starred", []),
    ],
)
def test_filters_of_marks(labelled: Desk, query: str, found: list[int]) -> None:
    assert numbers(labelled.get(f"/tickets?{query}")) == found


def test_everybody_chooses_columns_and_density(labelled: Desk) -> None:
    page = labelled.get("/tickets?state=any")
    assert heads(page) == ["State", "Subject", "Requester", "Agent", "Updated"]
    form: Form = page.forms["shown"]
    for box, name in zip(form.fields["shown-columns"], _COLUMNS, strict=True):
        box.checked = name in ("team", "tags")
    form["shown-density"] = "compact"
    page = form.submit().follow()
    assert page.request.query_string == "state=any"
    assert heads(page) == ["State", "Subject", "Tags", "Team"]
    assert page.html.select_one("table.queue.compact")
    row = page.html.select_one("tr[data-row='1']")
    assert [tag.text for tag in row.select(".tag")] == ["billing", "vip"]
    assert row.select_one(".c-team").text == "Repairs"
    # It is one person's choice.
    assert heads(labelled.get("/tickets", labelled.bea))[2] == "Requester"


_COLUMNS = ("requester", "assignee", "team", "tags", "updated")


def test_a_star_is_set_in_the_row_and_found_again(labelled: Desk) -> None:
    page = press(labelled.get("/tickets?sort=created"), "star", 3)
    assert "Ticket #3 has a star now." in page
    assert page.request.query_string == "sort=created"
    assert numbers(page.click("Starred")) == [3]
    assert numbers(labelled.get("/tickets?is=starred", labelled.bea)) == []
    page = press(labelled.get("/tickets?is=starred"), "unstar", 3)
    assert "No stars yet" in page


def test_a_snoozed_ticket_is_in_no_queue_until_it_is_woken(labelled: Desk) -> None:
    page = press(labelled.get("/tickets"), "snooze", 2)
    assert numbers(page) == [1, 3]
    assert page.html.select_one("h1 + .count").text == "2"
    snoozed = page.click("Snoozed")
    assert numbers(snoozed) == [2]
    assert snoozed.html.select_one("h1 + .count").text == "1"
    assert numbers(labelled.get("/tickets?state=new&is=snoozed")) == [2]
    assert len(numbers(labelled.get("/tickets?state=any"))) == 3
    woken = press(snoozed, "wake", 2)
    assert "Nothing is snoozed" in woken
    assert len(numbers(labelled.get("/tickets"))) == 3


def test_a_snoozed_ticket_stays_so_for_the_list_until_the_job_wakes_it(labelled: Desk) -> None:
    seed, factory = labelled.world.seed, labelled.world.factory
    with factory.session(seed.tenant.id) as db:
        ticket = db.get_one(Ticket, (seed.tenant.id, 1))
        until = datetime.now(UTC) + timedelta(hours=1)
        SnoozeService(db, seed.tenant, factory.identity(seed, "ben")).snooze(ticket, until)
        db.flush()
        ticket.snoozed_until = datetime.now(UTC) - timedelta(minutes=5)
    page = labelled.get("/tickets?is=snoozed")
    assert numbers(page) == [1]
    assert page.html.select_one("h1 + .count").text == "1"


@pytest.mark.parametrize("fields", [{}, {"star": "99"}, {"star": "x"}, {"star": ""}])
def test_a_button_that_means_nothing_is_not_found(desk: Desk, fields: dict[str, str]) -> None:
    desk.ticket()
    token = desk.get("/tickets").forms["row-actions"]["csrf_token"].value
    url = desk.world.url("/tickets/rows")
    desk.ben.post(url, fields | {"csrf_token": token}, status=404)


def test_customers_star_nothing(desk: Desk) -> None:
    number = desk.ticket(by="cleo")
    cleo = desk.world.browser("cleo")
    token = desk.get(f"/tickets/{number}", cleo).forms[0]["csrf_token"].value
    for view in ("rows", "columns"):
        fields = {"star": str(number), "csrf_token": token}
        cleo.post(desk.world.url(f"/tickets/{view}"), fields, status=404)


def test_an_empty_view_says_what_to_do_next(labelled: Desk) -> None:
    page = labelled.get("/tickets?state=unsolved&assignee=me")
    assert page.html.select_one(".empty h2").text == "Nothing waits for you"
    assert numbers(page.click("Unassigned", index=0)) == [2, 1, 3]
