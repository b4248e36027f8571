"""Fields of a ticket: each form sends one, so that two agents do not undo each other."""

import pytest

from portal.people.models import Project, Role, User
from portal.tickets.models import Event, State
from tests.functional.agent.conftest import Desk, property_form


def test_two_agents_change_different_fields_of_the_same_page_and_both_stay(desk: Desk) -> None:
    number = desk.ticket()
    bens = desk.get(f"/tickets/{number}")
    beas = desk.get(f"/tickets/{number}", desk.bea)

    priority = property_form(bens, "priority")
    priority["priority"] = "urgent"
    priority.submit(status=303)
    state = property_form(beas, "state")
    state["state"] = "pending"
    state.submit(status=303)

    ticket = desk.stored(number)
    assert (ticket.priority, ticket.state) == ("urgent", "pending")
    assert desk.events(number) == ["created", "priority", "state"]


@pytest.mark.parametrize("name", ["assignee", "state", "priority", "project"])
def test_a_form_sends_its_own_field_and_nothing_else(desk: Desk, name: str) -> None:
    form = property_form(desk.get(f"/tickets/{desk.ticket()}"), name)
    assert {field for field, _ in form.submit_fields() if field} == {"csrf_token", name}


def test_assign_to_me_and_to_somebody_else_and_to_nobody(desk: Desk) -> None:
    number = desk.ticket()
    page = desk.get(f"/tickets/{number}")
    (mine,) = {form for form in page.forms.values() if "Assign to me" in form.text}
    page = mine.submit("assignee").follow()
    assert desk.stored(number).assignee_id == desk.world.seed.users["ben"].id
    assert "Assign to me" not in page
    assert "took the ticket" in page.html.select_one(".thread .event").text

    for name, words in (("Bea Agent", "passed the ticket from"), ("–", "nobody has it now")):
        form = property_form(page, "assignee")
        form["assignee"].select(text=name)
        page = form.submit().follow()
        assert words in page.html.select(".thread .event")[-1].text
    assert desk.stored(number).assignee_id is None


def test_the_history_is_told_in_words(desk: Desk) -> None:
    number = desk.ticket()
    page = desk.get(f"/tickets/{number}")
    for name, value in (("state", "on_hold"), ("priority", "high")):
        form = property_form(page, name)
        form[name] = value
        page = form.submit().follow()
    form = property_form(page, "project")
    form["project"].select(text="Headphones")
    page = form.submit().follow()

    told = [" ".join(line.span.text.split()) for line in page.html.select(".thread .event")]
    assert told == [
        "Ben Agent set the state to On hold",
        "Ben Agent changed the priority from Normal to High",
        "Ben Agent put the ticket into the project Headphones",
    ]
    history = [line.span.text for line in page.html.select(".history .event")]
    assert history == [*reversed(told), "Ticket opened"]
    german = desk.get(f"/tickets/{number}", headers={"Accept-Language": "de"})
    assert len(german.html.select(".history .event")) == 4


def test_the_same_value_again_is_no_change(desk: Desk) -> None:
    number = desk.ticket()
    property_form(desk.get(f"/tickets/{number}"), "priority").submit(status=303)
    assert desk.events(number) == ["created"]


def test_a_closed_ticket_stays_closed(desk: Desk) -> None:
    number = desk.ticket()
    form = property_form(desk.get(f"/tickets/{number}"), "state")
    desk.act(number, "bea", lambda service, ticket: service.set_state(ticket, State.CLOSED))
    form["state"] = "open"
    page = form.submit().follow()
    assert "A closed ticket stays closed." in page
    assert desk.stored(number).state == State.CLOSED
    assert "state" not in {name for each in page.forms.values() for name in each.fields}


def test_an_assignee_or_a_project_that_went_away_is_refused_in_words(desk: Desk) -> None:
    number = desk.ticket()
    page = desk.get(f"/tickets/{number}")
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        bea = db.get_one(User, (seed.tenant.id, seed.users["bea"].id))
        bea.role = Role.CUSTOMER
        project = db.get_one(Project, (seed.tenant.id, seed.project.id))
        project.archived_at = project.created_at
    for name, text, words in (
        ("assignee", "Bea Agent", "no longer takes tickets"),
        ("project", "Headphones", "no longer on offer"),
    ):
        form = property_form(page, name)
        form[name].select(text=text)
        assert words in form.submit().follow()
    assert desk.events(number) == ["created"]


def test_an_assignee_who_left_is_still_shown(desk: Desk) -> None:
    number = desk.ticket()
    seed = desk.world.seed
    bea = seed.users["bea"].id
    desk.act(number, "ben", lambda service, ticket: service.set_assignee(ticket, bea))
    with desk.world.factory.session(seed.tenant.id) as db:
        found = db.get_one(User, (seed.tenant.id, bea))
        found.disabled_at = found.created_at
    form = property_form(desk.get(f"/tickets/{number}"), "assignee")
    assert form["assignee"].value == str(bea)
    form.submit(status=303)
    assert desk.stored(number).assignee_id == bea


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"state": "burning"},
        {"priority": ""},
        {"assignee": "everybody"},
        {"project": "9" * 30},
        {"project": "٤"},
        {"state": "open", "priority": "high"},
    ],
)
def test_what_no_form_sends_is_400(desk: Desk, fields: dict[str, str]) -> None:
    number = desk.ticket()
    token = property_form(desk.get(f"/tickets/{number}"), "state")["csrf_token"].value
    url = desk.world.url(f"/tickets/{number}/fields")
    desk.ben.post(url, fields | {"csrf_token": token}, status=400)
    assert desk.rows(Event, Event.ticket_number == number, Event.kind != "created") == []


def test_the_way_back_to_the_list_is_kept(desk: Desk) -> None:
    number = desk.ticket()
    page = desk.get("/tickets?priority=normal&state=any").click("Left hinge cracked")
    form = property_form(page, "priority")
    form["priority"] = "high"
    page = form.submit().follow()
    back = page.html.select_one("a.back")
    assert back["href"] == desk.world.url("/tickets?priority=normal")
    assert number == desk.stored(number).number
