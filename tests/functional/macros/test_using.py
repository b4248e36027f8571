"""A macro in the composer: it writes, it says what it changes, and nothing happens before Send."""

from datetime import UTC, datetime

from sqlalchemy import update
from webtest.forms import Form
from webtest.response import TestResponse

from portal.macros.models import Macro, MacroScope
from portal.people.models import User
from portal.tickets.mark_models import TicketTag
from portal.tickets.models import EventKind, MessageKind, Priority, State, Ticket
from portal.topics.models import CustomField, Topic, TopicField
from tests.factories.jobs import JobRunner
from tests.functional.composer.test_undo import make_due
from tests.functional.macros.conftest import MacroDesk, after, carried

ESCALATE = {
    "state": "on_hold",
    "priority": "high",
    "assignee": "me",
    "add_tags": ["hinge", "repair"],
}


def tags(desk: MacroDesk, number: int) -> list[str]:
    return sorted(row.tag for row in desk.rows(TicketTag, TicketTag.ticket_number == number))


def test_a_macro_writes_what_it_knows_of_the_ticket(desk: MacroDesk) -> None:
    number = desk.ticket("Left *hinge* <b>cracked</b>")
    body = (
        "Dear {{ requester.first_name | there }},\n\nabout #{{ ticket.number }}, "
        "{{ ticket.subject }}: {{ ticket.url }}\n\n{{ agent.name }}, {{ company }}"
    )
    key = desk.macro(body=body, actions=ESCALATE)
    form = desk.use(desk.composer(number), key, "I have looked.")
    assert form["body"].value.replace("\r", "") == (
        f"I have looked.\n\nDear Cleo,\n\nabout #{number}, "
        "Left \\*hinge\\* \\<b\\>cracked\\</b\\>: "
        f"http://localhost/{desk.world.slug}/tickets/{number}\n\n"
        f"Ben Agent, {desk.world.seed.tenant.name}"
    )
    ben = desk.world.seed.users["ben"].id
    assert carried(form) == [
        f"assignee:{ben}",
        "priority:high",
        "add_tags:hinge",
        "add_tags:repair",
        "state:on_hold",
    ]
    words = " ".join(desk.get(f"/tickets/{number}").html.select_one(".carried").text.split())
    assert "State → On hold" in words
    assert "Tag + hinge" in words
    assert desk.stored(number).state == State.NEW
    assert tags(desk, number) == []
    assert desk.drafts(number)[0][0] == "reply"


def test_what_a_macro_changes_goes_with_the_reply_and_comes_back_with_undo(
    desk: MacroDesk, run_jobs: JobRunner
) -> None:
    number = desk.ticket()
    key = desk.macro(actions=ESCALATE)
    form = desk.use(desk.composer(number), key)
    # The button that stands first leaves the state to the macro.
    page = form.submit("then", value="send").follow()
    assert "is on its way" in page
    assert "Tag + hinge" in " ".join(page.html.select_one("#sending").text.split())
    assert (desk.stored(number).state, tags(desk, number)) == (State.NEW, [])
    assert desk.stored_macro(key).uses == 0

    again = undo(page)
    assert again["body"].value == "Thank you."
    assert len(carried(again)) == 5
    assert desk.events(number) == [EventKind.CREATED]

    again.submit("then", value="send").follow()
    make_due(desk)
    run_jobs(later=True)
    ticket = desk.stored(number)
    assert (ticket.state, ticket.priority) == (State.ON_HOLD, Priority.HIGH)
    assert ticket.assignee_id == desk.world.seed.users["ben"].id
    assert tags(desk, number) == ["hinge", "repair"]
    assert [message.body for message in desk.messages(number)][1:] == ["Thank you."]
    assert sorted(desk.events(number)) == ["assignee", "created", "priority", "state", "tags"]
    macro = desk.stored_macro(key)
    assert (macro.uses, macro.used_at is not None) == (1, True)


def test_without_a_hold_all_of_it_goes_at_once(desk: MacroDesk) -> None:
    desk.prefer("ben", undo_seconds=0)
    number, team = desk.ticket(), desk.team("Repairs", "bea")
    key = desk.macro(actions={"state": "pending", "team": team, "remove_tags": ["new"]})
    form = desk.use(desk.composer(number), key)
    assert len(carried(form)) == 3
    page = form.submit("then", value="pending").follow()
    assert "Reply sent to Cleo Customer." in page
    ticket = desk.stored(number)
    assert (ticket.state, ticket.team_id) == (State.PENDING, team)
    # It goes to the team, by whose choice nobody has it yet.
    assert ticket.assignee_id is None
    assert desk.stored_macro(key).uses == 1


def test_the_send_button_counts_for_more_and_a_change_can_be_left_out(desk: MacroDesk) -> None:
    desk.prefer("ben", undo_seconds=0)
    number = desk.ticket()
    form = desk.use(desk.composer(number), desk.macro(actions=ESCALATE))
    form = after(form.submit("drop", value="add_tags:hinge"))
    assert "add_tags:hinge" not in carried(form)
    assert "add_tags:repair" in carried(form)
    form.submit("then", value="solved").follow()
    assert desk.stored(number).state == State.SOLVED
    assert tags(desk, number) == ["repair"]


def test_a_note_takes_its_changes_with_it(desk: MacroDesk) -> None:
    number = desk.ticket()
    key = desk.macro("Check", kind=MessageKind.NOTE, actions={"state": "open"}, body="Checked.")
    # Nothing is written yet: the reply becomes a note.
    form = desk.use(desk.composer(number), key)
    assert form.action.partition("?")[0].endswith("/note")
    page = form.submit().follow()
    assert "Note added." in page
    assert desk.messages(number)[-1].kind == MessageKind.NOTE
    assert desk.stored(number).state == State.OPEN
    assert desk.drafts(number) == []


def test_a_written_reply_is_never_turned_into_a_note(desk: MacroDesk) -> None:
    number = desk.ticket()
    note = desk.macro("Check", kind=MessageKind.NOTE)
    form = desk.composer(number)
    form["body"] = "Half a reply"
    offered = form.submit("macros", value="1")
    assert "No macro" not in offered
    assert not offered.html.select(f"[name=use][value='{note}']")
    fields = [*after(offered).submit_fields(), ("use", str(note))]
    answered = desk.ben.post(form.action, fields, status=409)
    assert "This macro cannot be used here any more." in answered
    assert after(answered)["body"].value == "Half a reply"


def test_macros_are_found_the_most_used_first(desk: MacroDesk) -> None:
    number = desk.ticket()
    keys = [desk.macro(name) for name in ("Apology", "Refund", "Return 100%")]
    desk.macro("Of bea", by="bea", scope=MacroScope.MINE)
    with desk.world.factory.session(desk.world.seed.tenant.id) as db:
        often = {"uses": 9, "used_at": datetime.now(UTC)}
        db.execute(update(Macro).where(Macro.id == keys[1]).values(**often))
    page = desk.get(f"/tickets/{number}?compose=reply&macros=1")
    offered = [int(each["value"]) for each in page.html.select("[name=use]")]
    assert offered == [keys[1], keys[0], keys[2]]
    form = after(page)
    form["find"] = "100%"
    # The button that Enter presses comes first.
    found = form.submit("macros", index=0)
    assert [int(each["value"]) for each in found.html.select("[name=use]")] == [keys[2]]
    piece = desk.get(f"/tickets/{number}/macros?kind=reply&find=apol")
    assert [int(each["value"]) for each in piece.html.select("[name=use]")] == [keys[0]]
    after(page)["find"] = "nothing such"
    assert "No macro has these words." in after(page).submit("macros", index=0)


def test_what_can_no_longer_be_changed_is_said_and_nothing_is_lost(
    desk: MacroDesk, run_jobs: JobRunner
) -> None:
    number, bea = desk.ticket(), desk.world.seed.users["bea"]
    key = desk.macro(actions={"assignee": bea.id, "add_tags": ["late"]})
    form = desk.use(desk.composer(number), key)
    form.submit("then", value="send").follow()
    disable(desk, bea.id)
    make_due(desk)
    run_jobs(later=True)
    assert len(desk.messages(number)) == 1
    assert tags(desk, number) == []
    page = desk.get(f"/tickets/{number}")
    assert "something that was to be changed with it could not be changed" in page

    refused = after(page).submit("then", value="send", status=409)
    assert "takes no tickets any more" in refused
    form = after(refused)
    assert form["body"].value == "Thank you."
    assert len(carried(form)) == 2
    form = after(form.submit("drop", value=f"assignee:{bea.id}"))
    assert "is on its way" in form.submit("then", value="send").follow()


def test_a_closed_ticket_takes_a_note_but_no_state(desk: MacroDesk) -> None:
    number = desk.ticket()
    desk.act(number, "ben", lambda service, ticket: service.set_state(ticket, State.CLOSED))
    actions = {"state": "open", "add_tags": ["again"]}
    key = desk.macro(kind=MessageKind.NOTE, actions=actions)
    form = desk.use(desk.composer(number, "note"), key)
    refused = form.submit(status=409)
    assert "the ticket is closed, and stays so" in refused
    assert len(desk.messages(number)) == 1
    assert tags(desk, number) == []
    form = after(after(refused).submit("drop", value="state:open"))
    assert "Note added." in form.submit().follow()
    assert tags(desk, number) == ["again"]


def test_a_macro_solves_nothing_that_lacks_what_is_required(desk: MacroDesk) -> None:
    number = desk.ticket()
    ask_cause(desk, number)
    key = desk.macro(kind=MessageKind.NOTE, actions={"state": "solved", "priority": "low"})
    refused = desk.use(desk.composer(number, "note"), key).submit(status=422)
    assert "cannot be solved before this is filled in: “Cause”" in refused
    form = after(refused)
    assert (form["body"].value, len(carried(form))) == ("Thank you.", 2)
    ticket = desk.stored(number)
    assert (ticket.state, ticket.priority) == (State.NEW, Priority.NORMAL)
    assert len(desk.messages(number)) == 1


def test_a_macro_sets_the_topic_and_solves_nothing_that_the_new_one_asks_for(
    desk: MacroDesk, run_jobs: JobRunner
) -> None:
    number, other = desk.ticket(), desk.ticket("Another")
    ask_cause(desk, other)
    (topic,) = desk.rows(Topic)
    key = desk.macro(actions={"topic": topic.id, "state": "solved"})
    page = desk.use(desk.composer(number), key).submit("preview")
    words = " ".join(page.html.select_one(".carried").text.split())
    assert "Topic → Repair" in words
    # Whether the macro or the button solves, held or not.
    for seconds in (10, 0):
        desk.prefer("ben", undo_seconds=seconds)
        for then, word in (("send", None), ("solved", "state:solved")):
            form = after(page if word is None else after(page).submit("drop", value=word))
            refused = form.submit("then", value=then, status=422)
            assert "with its new topic the ticket cannot be solved before" in refused
            assert after(refused)["body"].value == "Thank you."
    assert (desk.stored(number).topic_id, desk.stored(number).state) == (None, State.NEW)
    # What is asked stands on the page when the topic is there; then it is said as ever.
    desk.prefer("ben", undo_seconds=30)
    after(page).submit("then", value="pending").follow()
    make_due(desk)
    run_jobs(later=True)
    ticket = desk.stored(number)
    assert (ticket.topic_id, ticket.state) == (topic.id, State.PENDING)
    assert EventKind.TOPIC in desk.events(number)
    again = desk.use(desk.composer(number), key).submit("then", value="solved", status=422)
    assert "Nothing was sent: the ticket cannot be solved before" in again


def test_a_topic_that_is_offered_no_more_is_told(desk: MacroDesk) -> None:
    number, other = desk.ticket(), desk.ticket("Another")
    ask_cause(desk, other)
    (topic,) = desk.rows(Topic)
    form = desk.use(desk.composer(number), desk.macro(actions={"topic": topic.id}))
    with desk.world.factory.session(desk.world.seed.tenant.id) as db:
        db.get_one(Topic, (topic.tenant_id, topic.id)).archived_at = datetime.now(UTC)
    refused = form.submit("then", value="send", status=409)
    assert "the topic that the ticket was to have is not offered any more" in refused
    form = after(after(refused).submit("drop", value=f"topic:{topic.id}"))
    assert "is on its way" in form.submit("then", value="send").follow()


def test_a_form_that_is_sent_twice_counts_once(desk: MacroDesk) -> None:
    desk.prefer("ben", undo_seconds=0)
    number = desk.ticket()
    key = desk.macro(actions={"priority": "low"})
    form = desk.use(desk.composer(number), key)
    form.submit("then", value="send").follow()
    desk.act(number, "bea", lambda service, ticket: service.set_priority(ticket, Priority.URGENT))
    form.submit("then", value="send").follow()
    assert desk.stored_macro(key).uses == 1
    assert desk.stored(number).priority == Priority.URGENT


def ask_cause(desk: MacroDesk, number: int) -> None:
    """The ticket's topic asks for a cause before it can be solved."""
    tenant_id = desk.world.seed.tenant.id
    with desk.world.factory.session(tenant_id) as db:
        cause = CustomField(
            tenant_id=tenant_id, key="cause", label="Cause", kind="text", required_to_solve=True
        )
        topic = Topic(tenant_id=tenant_id, name="Repair")
        db.add_all([cause, topic])
        db.flush()
        db.add(TopicField(tenant_id=tenant_id, topic_id=topic.id, field_id=cause.id))
        db.get_one(Ticket, (tenant_id, number)).topic_id = topic.id


def disable(desk: MacroDesk, user_id: int) -> None:
    """Somebody no longer works here."""
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        db.get_one(User, (seed.tenant.id, user_id)).disabled_at = datetime.now(UTC)


def undo(page: TestResponse) -> Form:
    """The composer after its reply was taken back."""
    form = next(each for each in page.forms.values() if "/undo" in each.action)
    return after(form.submit().follow())
