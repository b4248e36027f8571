"""The main job, clicked through: open a ticket, read the reply, answer, solve, reopen."""

from webtest import Upload

from portal.tickets.models import Message, State
from tests.factories.files import png
from tests.functional.customer.conftest import Desk, answer_form, form_to


def test_from_the_first_ticket_to_solved_and_back(desk: Desk) -> None:
    home = desk.get("/")
    assert "How can we help, Cleo?" in home
    assert "You have no tickets yet" in home

    form = form_to(home.click("Open your first ticket"), "/tickets/new")
    form["subject"] = "Left hinge cracked"
    form["body"] = "It cracked **this morning**."
    form["project"] = form["project"].options[1][0]
    form["files"] = [Upload("hinge.png", png(640, 480), "image/png")]
    sent = form.submit()
    assert sent.status_int == 303
    thread = sent.follow()
    assert thread.request.path == desk.world.url("/tickets/1")
    assert "We have your ticket." in thread
    assert "We are working on it." in thread
    assert "<strong>this morning</strong>" in thread
    assert "Headphones" in thread
    picture = thread.html.select_one(".message img")
    shown = desk.cleo.get(picture["src"])
    assert (shown.content_type, shown.body[:4]) == ("image/png", b"\x89PNG")
    shown = desk.cleo.get(picture.parent["href"])
    assert shown.headers["Content-Disposition"] == 'inline; filename="hinge.png"'

    desk.note(1, "Batch 2409 again.")
    desk.reply(1, "What is the serial number?", state=State.PENDING)
    home = desk.get("/")
    assert "Needs your reply" in home
    assert "What is the serial number?" in home
    thread = home.click("Left hinge cracked")
    assert "We are waiting for your reply." in thread
    assert thread.html.select_one("#unread") is not None
    assert "Batch 2409" not in thread

    form = answer_form(thread)
    form["body"] = "S7-2409-118832"
    sent = form.submit()
    last = desk.rows(Message)[-1]
    assert sent.location.endswith(f"/tickets/1#m{last.id}")
    thread = sent.follow()
    assert "Your reply is sent." in thread
    assert thread.html.select_one(f"#m{last.id}").get_text().count("S7-2409-118832") == 1
    assert "We are working on it." in thread

    thread = form_to(thread, "/solve").submit().follow()
    assert "This ticket is solved." in thread
    assert "You marked this ticket as solved." in thread
    thread = form_to(thread, "/reopen").submit().follow()
    assert "We are working on it." in thread
    assert "You reopened this ticket." in thread
    assert desk.state_of(1) == State.OPEN


def test_staff_have_a_home_of_their_own(desk: Desk) -> None:
    for first in ("ben", "ada"):
        page = desk.get("/", desk.world.browser(first))
        assert page.html.h1.get_text() == "Home"


def test_a_visitor_who_is_not_signed_in_is_sent_to_sign_in(desk: Desk) -> None:
    for path in ("/", "/tickets", "/tickets/new", "/profile"):
        sent = desk.get(path, desk.world.anonymous())
        assert sent.status_int == 303
        assert "/login?next=" in sent.location
