"""Nothing of the agent's desk is for customers, or for anybody who is not signed in."""

import pytest

from tests.functional.agent.conftest import Desk


@pytest.mark.parametrize("first", ["cleo", "dora"])
def test_a_customer_is_shown_nothing_of_the_desk(desk: Desk, first: str) -> None:
    number = desk.ticket(by="cleo")
    browser = desk.world.browser(first)
    seed = desk.world.seed
    for path, status in (
        ("/people", 403),
        ("/people/suggest?q=cu", 403),
        (f"/people/{seed.users['cleo'].id}", 404),
        (f"/organisations/{seed.organisation.id}", 404),
        (f"/tickets/{number}/fields", 404),
        (f"/tickets/{number}/note", 404),
    ):
        desk.get(path, browser, status=status)
    for path in ("/tickets", "/tickets?assignee=none", "/tickets/new"):
        page = desk.get(path, browser)
        assert "Assignee" not in page
        assert page.html.select(".rail, .queue, #filters") == []


def test_a_customer_cannot_write_notes_or_change_fields(desk: Desk) -> None:
    number = desk.ticket(by="cleo")
    browser = desk.world.browser("cleo")
    form = desk.get(f"/tickets/{number}", browser).forms["answer"]
    token = form["csrf_token"].value
    for view, fields in (
        ("fields", {"state": "closed"}),
        ("fields", {"assignee": str(desk.world.seed.users["cleo"].id)}),
        ("note", {"body": "Sneaky", "seen": "999999"}),
    ):
        url = desk.world.url(f"/tickets/{number}/{view}")
        browser.post(url, fields | {"csrf_token": token}, status=404)
    # The customer's own reply does not choose a state.
    form["body"] = "Hello?"
    fields = dict(form.submit_fields()) | {"then": "solved"}
    browser.post(form.action, fields, status=303)
    assert desk.stored(number).state == "new"
    assert [message.kind for message in desk.messages(number)] == ["reply", "reply"]


@pytest.mark.parametrize("path", ["/tickets", "/tickets/1", "/tickets/new", "/people", "/people/1"])
def test_nobody_is_sent_to_sign_in(desk: Desk, path: str) -> None:
    desk.ticket()
    answer = desk.get(path, desk.world.anonymous(), status="*")
    assert answer.status_int in (303, 404)
    if answer.status_int == 303:
        assert "/login?next=" in answer.location


def test_a_form_without_its_token_changes_nothing(desk: Desk) -> None:
    number = desk.ticket()
    for view, fields in (("reply", {"body": "x", "seen": "99"}), ("fields", {"state": "solved"})):
        desk.ben.post(desk.world.url(f"/tickets/{number}/{view}"), fields, status=400)
    assert desk.stored(number).state == "new"
