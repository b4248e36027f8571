"""What is being written is kept, comes back, and is nobody else's."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, event, update
from sqlalchemy.orm import Session
from webtest import Upload

from portal.attachments.models import Attachment
from portal.attachments.upkeep import REMOVE_FORGOTTEN
from portal.composer.drafts import DraftService, Written
from portal.composer.models import Draft
from portal.jobs import enqueue
from tests.factories.jobs import JobRunner
from tests.functional.composer.conftest import Composing


def test_a_draft_comes_back_when_the_ticket_is_opened(desk: Composing) -> None:
    number = desk.ticket()
    assert desk.save(number, "Which hinge") == 1
    page = desk.get(f"/tickets/{number}")
    assert page.forms["composer"]["body"].value == "Which hinge"
    assert "Draft from" in page
    assert "composer" not in desk.get(f"/tickets/{number}?compose=closed").forms


def test_drafts_stand_beside_the_views_of_their_writer(desk: Composing) -> None:
    number = desk.ticket()
    assert "Your drafts" not in desk.get("/tickets")
    desk.save(number, "Which hinge is it?")
    for path in ("/", "/tickets", f"/tickets/{number}"):
        assert "Which hinge is it?" in desk.get(path).click("Your drafts", index=0)
    assert "Your drafts" not in desk.get("/", desk.world.browser("bea"))


def test_a_draft_is_its_writers_alone(desk: Composing) -> None:
    number = desk.ticket()
    desk.save(number, "I am not sure about this one.")
    for other in (desk.bea, desk.world.browser("cleo")):
        assert "I am not sure" not in desk.get(f"/tickets/{number}", other)
        assert "I am not sure" not in desk.get("/tickets/drafts", other)
    assert "I am not sure" in desk.get("/tickets/drafts")


def test_a_customer_writes_no_note(desk: Composing) -> None:
    number = desk.ticket()
    cleo = desk.world.browser("cleo")
    token = desk.get(f"/tickets/{number}", cleo).html.select_one("[name=csrf_token]")["value"]
    url = desk.world.url(f"/tickets/{number}/draft?kind=note")
    cleo.post(url, {"csrf_token": token, "body": "Psst."}, status=404)


def test_sending_forgets_it_and_discarding_does_too(desk: Composing) -> None:
    desk.prefer("ben", undo_seconds=0)
    number = desk.ticket()
    desk.save(number, "Which hinge is it?")
    desk.composer(number).submit("then", value="send")
    assert desk.drafts(number) == []
    assert desk.messages(number)[-1].body == "Which hinge is it?"

    desk.save(number, "One more thing", kind="note")
    page = desk.get(f"/tickets/{number}?compose=note")
    button = page.html.select_one("button[data-draft-discard]")
    form = page.forms["composer"]
    form.action = button["formaction"]
    assert "The draft is discarded." in form.submit().follow()
    assert desk.drafts(number) == []


def test_two_windows_do_not_overwrite_each_other(desk: Composing) -> None:
    number = desk.ticket()
    first = desk.save(number, "From the left window", form_key="left-left-left-left")
    assert (
        desk.save(number, "From the left", form_key="left-left-left-left", revision=first)
        == first + 1
    )
    # The right one began before there was a draft.
    theirs = desk.save(number, "From the right", form_key="right-right-right-right", status=409)
    assert desk.drafts(number) == [("reply", "From the left")]
    desk.save(number, "From the right", form_key="right-right-right-right", revision=theirs)
    assert desk.drafts(number) == [("reply", "From the right")]


def test_two_first_saves_of_one_page_at_once_are_both_heard(desk: Composing) -> None:
    number, seed = desk.ticket(), desk.world.seed
    ben = desk.world.factory.identity(seed, "ben")

    def save(db: Session, body: str) -> int:
        written = Written(body, form_key="one-page-only-one")
        return DraftService(db, seed.tenant, ben).save(number, "reply", written)

    first: list[int] = []
    with desk.world.factory.session(seed.tenant.id) as later:

        def meanwhile(_on: Connection, _at: Any, statement: str, *_more: Any) -> None:
            if statement.startswith("INSERT INTO drafts") and not first:
                with desk.world.factory.session(seed.tenant.id) as earlier:
                    first.append(save(earlier, "Which"))

        event.listen(later.connection(), "before_cursor_execute", meanwhile)
        assert save(later, "Which hinge") == 2
    assert desk.drafts(number) == [("reply", "Which hinge")]


def test_what_was_sent_is_not_saved_again_by_a_window_that_stayed_open(desk: Composing) -> None:
    desk.prefer("ben", undo_seconds=0)
    number = desk.ticket()
    revision = desk.save(number, "Which hinge is it?")
    desk.composer(number).submit("then", value="send")
    assert desk.save(number, "Which hinge is it? And", revision=revision, status=409) == 0
    assert desk.drafts(number) == []


def test_an_empty_draft_is_none(desk: Composing) -> None:
    number = desk.ticket()
    revision = desk.save(number, "Which")
    assert desk.save(number, "  ", revision=revision) == 0
    assert desk.drafts(number) == []


def test_without_script_every_button_keeps_it(desk: Composing) -> None:
    number = desk.ticket()
    form = desk.composer(number, "note")
    form["body"] = "Third one from this batch."
    form["files"] = [Upload("hinge.txt", b"It is the third.", "text/plain")]
    form.submit("keep")
    again = desk.get(f"/tickets/{number}").forms["composer"]
    assert again["body"].value == "Third one from this batch."
    assert "hinge.txt" in again.text
    # Changed into a reply, it is the draft of one.
    asked = again.submit("become", value="reply").forms["composer"]
    asked.submit("become", value="reply-sure")
    assert desk.drafts(number) == [("reply", "Third one from this batch.")]


def test_a_customers_answer_and_new_ticket_are_kept(desk: Composing) -> None:
    cleo, number = desk.world.browser("cleo"), desk.ticket()
    form = desk.get(f"/tickets/{number}", cleo).forms["answer"]
    form["body"] = "It is the left one."
    form.submit("keep")
    assert desk.get(f"/tickets/{number}", cleo).forms["answer"]["body"].value == form["body"].value

    new = desk.get("/tickets/new", cleo)
    form = next(each for each in new.forms.values() if "subject" in each.fields)
    form["subject"], form["body"] = "Another hinge", ""
    form.submit(status=422)
    page = desk.get("/tickets/new", cleo)
    form = next(each for each in page.forms.values() if "subject" in each.fields)
    assert form["subject"].value == "Another hinge"
    form["body"] = "It squeaks."
    form.submit()
    assert desk.rows(Draft, Draft.kind == "ticket") == []
    for path in ("/", "/tickets"):
        listed = desk.get(path, cleo).click("You have a draft that is not sent")
        assert "Left hinge cracked" in listed
        assert "Another hinge" not in listed


def test_drafts_follow_a_merge(desk: Composing) -> None:
    source, target = desk.ticket(), desk.ticket("Hinge again")
    desk.save(source, "About the first")
    desk.save(target, "About the second")
    desk.save(source, "A note", kind="note")
    with desk.merging() as service:
        service.merge(service.get(source), service.get(target))
    assert desk.drafts(source) == []
    assert desk.drafts(target) == [
        ("note", "A note"),
        ("reply", "About the second\n\nAbout the first"),
    ]


def test_the_sweep_of_files_spares_those_of_drafts(desk: Composing, run_jobs: JobRunner) -> None:
    number = desk.ticket()
    for kind, name in (("note", "kept.txt"), ("reply", "forgotten.txt")):
        form = desk.composer(number, kind)
        form["body"] = "With a file."
        form["files"] = [Upload(name, b"A file.", "text/plain")]
        form.submit("keep")
    desk.save(number, "Without it", revision=1)
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        long_ago = datetime.now(UTC) - timedelta(days=40)
        db.execute(
            update(Attachment)
            .where(Attachment.tenant_id == seed.tenant.id)
            .values(created_at=long_ago)
        )
        enqueue(db, REMOVE_FORGOTTEN)
    run_jobs()
    assert [file.filename for file in desk.rows(Attachment)] == ["kept.txt"]
