"""When a ticket is over, for its customer: reopening it, going on with it, and merges."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from webtest.response import TestResponse

from portal.composer.models import Draft
from portal.tickets.merging import MergeService
from portal.tickets.models import Message, State, Ticket
from tests.functional.customer.conftest import Desk, answer_form


def solved(desk: Desk, days_ago: int, **options: Any) -> int:
    """A ticket that was solved a while ago."""
    number = desk.ticket(**options)
    desk.set_state(number, State.SOLVED)
    tenant = desk.world.seed.tenant.id
    with desk.world.factory.session(tenant) as db:
        db.execute(
            update(Ticket)
            .where(Ticket.tenant_id == tenant, Ticket.number == number)
            .values(solved_at=datetime.now(UTC) - timedelta(days=days_ago))
        )
    return number


def merge(desk: Desk, source: int, target: int, *, back: bool = False) -> None:
    """What ben does."""
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        service = MergeService(db, seed.tenant, desk.world.factory.identity(seed, "ben"))
        if back:
            service.take_apart(service.get(source))
        else:
            service.merge(service.get(source), service.get(target))


def banner(page: TestResponse) -> str:
    """What stands above the thread."""
    return " ".join(alert.get_text(" ", strip=True) for alert in page.html.select("div.alert"))


class TestReopening:
    def test_within_the_period_the_page_says_until_when(self, desk: Desk) -> None:
        number = solved(desk, 13)
        page = desk.thread(number)
        (ticket,) = desk.rows(Ticket, Ticket.number == number)
        until = ticket.solved_at.astimezone(UTC) + timedelta(days=14)
        assert f"until {until.day} {until:%B} {until.year}" in banner(page)
        assert "It is not solved" in page

    def test_after_it_only_a_follow_up_is_left(self, desk: Desk) -> None:
        number = solved(desk, 15)
        page = desk.thread(number)
        assert "This ticket is closed." in banner(page)
        assert "It is not solved" not in page
        assert "answer" not in page.forms
        token = page.forms[0]["csrf_token"].value
        desk.cleo.post(desk.world.url(f"/tickets/{number}/reopen"), {"csrf_token": token})
        assert desk.state_of(number) == State.SOLVED

    def test_what_was_written_meanwhile_becomes_a_follow_up(self, desk: Desk) -> None:
        number = desk.ticket()
        form = answer_form(desk.thread(number))
        form["body"] = "A long text."
        desk.set_state(number, State.CLOSED)
        page = form.submit(status=409)
        assert "you can send it as a follow-up" in page
        page = page.forms["answer"].submit("preview", status=200)
        (form,) = {
            each for each in page.forms.values() if each.action.endswith(f"{number}/follow-up")
        }
        assert form["body"].value == "A long text."
        # The page was closed instead: it is found again from the ticket, and from the drafts.
        page = desk.thread(number)
        assert "You had begun to write a reply." in page
        assert page.forms["answer"]["body"].value == "A long text."
        desk.get("/tickets/drafts").click("Left hinge cracked", index=0)
        form.submit()
        assert len(desk.rows(Ticket)) == 2
        assert desk.rows(Draft) == []


class TestFollowUp:
    def test_from_the_closed_ticket_to_the_new_one_and_back(self, desk: Desk) -> None:
        number = solved(desk, 15, subject="Left hinge cracked")
        page = desk.thread(number).click("Write a follow-up")
        (form,) = {each for each in page.forms.values() if "body" in each.fields}
        assert form["subject"].value == "Left hinge cracked"
        form["body"] = "It cracked again."
        new = form.submit().follow()
        assert "This is a follow-up to" in new
        earlier = new.click(f"^#{number}$")
        assert "It goes on in the follow-up" in earlier
        assert "It cracked again." in earlier.click("^#2$")
        agents = desk.get(f"/tickets/{number}", desk.world.browser("ben"))
        assert "Left hinge cracked" in agents.html.select_one(".props").get_text()
        assert "wrote the follow-up" in agents

    def test_nothing_written_is_said(self, desk: Desk) -> None:
        page = desk.get(f"/tickets/{solved(desk, 15)}/follow-up")
        (form,) = {each for each in page.forms.values() if "body" in each.fields}
        page = form.submit(status=422)
        assert "Write your message first." in page

    def test_what_was_begun_is_there_again(self, desk: Desk) -> None:
        number = solved(desk, 15, subject="Left hinge cracked")
        page = desk.get(f"/tickets/{number}/follow-up")
        (form,) = {each for each in page.forms.values() if "body" in each.fields}
        form["subject"], form["body"] = "The right one, too", "It cracked"
        answer = desk.cleo.post(form.html.form["data-draft"], form.submit_fields())
        assert answer.json == {"revision": 1}
        page = desk.get("/tickets/drafts").click("The right one, too")
        (form,) = {each for each in page.forms.values() if "body" in each.fields}
        assert form["body"].value == "It cracked"
        desk.set_state(number, State.OPEN)
        assert "This ticket takes replies again" in desk.get(f"/tickets/{number}/follow-up")
        desk.set_state(number, State.CLOSED)
        form.submit(status=303)
        assert desk.rows(Draft) == []

    def test_an_unsent_reply_is_what_it_begins_with(self, desk: Desk) -> None:
        number = desk.ticket()
        form = answer_form(desk.thread(number))
        form["body"] = "A long text."
        form.submit("keep")
        desk.set_state(number, State.CLOSED)
        page = desk.get(f"/tickets/{number}/follow-up")
        (form,) = {each for each in page.forms.values() if "body" in each.fields}
        assert form["body"].value == "A long text."
        form["body"] = "Another text."
        form.submit(status=303)
        # It was not sent, so it is not forgotten.
        assert [draft.body for draft in desk.rows(Draft)] == ["A long text."]

    def test_what_takes_replies_needs_none(self, desk: Desk) -> None:
        number = desk.ticket()
        sent = desk.get(f"/tickets/{number}/follow-up", status=303)
        assert sent.location.endswith(f"/tickets/{number}")

    def test_a_form_from_before_it_was_opened_again(self, desk: Desk) -> None:
        number = solved(desk, 15)
        page = desk.get(f"/tickets/{number}/follow-up")
        (form,) = {each for each in page.forms.values() if "body" in each.fields}
        form["body"] = "It cracked again."
        desk.set_state(number, State.OPEN)
        page = form.submit(status=409)
        assert "This ticket takes replies again" in page
        assert "It cracked again." in page

    def test_strangers_write_none(self, desk: Desk) -> None:
        number = solved(desk, 15)
        desk.get(f"/tickets/{number}/follow-up", desk.world.browser("dora"), status=404)
        # A colleague reads it, and that is all.
        desk.get(f"/tickets/{number}/follow-up", desk.world.browser("carl"), status=404)


class TestMerged:
    def test_the_old_address_leads_on(self, desk: Desk) -> None:
        source, target = desk.ticket("Hinge"), desk.ticket("Hinge, again")
        merge(desk, source, target)
        page = desk.thread(source).follow()
        assert f"Ticket #{source} was merged into this one." in banner(page)
        assert len(page.html.select("article.message")) == 2
        # Only what happened is said.
        assert "was merged into this one" not in banner(desk.get(f"/tickets/{target}?merged=7"))

    def test_its_requester_reads_on_in_copy(self, desk: Desk) -> None:
        source, target = desk.ticket(by="dora"), desk.ticket()
        dora = desk.world.browser("dora")
        merge(desk, source, target)
        page = desk.get(f"/tickets/{source}", dora).follow()
        form = answer_form(page)
        form["body"] = "Here I am."
        form.submit()
        assert [message.body for message in desk.rows(Message)][-1] == "Here I am."
        merge(desk, source, target, back=True)
        desk.get(f"/tickets/{target}", dora, status=404)
        assert "are two tickets again" in desk.get(f"/tickets/{source}", dora)

    def test_who_may_not_see_the_other_is_told(self, desk: Desk) -> None:
        source, target = desk.ticket(), desk.ticket(by="dora")
        merge(desk, source, target)
        page = desk.thread(source, desk.world.browser("carl"))
        assert "It was merged into another ticket" in banner(page)
        assert "answer" not in page.forms


@pytest.mark.parametrize("junk", ["x", "²", "1' or '1"])
def test_junk_in_the_address_says_nothing(desk: Desk, junk: str) -> None:
    page = desk.cleo.get(desk.world.url(f"/tickets/{desk.ticket()}"), {"merged": junk})
    assert "was merged" not in page
