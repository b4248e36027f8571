"""Replies and notes: sent once, to whom they are meant for, and never past something new."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from webtest import Upload

from portal.attachments.models import Attachment
from portal.tickets.models import State
from portal.tickets.service import Draft
from tests.functional.agent.conftest import Desk


def test_the_composer_starts_as_two_buttons(desk: Desk) -> None:
    page = desk.get(f"/tickets/{desk.ticket()}")
    assert "composer" not in page.forms
    assert page.html.select_one("#composer a.button.primary").text == "Reply to customer"
    assert "Only your team sees this" not in page


def test_a_reply_goes_to_the_customer_and_sets_the_ticket_pending(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number)
    assert "Cleo Customer" in form.text
    form["body"] = "Which hinge is it, **left** or right?"
    sent = form.submit("then", value="pending")
    page = sent.follow()

    assert sent.location.endswith(f"#m{desk.messages(number)[-1].id}")
    assert "Reply sent to Cleo Customer." in page
    assert "<strong>left</strong>" in page
    ticket = desk.stored(number)
    assert ticket.state == State.PENDING
    assert ticket.assignee_id == desk.world.seed.users["ben"].id
    assert "Which hinge is it" in desk.get(f"/tickets/{number}", desk.world.browser("cleo"))


@pytest.mark.parametrize(
    ("button", "state"),
    [("send", State.OPEN), ("pending", State.PENDING), ("solved", State.SOLVED)],
)
def test_the_send_buttons_set_the_state_that_they_name(
    desk: Desk, button: str, state: State
) -> None:
    number = desk.ticket()
    form = desk.composer(number)
    form["body"] = "Here is the answer."
    form.submit("then", value=button)
    assert desk.stored(number).state == state


def test_a_note_is_for_the_team_only(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number, "note")
    assert "Only your team sees this" in form.text
    form["body"] = "Third one from this batch."
    page = form.submit().follow()

    assert "Note added. Only your team sees it." in page
    assert page.html.select_one(".message.note-ground .body").text.strip().startswith("Third one")
    assert desk.stored(number).state == State.NEW
    assert "Third one" not in desk.get(f"/tickets/{number}", desk.world.browser("cleo"))


def test_an_empty_reply_is_refused_beside_its_field(desk: Desk) -> None:
    number = desk.ticket()
    page = desk.composer(number).submit("then", value="pending", status=422)
    assert page.html.select_one("#body-error").text.strip() == "Write your message first."
    assert len(desk.messages(number)) == 1


def test_a_thread_that_moved_on_shows_what_is_new_and_keeps_the_draft(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number)
    form["body"] = "We send you a new one."
    new = desk.write(number, "Forget it, I found the screw.")

    page = form.submit("then", value="solved", status=409)
    assert "somebody wrote while you did" in page
    assert page.html.select_one(f"#m{new.id} .tag").text == "New"
    again = page.forms["composer"]
    assert again["body"].value == "We send you a new one."
    assert len(desk.messages(number)) == 2
    assert desk.stored(number).state == State.NEW

    again.submit("then", value="solved", status=303)
    assert [message.body for message in desk.messages(number)][2:] == ["We send you a new one."]
    assert desk.stored(number).state == State.SOLVED


def test_a_note_too_is_not_added_past_something_new(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number, "note")
    form["body"] = "I look after this."
    desk.act(
        number, "bea", lambda service, ticket: service.note(ticket, Draft("Mine."), seen=2**62)
    )
    page = form.submit(status=409)
    assert page.forms["composer"]["body"].value == "I look after this."
    assert "Mine." in page


def test_looking_at_a_preview_does_not_count_as_having_read_what_is_new(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number)
    form["body"] = "_Soon._"
    desk.write(number, "How long?")
    page = form.submit("preview")
    assert page.html.select_one("section.preview em").text == "Soon."
    page.forms["composer"].submit("then", value="pending", status=409)


def test_a_note_becomes_a_reply_only_after_asking(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number, "note")
    form["body"] = "The customer is right."
    asked = form.submit("become", value="reply")
    assert "Make this note a reply?" in asked
    assert "Cleo Customer will be able to read all of it" in asked
    assert "Only your team sees this" in asked

    kept = asked.forms["composer"].submit("become", value="note")
    assert "Make this note a reply?" not in kept
    assert kept.forms["composer"].action.partition("?")[0].endswith("/note")

    reply = asked.forms["composer"].submit("become", value="reply-sure").forms["composer"]
    assert reply.action.partition("?")[0].endswith("/reply")
    assert reply["body"].value == "The customer is right."
    reply.submit("then", value="send", status=303)
    assert [message.kind for message in desk.messages(number)] == ["reply", "reply"]


def test_an_empty_note_and_a_reply_change_without_asking(desk: Desk) -> None:
    number = desk.ticket()
    reply = desk.composer(number, "note").submit("become", value="reply").forms["composer"]
    assert "Reply to customer" in reply.text
    reply["body"] = "For colleagues, rather."
    note = reply.submit("become", value="note").forms["composer"]
    assert "Only your team sees this" in note.text
    assert note["body"].value == "For colleagues, rather."


def test_the_same_words_as_a_note_and_then_as_a_reply_are_two_messages(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number, "note")
    form["body"] = "We refund it."
    form.submit(status=303)
    # Back in the browser, the old page again: made a reply after all.
    asked = form.submit("become", value="reply").forms["composer"]
    again = asked.submit("become", value="reply-sure").forms["composer"]
    again["seen"] = str(desk.stored(number).last_message_id)
    again["seen_count"] = "2"
    again.submit("then", value="send", status=303)
    assert [message.kind for message in desk.messages(number)] == ["reply", "note", "reply"]


def test_a_double_click_makes_one_message(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number)
    form["body"] = "Once is enough."
    fields = form.submit_fields("then", submit_value="pending")

    def send() -> int:
        browser = desk.world.anonymous()
        browser.cookiejar = desk.ben.cookiejar
        status: int = browser.post(form.action, fields).status_int
        return status

    with ThreadPoolExecutor(2) as pool:
        answers = [future.result() for future in [pool.submit(send) for _ in range(2)]]
    assert answers == [303, 303]
    assert [message.body for message in desk.messages(number)][1:] == ["Once is enough."]
    assert desk.events(number).count("state") == 1


def test_files_survive_an_error_and_are_sent_with_the_second_try(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number)
    form["files"] = [Upload("label.txt", b"Return label", "text/plain")]
    page = form.submit("then", value="pending", status=422)
    again = page.forms["composer"]
    assert "label.txt" in again.text

    again["body"] = "Print the label."
    thread = again.submit("then", value="pending").follow()
    (attachment,) = desk.rows(Attachment)
    assert attachment.message_id == desk.messages(number)[-1].id
    link = thread.html.select_one(f"#m{attachment.message_id} a.file")
    assert desk.ben.get(link["href"]).body == b"Return label"


def test_a_waiting_file_can_be_taken_off(desk: Desk) -> None:
    form = desk.composer(desk.ticket())
    form["files"] = [Upload("wrong.txt", b"Oops", "text/plain")]
    again = form.submit("then", value="pending", status=422).forms["composer"]
    page = again.submit("discard")
    assert "wrong.txt" not in page
    assert desk.rows(Attachment) == []


def test_a_ticket_that_was_closed_meanwhile_takes_no_reply_and_keeps_the_words(desk: Desk) -> None:
    number = desk.ticket()
    form = desk.composer(number)
    form["body"] = "One more thing."
    desk.act(number, "bea", lambda service, ticket: service.set_state(ticket, State.CLOSED))
    page = form.submit("then", value="pending", status=409)
    kept = page.forms["composer"]
    assert "What you wrote is kept here as a note." in page
    assert kept["body"].value == "One more thing."
    kept.submit(status=303)
    assert desk.messages(number)[-1].kind == "note"


def test_a_closed_ticket_offers_a_note_but_no_reply(desk: Desk) -> None:
    number = desk.ticket()
    desk.act(number, "bea", lambda service, ticket: service.set_state(ticket, State.CLOSED))
    page = desk.get(f"/tickets/{number}?compose=reply")
    assert "composer" not in page.forms
    assert "Reply to customer" not in page
    assert "This ticket is closed. It takes no more replies." in page
    page.click("Internal note", href="compose=note").forms["composer"]


def test_an_agent_who_asks_for_help_answers_as_a_customer_does(desk: Desk) -> None:
    number = desk.ticket(by="ben")
    desk.act(number, "bea", lambda service, ticket: service.set_state(ticket, State.PENDING))
    form = desk.composer(number)
    assert "Send and set pending" not in form.text
    form["body"] = "It is the blue one."
    form.submit("then", value="send", status=303)
    assert desk.stored(number).state == State.OPEN


def test_the_address_of_a_sent_form_leads_back_to_the_form(desk: Desk) -> None:
    number = desk.ticket()
    page = desk.get(f"/tickets/{number}/note?from=state%3Dpending").follow()
    assert "Only your team sees this" in page
    assert page.html.select_one("a.back").text == "Pending"
