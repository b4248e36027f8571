"""Undo send: a reply waits, goes exactly once, or is a draft again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from webtest import Upload

from portal.composer.held import release
from portal.composer.models import HeldReply
from portal.tickets.models import State
from tests.factories.jobs import Done, JobRunner
from tests.functional.composer.conftest import Composing


def make_due(desk: Composing) -> None:
    """Let the time of every reply that waits be up."""
    tenant_id = desk.world.seed.tenant.id
    with desk.world.factory.session(tenant_id) as db:
        past = datetime.now(UTC) - timedelta(seconds=1)
        db.execute(
            update(HeldReply).where(HeldReply.tenant_id == tenant_id).values(release_at=past)
        )


def test_until_it_goes_only_its_author_reads_it(desk: Composing, run_jobs: JobRunner) -> None:
    number = desk.ticket()
    page = desk.send(number, "Here is the **answer**.")
    assert "Your reply to Cleo Customer is on its way." in page
    assert page.html.select_one("#sending strong + *, #sending .body strong").text
    assert "Undo" in page.html.select_one("#sending").text

    colleague = desk.get(f"/tickets/{number}", desk.bea)
    assert "Ben Agent is sending a reply." in " ".join(colleague.html.get_text().split())
    cleo = desk.world.browser("cleo")
    for page in (colleague, desk.get(f"/tickets/{number}", cleo)):
        assert "answer</strong>" not in page
    assert desk.stored(number).state == State.NEW

    assert Done("composer.release_reply", "succeeded") in run_jobs(later=True)
    assert "answer</strong>" in desk.get(f"/tickets/{number}", cleo)
    ticket = desk.stored(number)
    assert (ticket.state, ticket.assignee_id) == (
        State.PENDING,
        desk.world.seed.users["ben"].id,
    )
    assert desk.held(number) == []


def test_undo_puts_text_files_and_choice_back(desk: Composing, run_jobs: JobRunner) -> None:
    number = desk.ticket()
    form = desk.composer(number)
    form["body"] = "Too fast."
    form["files"] = [Upload("wrong.txt", b"The wrong file.", "text/plain")]
    form.submit("then", value="solved")
    # From another page: what was sent is still there to be undone.
    page = desk.get(f"/tickets/{number}")
    undo = next(each for each in page.forms.values() if "/undo" in each.action)
    leads_to = undo.submit()
    back = leads_to.follow()
    assert "It is back in the composer." in back
    assert back.forms["composer"]["body"].value == "Too fast."
    # A browser gives the focus to what the fragment names, and to no other field then.
    assert leads_to.location.endswith(f"#{back.forms['composer']['body'].id}")
    assert "wrong.txt" in back.forms["composer"].text
    assert back.html.select_one("#composer .split button")["value"] == "solved"
    run_jobs(later=True)
    assert len(desk.messages(number)) == 1


def test_undo_too_late_says_so(desk: Composing, run_jobs: JobRunner) -> None:
    number = desk.ticket()
    page = desk.send(number, "On its way.")
    undo = next(each for each in page.forms.values() if "/undo" in each.action)
    run_jobs(later=True)
    assert "It was too late: the reply has been sent." in undo.submit().follow()
    assert desk.drafts(number) == []


def test_nobody_undoes_a_colleagues_reply(desk: Composing) -> None:
    number = desk.ticket()
    desk.send(number, "Mine.")
    (held,) = desk.held(number)
    token = desk.get(f"/tickets/{number}", desk.bea).html.select_one("[name=csrf_token]")["value"]
    desk.bea.post(desk.world.url(f"/tickets/{number}/undo?held={held.id}"), {"csrf_token": token})
    assert len(desk.held(number)) == 1


@pytest.mark.parametrize("reader", ["ben", "bea", "cleo"])
def test_whoever_reads_the_ticket_sends_what_is_due(desk: Composing, reader: str) -> None:
    number = desk.ticket()
    desk.send(number, "The worker is down.")
    make_due(desk)
    page = desk.get(f"/tickets/{number}", desk.world.browser(reader))
    assert "The worker is down." in page.html.select(".message")[-1].text
    assert len(desk.messages(number)) == 2


@pytest.mark.parametrize("reader", ["bea", "cleo"])
def test_whoever_reads_the_list_sends_what_is_due(desk: Composing, reader: str) -> None:
    number = desk.ticket()
    desk.send(number, "The worker is down.", "send")
    make_due(desk)
    assert "The worker is down." in desk.get("/tickets", desk.world.browser(reader))
    assert len(desk.messages(number)) == 2


def test_it_goes_exactly_once_whoever_is_first(desk: Composing, run_jobs: JobRunner) -> None:
    number = desk.ticket()
    desk.send(number, "Once.")
    (held,) = desk.held(number)
    seed = desk.world.seed

    def try_it(_: int) -> bool:
        with desk.world.factory.session(seed.tenant.id) as db:
            return release(db, seed.tenant, held.id) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(try_it, range(4))) == [False, False, False, True]
    run_jobs(later=True)
    assert [message.body for message in desk.messages(number)][1:] == ["Once."]


def test_two_clicks_are_held_once(desk: Composing) -> None:
    number = desk.ticket()
    form = desk.composer(number)
    form["body"] = "Twice."
    form.submit("then", value="send")
    form.submit("then", value="send")
    assert len(desk.held(number)) == 1


def test_a_colleague_does_not_send_past_it(desk: Composing, run_jobs: JobRunner) -> None:
    number = desk.ticket()
    form = desk.composer(number, by=desk.bea)
    form["body"] = "And so do I."
    desk.send(number, "I answer.")
    page = form.submit("then", value="send", status=409)
    assert "Ben Agent is sending a reply to this ticket right now" in page
    assert page.forms["composer"]["body"].value == "And so do I."
    run_jobs(later=True)
    assert len(desk.messages(number)) == 2


def test_ones_own_reply_does_not_stop_ones_own_note(desk: Composing, run_jobs: JobRunner) -> None:
    number = desk.ticket()
    desk.send(number, "It goes.")
    form = desk.composer(number, "note")
    form["body"] = "Told them."
    run_jobs(later=True)
    form.submit(status=303)
    assert [message.kind for message in desk.messages(number)] == ["reply", "reply", "note"]


def test_what_a_customer_wrote_meanwhile_is_not_put_aside(
    desk: Composing, run_jobs: JobRunner
) -> None:
    number = desk.ticket()
    desk.send(number, "Is it solved then?", "solved")
    desk.write(number, "The other one broke, too.")
    run_jobs(later=True)
    assert desk.messages(number)[-1].body == "Is it solved then?"
    assert desk.stored(number).state == State.OPEN


@pytest.mark.parametrize("merged", [False, True])
def test_what_is_refused_by_then_is_a_draft_that_says_why(
    desk: Composing, run_jobs: JobRunner, merged: bool
) -> None:
    number, other = desk.ticket(), desk.ticket("Hinge again")
    desk.send(number, "Too late.")
    with desk.merging() as service:
        if merged:
            service.merge(service.get(number), service.get(other))
        else:
            service.get(number).state = State.CLOSED
    run_jobs(later=True)
    page = desk.get(f"/tickets/{other if merged else number}")
    assert page.forms["composer"]["body"].value == "Too late."
    assert "Your reply was not sent" in page
    assert len(desk.messages(other if merged else number)) == (2 if merged else 1)


def test_a_choice_of_no_seconds_sends_at_once(desk: Composing) -> None:
    desk.prefer("ben", undo_seconds=0)
    number = desk.ticket()
    assert "Reply sent to Cleo Customer." in desk.send(number, "At once.")
    assert len(desk.messages(number)) == 2


def test_after_sending_one_may_go_back_to_the_list(desk: Composing) -> None:
    desk.prefer("ben", after_send="list")
    page = desk.send(desk.ticket(), "Next, please.")
    assert page.html.select_one(".queue") is not None
    undo = next(each for each in page.forms.values() if "/undo" in each.action)
    assert undo.submit().follow().forms["composer"]["body"].value == "Next, please."
