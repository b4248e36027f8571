"""Agents choose in their profile how long they can undo, and where they go after sending."""

from portal.people.models import User
from portal.people.preferences import AfterSend, Preferences
from tests.functional.composer.conftest import Composing


def test_agents_choose_how_they_work(desk: Composing) -> None:
    form = desk.get("/profile").forms["working"]
    form["undo_seconds"], form["after_send"] = "30", "list"
    assert "Saved." in form.submit().follow()
    (ben,) = desk.rows(User, User.email == "ben@acme.test")
    chosen = Preferences.of(ben.preferences)
    assert (chosen.undo_seconds, chosen.after_send) == (30, AfterSend.LIST)


def test_customers_have_no_such_choice(desk: Composing) -> None:
    cleo = desk.world.browser("cleo")
    page = desk.get("/profile", cleo)
    assert "working" not in page.forms
    token = page.html.select_one("[name=csrf_token]")["value"]
    cleo.post(desk.world.url("/profile/working"), {"csrf_token": token}, status=404)
