"""Tickets that are one, that are two, that belong together: the agents' pages for it."""

import pytest
from webtest.forms import Form
from webtest.response import TestResponse

from portal.tickets.models import State
from tests.functional.agent.conftest import Desk
from tests.functional.agent.test_marks import error, forms_to


def fill(page: TestResponse, view: str) -> Form:
    """The form that posts to a view of the ticket."""
    (form,) = forms_to(page, view)
    return form


def messages(page: TestResponse) -> list[str]:
    """What is said in a thread."""
    return [body.get_text().strip() for body in page.html.select(".message > .body")]


class TestMerge:
    def test_by_number_with_a_look_at_both_and_back_again(self, desk: Desk) -> None:
        source = desk.ticket("Hinge, again", body="Again.")
        target = desk.ticket("Hinge", body="First.")
        page = desk.get(f"/tickets/{source}").click("Merge into another ticket")
        (search,) = {form for form in page.forms.values() if "with" in form.fields}
        search["with"] = f"#{target}"
        page = search.submit()
        assert "Goes on with everything" in page
        assert "tickets of two people" not in page
        page = fill(page, "merge").submit().follow()
        assert page.request.path.endswith(f"/tickets/{target}")
        assert messages(page) == ["Again.", "First."]
        assert "Hinge, again" in page.html.select_one(".thread .event").get_text()
        old = desk.get(f"/tickets/{source}")
        assert "This ticket was merged." in old
        assert "Write in the other one." in old
        page = fill(old, "unmerge").submit().follow()
        assert messages(page) == ["Again."]
        assert desk.stored(source).state == State.OPEN

    def test_those_of_the_same_customer_are_offered_and_words_find_others(self, desk: Desk) -> None:
        source, same = desk.ticket("Hinge"), desk.ticket("Ear cushions")
        other = desk.ticket("Lost parcel", by="dora")
        page = desk.get(f"/tickets/{source}/merge")
        assert [row["data-row"] for row in page.html.select("li[data-row]")] == [str(same)]
        (search,) = {form for form in page.forms.values() if "with" in form.fields}
        search["with"] = "parcel"
        page = search.submit()
        assert [row["data-row"] for row in page.html.select("li[data-row]")] == [str(other)]
        page = page.click("Lost parcel")
        assert "Cleo Customer and Dora Customer will be able to read all replies of both" in page

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("999", "There is no ticket with this number."),
            ("1", "This is the ticket itself."),
            ("2", "That ticket is closed and takes nothing more."),
            ("3", "One of the two was merged before."),
        ],
    )
    def test_refusals(self, desk: Desk, text: str, message: str) -> None:
        numbers = [desk.ticket(f"Ticket {number}") for number in range(4)]
        desk.act(2, "bea", lambda service, ticket: service.set_state(ticket, State.CLOSED))
        page = desk.get("/tickets/3/merge?with=4")
        fill(page, "merge").submit()
        page = desk.get("/tickets/1/merge", params={"with": text})
        assert message in page
        assert not forms_to(page, "merge") or "csrf_token" not in forms_to(page, "merge")[0].fields
        form = fill(desk.get("/tickets/1/merge?with=4"), "merge")
        form["with"] = text
        assert message in form.submit(status=422)
        assert len(numbers) == 4

    def test_words_that_find_nothing(self, desk: Desk) -> None:
        page = desk.get(f"/tickets/{desk.ticket()}/merge", params={"with": "zzz <b>"})
        assert "Nothing found." in page


class TestWhileReplying:
    @pytest.mark.parametrize("kind", ["reply", "note"])
    def test_what_was_written_can_be_sent_to_the_ticket_that_goes_on(
        self, desk: Desk, kind: str
    ) -> None:
        source, target = desk.ticket("Again", body="Again."), desk.ticket("Hinge", body="First.")
        form = desk.composer(source, kind)
        form["body"] = "We send a new one."
        fill(desk.get(f"/tickets/{source}/merge?with={target}", desk.bea), "merge").submit()
        page = form.submit(status=409)
        assert f"#{source} was merged into this ticket while you wrote" in page
        assert messages(page) == ["Again.", "First."]
        form = page.forms["composer"]
        assert form["body"].value == "We send a new one."
        assert form.action.partition("?")[0].endswith(f"/tickets/{target}/{kind}")
        assert len(desk.messages(target)) == 2
        form.submit(status=303)

    def test_through_a_chain_of_merges(self, desk: Desk) -> None:
        first, second, third = (desk.ticket(subject) for subject in ("One", "Two", "Three"))
        form = desk.composer(first)
        form["body"] = "We send a new one."
        fill(desk.get(f"/tickets/{first}/merge?with={second}", desk.bea), "merge").submit()
        fill(desk.get(f"/tickets/{second}/merge?with={third}", desk.bea), "merge").submit()
        page = form.submit(status=409)
        assert f"/tickets/{third}/reply" in page.forms["composer"].action
        taken = fill(desk.get(f"/tickets/{first}"), "unmerge").submit().follow()
        assert "Take that back first." in taken


class TestSplit:
    def test_messages_become_a_ticket(self, desk: Desk) -> None:
        number = desk.ticket("Hinge", body="The hinge.")
        desk.write(number, "And my **parcel** is lost.")
        page = desk.get(f"/tickets/{number}").click("Split messages off")
        assert "**" not in page.html.select_one("fieldset").get_text()
        form = fill(page, "split")
        form.set("message", True, index=0)
        form["subject"] = "Lost parcel"
        page = form.submit().follow()
        assert "Lost parcel" in page.html.h1.get_text()
        assert messages(page) == ["And my parcel is lost."]
        assert "split off" in page.html.select_one(".props").get_text()
        assert messages(desk.get(f"/tickets/{number}")) == ["The hinge."]

    def test_refusals_keep_what_was_chosen(self, desk: Desk) -> None:
        number = desk.ticket()
        desk.write(number, "And my parcel is lost.")
        form = fill(desk.get(f"/tickets/{number}/split"), "split")
        page = form.submit(status=422)
        assert "Choose the messages that belong" in page
        form = fill(page, "split")
        form.set("message", True, index=0)
        form["subject"] = " "
        page = form.submit(status=422)
        assert error(page, "subject") == "Say in a few words what this is about."
        assert fill(page, "split").get("message", index=0).checked

    def test_one_message_cannot_be_split(self, desk: Desk) -> None:
        assert "There is nothing to split" in desk.get(f"/tickets/{desk.ticket()}/split")


class TestRequester:
    def test_somebody_else(self, desk: Desk) -> None:
        number = desk.ticket()
        form = fill(desk.get(f"/tickets/{number}").click("Change the requester"), "requester")
        form["person"] = "dora@customer.test"
        page = form.submit().follow()
        assert "changed the requester from" in page
        desk.get(f"/tickets/{number}", desk.world.browser("dora"))
        desk.get(f"/tickets/{number}", desk.world.browser("cleo"), status=404)

    def test_nobody(self, desk: Desk) -> None:
        form = fill(desk.get(f"/tickets/{desk.ticket()}/requester"), "requester")
        form["person"] = "zoe"
        page = form.submit(status=422)
        assert "Nobody here has this name" in error(page, "person")


class TestLinks:
    def test_linked_with_its_state_and_unlinked(self, desk: Desk) -> None:
        number, other = desk.ticket(), desk.ticket("Lost parcel", by="dora")
        form = fill(desk.get(f"/tickets/{number}"), "link")
        form["other"] = f"#{other}"
        page = form.submit().follow()
        (form,) = forms_to(page, "unlink")
        row = page.html.select_one(f'.props li a[href*="/tickets/{other}"]').find_parent("li")
        assert "New" in row.get_text()
        assert len(forms_to(desk.get(f"/tickets/{other}"), "unlink")) == 1
        assert forms_to(form.submit("other").follow(), "unlink") == []

    @pytest.mark.parametrize(
        ("typed", "message"), [("99", "no ticket"), ("x", "no ticket"), ("1", "the ticket itself")]
    )
    def test_refusals(self, desk: Desk, typed: str, message: str) -> None:
        form = fill(desk.get(f"/tickets/{desk.ticket()}"), "link")
        form["other"] = typed
        page = form.submit(status=422)
        assert message in error(page, "other")
        assert fill(page, "link")["other"].value == typed


def test_the_print_view_has_everything_or_leaves_the_notes_out(desk: Desk) -> None:
    number = desk.ticket("Hinge", body="The **hinge**.")
    form = desk.composer(number, "note")
    form["body"] = "Ours alone."
    form.submit()
    page = desk.get(f"/tickets/{number}").click("Print")
    assert "Ours alone." in page
    assert "<strong>hinge</strong>" in page
    page = page.click("Leave the notes out")
    assert "Ours alone." not in page
    assert "<strong>hinge</strong>" in page
