"""Another ticket is merged into the one that somebody writes to: what it brings is older by its
numbers, and still nobody has seen it there."""

from portal.tickets.merging import MergeService
from portal.tickets.models import Message, Ticket
from tests.functional.agent.conftest import Desk


def merge(desk: Desk, source: int, target: int) -> list[int]:
    """Merge two tickets as bea does. The ids of the source's messages."""
    seed = desk.world.seed
    moved = [message.id for message in desk.messages(source)]
    with desk.world.factory.session(seed.tenant.id) as db:
        service = MergeService(db, seed.tenant, desk.world.factory.identity(seed, "bea"))
        service.merge(service.get(source), service.get(target))
    return moved


def bodies(desk: Desk, number: int) -> list[str]:
    return [message.body for message in desk.rows(Message, Message.ticket_number == number)]


def test_a_reply_is_held_back_and_what_came_is_shown(desk: Desk) -> None:
    older = desk.ticket("It hums", body="The older one.")
    number = desk.ticket(body="The one that is replied to.")
    for words in ("One.", "Two.", "Three.", "Four.", "Five.", "Six."):
        desk.write(number, words)
    form = desk.composer(number)
    form["body"] = "We send you a new one."
    (moved,) = merge(desk, older, number)

    page = form.submit("then", value="solved", status=409)
    assert "another ticket was merged into this one" in page
    assert page.html.select_one(f"#m{moved} .tag").text == "New"
    assert page.html.select_one(f"#m{moved}").find_parent("details") is None
    again = page.forms["composer"]
    assert again["body"].value == "We send you a new one."
    assert "We send you a new one." not in bodies(desk, number)

    again.submit("then", value="solved", status=303)
    assert "We send you a new one." in bodies(desk, number)


def test_a_note_and_a_reply_that_waits_for_undo_are_held_back_too(desk: Desk) -> None:
    older, number = desk.ticket("It hums"), desk.ticket()
    note, reply = desk.composer(number, "note"), desk.composer(number)
    note["body"], reply["body"] = "Mine.", "Yours."
    merge(desk, older, number)
    with desk.world.factory.session(desk.world.seed.tenant.id) as db:
        db.merge(desk.world.seed.users["ben"]).preferences = {"undo_seconds": 10}
    note.submit(status=409)
    reply.submit("then", value="send", status=409)


def test_ones_own_message_in_between_is_known(desk: Desk) -> None:
    number = desk.ticket()
    reply = desk.composer(number)
    note = desk.composer(number, "note")
    note["body"] = "Mine."
    note.submit(status=303)
    reply["body"] = "Written beside it."
    reply.submit("then", value="send", status=303)


def test_an_answer_of_the_customer_is_held_back(desk: Desk) -> None:
    older = desk.ticket("It hums", body="The older one.")
    number = desk.ticket()
    cleo = desk.world.browser("cleo")
    form = desk.get(f"/tickets/{number}", cleo).forms["answer"]
    form["body"] = "One more thing."
    (moved,) = merge(desk, older, number)
    page = form.submit(status=409)
    assert page.html.select_one(f"#m{moved} .tag").text == "New"
    page.forms["answer"].submit(status=303)
    assert "One more thing." in bodies(desk, number)


def test_what_went_to_another_ticket_holds_nothing_back(desk: Desk) -> None:
    number = desk.ticket()
    desk.write(number, "This is something else.")
    form = desk.composer(number)
    form["body"] = "Still yours."
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        service = MergeService(db, seed.tenant, desk.world.factory.identity(seed, "bea"))
        ticket: Ticket = service.get(number)
        service.split(ticket, [ticket.last_message_id], "Something else")
    form.submit("then", value="send", status=303)
