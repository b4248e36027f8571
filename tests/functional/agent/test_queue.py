"""The queue: views with counts, filters in the address, two-line rows, pages by key."""

from typing import Any

import pytest
from webtest.response import TestResponse

from portal.people.models import Organisation
from portal.tickets.models import Priority, State
from portal.tickets.service import Draft
from tests.functional.agent.conftest import Desk
from tests.functional.agent.many import many_tickets


def subjects(page: TestResponse) -> list[str]:
    return [link.text for link in page.html.select(".queue .subject a")]


def chips(page: TestResponse) -> list[str]:
    return [
        " ".join(chip.find_all(string=True, recursive=False)).strip() + ": " + chip.b.text
        for chip in page.html.select("a.chip:not(.add)")
    ]


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """Five tickets that differ in what filters ask for."""
    seed = desk.world.seed
    ben = seed.users["ben"].id

    def do(number: int, by: str, name: str, *args: Any) -> None:
        desk.act(number, by, lambda service, ticket: getattr(service, name)(ticket, *args))

    hinge = desk.ticket("Hinge cracked", by="cleo", body="It squeaks like a dolphin.")
    cable = desk.ticket("Cable too short", by="dora")
    pads = desk.ticket("Ear pads", by="carl")
    invoice = desk.ticket("Invoice wrong", by="cleo")
    old = desk.ticket("Solved long ago", by="dora")
    do(hinge, "ben", "set_priority", Priority.URGENT)
    do(cable, "ben", "set_assignee", ben)
    do(pads, "ben", "set_state", State.PENDING)
    do(pads, "ben", "set_assignee", seed.users["bea"].id)
    do(invoice, "ben", "set_project", seed.project.id)
    do(old, "ben", "set_state", State.SOLVED)
    return desk


def test_the_first_view_is_all_that_is_open_newest_first(filled: Desk) -> None:
    page = filled.get("/tickets")
    assert page.html.h1.text == "All open"
    assert subjects(page) == ["Invoice wrong", "Ear pads", "Cable too short", "Hinge cracked"]
    assert chips(page) == ["State: Unsolved"]


def test_the_views_count_what_they_hold(filled: Desk) -> None:
    page = filled.get("/tickets")
    counted = {
        link.select_one(".cut").text: link.select_one(".num").text
        for link in page.html.select("a.view")
        if link.select_one(".num")
    }
    assert counted == {
        "Assigned to me": "1",
        "Unassigned": "2",
        "All open": "4",
        "Pending": "1",
        "Snoozed": "0",
        "Recently solved": "1",
    }
    for label, count in counted.items():
        view = page.click(label, href="/tickets")
        assert len(subjects(view)) == int(count), label
        assert view.html.select_one("a.view[aria-current]").select_one(".cut").text == label
        assert view.html.h1.text == label


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=any", 5),
        ("state=solved", 1),
        ("state=new&state=pending", 4),
        ("state=unsolved&state=solved", 5),
        ("assignee=me", 1),
        ("assignee=none", 3),
        ("priority=urgent", 1),
        ("priority=urgent&priority=normal", 5),
        ("project=none", 4),
        ("requester=cleo%40customer.test", 2),
        ("requester=CLEO", 2),
        ("requester=cleo+customer", 2),
        ("requester=nobody", 0),
        ("requester=%25", 0),
        ("q=dolphin", 1),
        ("q=hinge", 1),
        ("q=%233", 1),
        ("q=hinge&state=solved", 0),
        ("requester=dora&state=solved&assignee=none&priority=normal&project=none&q=long", 1),
        # What is misspelt narrows nothing.
        ("state=burning", 5),
        ("assignee=%3Cscript%3E&project=9999999999999999999999&priority=", 5),
        ("project=77", 0),
        ("assignee=77&project=none", 0),
    ],
)
def test_every_filter_is_an_address(filled: Desk, query: str, found: int) -> None:
    assert len(subjects(filled.get(f"/tickets?{query}"))) == found


def test_a_filter_by_agent_and_by_project(filled: Desk) -> None:
    seed = filled.world.seed
    bea, project = seed.users["bea"].id, seed.project.id
    assert subjects(filled.get(f"/tickets?assignee={bea}")) == ["Ear pads"]
    page = filled.get(f"/tickets?assignee={bea}&project={project}&state=unsolved")
    assert subjects(page) == []
    assert chips(page) == ["State: Unsolved", "Assignee: Bea Agent", "Project: Headphones"]
    assert "Nothing here" in page


def test_a_chip_takes_its_own_filter_off(filled: Desk) -> None:
    page = filled.get("/tickets?state=unsolved&priority=urgent&requester=cleo")
    assert chips(page) == ["State: Unsolved", "Priority: Urgent", "Requester: cleo"]
    page = page.click(href="state=unsolved&requester=cleo$")
    assert chips(page) == ["State: Unsolved", "Requester: cleo"]
    assert len(subjects(page)) == 2
    page = page.click(href=r"\?requester=cleo$").click("Requester")
    assert chips(page) == []
    assert len(subjects(page)) == 5


def test_the_filter_form_says_what_is_on_and_changes_it(filled: Desk) -> None:
    form = filled.get("/tickets?priority=high&assignee=me").forms["filters"]
    assert form["assignee"].value == "me"
    assert [box.checked for box in form.fields["priority"]] == [False, False, True, False]
    form.set("priority", False, 2)
    form["assignee"] = ""
    form["requester"] = "dora"
    form.set("state", True, 4)
    assert subjects(form.submit()) == ["Solved long ago"]


def search_in(page: TestResponse, text: str) -> TestResponse:
    """What the box of a list finds."""
    (search,) = {
        form for form in page.forms.values() if "q" in form.fields and form.id != "filters"
    }
    search["q"] = text
    return search.submit()


def test_the_box_searches_in_the_list(filled: Desk) -> None:
    """And leaves it a list, whose tickets can be selected, walked through and saved."""
    found = search_in(filled.get("/tickets?state=unsolved&assignee=none&sort=oldest"), "wrong")
    assert subjects(found) == ["Invoice wrong"]
    assert chips(found) == ["State: Unsolved", "Assignee: Nobody", "Words: wrong"]
    assert found.html.select_one("#sorts [aria-current]").text.strip() == "Longest unchanged first"
    assert found.html.select("input[name=number]")
    assert "more tickets with these words" not in found


def test_operators_in_the_box_are_filters(filled: Desk) -> None:
    page = filled.get("/tickets?state=unsolved&tag=vip&priority=low")
    found = search_in(page, "priority:urgent tag:billing dolphin").follow()
    assert chips(found) == [
        "State: Unsolved",
        "Priority: Urgent",
        "Tags: billing, vip",
        "Words: dolphin",
    ]


def test_an_operator_in_the_box_that_means_nothing_is_said(filled: Desk) -> None:
    page = search_in(filled.get("/tickets?state=unsolved"), "size:big hinge").follow(status=422)
    assert page.html.select_one("input[name=q]")["value"] == "state:unsolved size:big hinge"
    assert "“size:” is no operator" in page


def test_words_are_a_filter_like_others(filled: Desk) -> None:
    form = filled.get("/tickets?state=unsolved&assignee=none").forms["filters"]
    form["q"] = "wrong"
    found = form.submit()
    assert subjects(found) == ["Invoice wrong"]
    assert chips(found) == ["State: Unsolved", "Assignee: Nobody", "Words: wrong"]


def test_a_row_says_who_what_and_how_urgent(filled: Desk) -> None:
    page = filled.get("/tickets?q=dolphin")
    (row,) = page.html.select(".queue tbody tr")
    assert row.select_one(".c-state .state").text.strip() == "New"
    assert "Urgent" in row.select_one(".c-subject .tag").text
    assert "It squeaks like a dolphin." in row.select_one(".c-subject .snippet").text
    assert [part.text for part in row.select(".c-who span")] == ["Cleo Customer", "Customer Ltd"]
    assert row.select_one(".c-agent [role=img]")["aria-label"] == "Unassigned"
    assert row.select_one("time")["datetime"]
    normal = filled.get("/tickets?requester=dora&state=new")
    assert normal.html.select(".queue .priority") == []


def test_a_ticket_is_unread_until_it_is_opened_and_again_when_somebody_writes(desk: Desk) -> None:
    number = desk.ticket()

    def unread(by: Any = None) -> bool:
        return bool(desk.get("/tickets", by).html.select(".queue tr.unread"))

    assert unread()
    desk.get("/tickets").click("Left hinge cracked")
    assert not unread()
    assert unread(desk.bea)
    desk.write(number, "It is worse now.")
    assert unread()
    page = desk.get(f"/tickets/{number}")
    assert page.html.select_one("#unread") is not None
    assert not unread()
    desk.act(
        number, "ben", lambda service, ticket: service.note(ticket, Draft("Mine."), seen=2**62)
    )
    assert not unread()


def test_pages_go_older_and_newer_without_losing_or_repeating_a_row(desk: Desk) -> None:
    many_tickets(desk, 120)
    first = desk.get("/tickets")
    assert "First 50 of 120" in first
    second = first.click("Older")
    third = second.click("Older")
    assert [len(subjects(page)) for page in (first, second, third)] == [50, 50, 20]
    seen = [subject for page in (first, second, third) for subject in subjects(page)]
    assert seen == [f"Subject {number}" for number in range(120, 0, -1)]
    assert third.html.select_one(".pager a[rel=next]") is None
    assert first.html.select_one(".pager a[rel=prev]") is None
    assert subjects(third.click("Newer")) == subjects(second)
    assert subjects(second.click("Newer")) == subjects(first)


def test_rows_of_one_instant_are_paged_by_their_numbers(desk: Desk) -> None:
    many_tickets(desk, 60, minutes_apart=0)
    first = desk.get("/tickets?state=new")
    second = first.click("Older")
    assert subjects(first) + subjects(second) == [f"Subject {n}" for n in range(60, 0, -1)]


@pytest.mark.parametrize("cursor", ["older=nonsense", "newer=1-", "older=9999999999999999-1"])
def test_a_damaged_cursor_still_shows_a_list(filled: Desk, cursor: str) -> None:
    assert filled.get(f"/tickets?{cursor}").html.h1.text == "All open"


def test_an_empty_desk_says_what_to_do(desk: Desk) -> None:
    page = desk.get("/tickets")
    assert "No tickets yet" in page
    assert page.click("New ticket", index=-1).html.h1.text == "New ticket"


def test_what_people_wrote_is_never_markup(desk: Desk) -> None:
    desk.ticket("<b>Bold</b> & brave", body="<script>alert(1)</script>")
    organisation = "<i>Ltd</i>"
    with desk.world.factory.session(desk.world.seed.tenant.id) as db:
        found = db.get_one(
            Organisation, (desk.world.seed.tenant.id, desk.world.seed.organisation.id)
        )
        found.name = organisation
    page = desk.get("/tickets?q=%3Cb%3Ebold&requester=%22%3E%3Cscript%3E")
    assert "<script>" not in page.html.select_one(".bar").decode()
    page = desk.get("/tickets")
    assert subjects(page) == ["<b>Bold</b> & brave"]
    assert page.html.select_one("td.c-who").text.endswith(organisation)
    thread = page.click("Bold")
    assert "<b>Bold</b>" in thread.html.h1.text
    assert thread.html.select(".message script, h1 b") == []
