"""A ticket's page: what its customer sees, what a colleague sees, what nobody else does."""

import pytest
from sqlalchemy import text
from webtest import Upload
from webtest.response import TestResponse

from portal.tickets.models import Priority, State, Ticket
from portal.tickets.thread import MAX_ENTRIES
from tests.factories.files import png
from tests.functional.attachments.conftest import Desk as FileDesk
from tests.functional.customer.conftest import Desk, answer_form
from tests.queries import QueryCounter


def shown_messages(page: TestResponse) -> list[str]:
    """The texts of the messages, in the page's order."""
    return [body.get_text().strip() for body in page.html.select(".message > .body")]


@pytest.mark.parametrize(
    ("state", "words", "button"),
    [
        (State.NEW, "We are working on it.", "Problem solved"),
        (State.OPEN, "We are working on it.", "Problem solved"),
        (State.ON_HOLD, "We are working on it.", "Problem solved"),
        (State.PENDING, "We are waiting for your reply.", "Problem solved"),
        (State.SOLVED, "This ticket is solved.", "It is not solved"),
        (State.CLOSED, "This ticket is closed.", "Write a follow-up"),
    ],
)
def test_the_state_is_said_in_words_with_what_to_do(
    desk: Desk, state: State, words: str, button: str
) -> None:
    number = desk.ticket()
    desk.set_state(number, state)
    alert = desk.thread(number).html.select_one(".alert").get_text()
    assert words in alert
    assert button in alert


class TestTimeline:
    def test_a_short_conversation_is_shown_whole(self, desk: Desk) -> None:
        number = desk.ticket(body="One")
        for body in ("Two", "Three"):
            desk.reply(number, body)
        page = desk.thread(number)
        assert shown_messages(page) == ["One", "Two", "Three"]
        assert page.html.select_one(".fold") is None
        assert page.html.select_one(".message strong").get_text() == "You"

    def test_the_middle_of_a_long_one_is_folded(self, desk: Desk) -> None:
        number = desk.ticket(body="M1")
        for n in range(2, 21):
            desk.reply(number, f"M{n}", by="ben" if n % 2 else "cleo")
        desk.thread(number)
        page = desk.thread(number)
        fold = page.html.select_one("details.fold")
        assert fold.summary.get_text().strip() == "15 earlier messages"
        assert len(fold.select(".message")) == 15
        assert shown_messages(page) == [f"M{n}" for n in range(1, 21)]

    def test_it_opens_at_what_is_new_and_folds_none_of_it(self, desk: Desk) -> None:
        number = desk.ticket(body="M1")
        desk.thread(number)
        for n in range(2, 16):
            desk.reply(number, f"M{n}")
            if n == 6:
                desk.thread(number)
        page = desk.thread(number)
        landing = page.html.select_one("#unread")
        assert landing.has_attr("autofocus")
        assert landing.find_next_sibling("article").select_one(".body").get_text().strip() == "M7"
        assert page.text.count('<span class="tag">New</span>') == 9
        assert page.html.select_one("details.fold summary").get_text().strip() == (
            "5 earlier messages"
        )
        assert desk.thread(number).html.select_one("#unread") is None

    def test_ones_own_answer_is_not_new(self, desk: Desk) -> None:
        number = desk.ticket()
        desk.reply(number, "From another tab.", by="cleo")
        assert desk.thread(number).html.select_one("#unread") is None

    def test_looking_at_the_header_reads_nothing(self, desk: Desk) -> None:
        number = desk.ticket()
        desk.reply(number, "An answer.")
        desk.cleo.head(desk.world.url(f"/tickets/{number}"))
        assert desk.thread(number).html.select_one("#unread") is not None

    def test_changes_that_customers_cannot_tell_apart_are_not_told(self, desk: Desk) -> None:
        number = desk.ticket()
        for state in (State.OPEN, State.ON_HOLD, State.PENDING, State.OPEN):
            desk.set_state(number, state)
        assert desk.thread(number).html.select(".event") == []
        desk.set_state(number, State.SOLVED)
        (event,) = desk.thread(number).html.select(".event > span:first-of-type")
        assert event.get_text() == "Ben Agent marked this ticket as solved."


class TestVeryLong:
    """More messages than a page shows, many of them of the same moment."""

    AMOUNT = 2 * MAX_ENTRIES + 30

    @pytest.fixture
    def number(self, desk: Desk) -> int:
        number = desk.ticket(body="M0")
        seed = desk.world.seed
        with desk.world.factory.session(seed.tenant.id) as db:
            db.execute(
                text(
                    "insert into messages"
                    " (tenant_id, ticket_number, author_id, kind, body, html, created_at)"
                    " select :tenant, :number, :cleo, 'reply', 'M' || n, '<p>M' || n || '</p>',"
                    " now() + make_interval(mins => n / 7)"
                    " from generate_series(1, :amount) as n"
                ),
                {
                    "tenant": seed.tenant.id,
                    "number": number,
                    "cleo": seed.users["cleo"].id,
                    "amount": self.AMOUNT,
                },
            )
        return number

    @pytest.mark.parametrize("first", ["cleo", "ben"])
    def test_every_message_is_on_one_page(self, desk: Desk, number: int, first: str) -> None:
        page = desk.thread(number, desk.world.browser(first))
        shown = shown_messages(page)
        assert shown[-1] == f"M{self.AMOUNT}"
        while "Show earlier messages" in page:
            page = page.click("Show earlier messages")
            assert len(shown_messages(page)) <= MAX_ENTRIES
            assert "answer" not in page.forms
            shown = shown_messages(page) + shown
        assert shown == [f"M{n}" for n in range(self.AMOUNT + 1)]
        assert f"M{self.AMOUNT}" in shown_messages(page.click("Show the latest messages"))


class TestCost:
    def test_eight_queries_at_the_most_however_long(
        self, desk: Desk, count_queries: QueryCounter
    ) -> None:
        number = desk.ticket()
        asked = []
        for amount in (1, 40):
            for n in range(amount):
                desk.reply(number, f"Message {n}", by=("ben", "cleo", "bea")[n % 3])
            # A session is touched once a minute: here, and not while it counts.
            desk.get("/profile")
            count_queries.reset()
            desk.thread(number)
            asked.append(len(count_queries))
            assert asked[-1] <= 8, str(count_queries)
        assert asked[0] == asked[1]


class TestHidden:
    """Notes and all that only agents know."""

    SECRET = "kumquat"

    @pytest.fixture
    def number(self, desk: Desk) -> int:
        number = desk.ticket()
        desk.note(number, f"The {self.SECRET} is ours.")
        desk.reply(number, "An answer.")
        desk.note(number, f"Another {self.SECRET}.")
        return number

    @pytest.mark.parametrize(
        "path",
        ["/", "/tickets", "/tickets?tab=open", "/tickets?q=answer", "/tickets?whose=organisation"],
    )
    def test_a_note_is_on_no_page(self, desk: Desk, number: int, path: str) -> None:
        page = desk.get(path)
        assert self.SECRET not in page
        # What was searched for stands in marks of its own.
        assert "An answer" in page.html.get_text()

    def test_a_note_is_not_in_the_thread(self, desk: Desk, number: int) -> None:
        page = desk.thread(number)
        assert self.SECRET not in page
        conversation = page.html.select_one("[aria-labelledby=conversation]")
        assert "note" not in conversation.get_text().lower()
        assert page.html.select_one("#unread").find_next_sibling("article") is not None

    def test_a_note_is_not_found(self, desk: Desk, number: int) -> None:
        for query in (self.SECRET, "kum", "another", '"kumquat is"'):
            assert "Nothing found" in desk.get(f"/tickets?q={query}")

    def test_an_answer_is_not_stopped_by_a_note(self, desk: Desk, number: int) -> None:
        page = desk.thread(number)
        desk.note(number, "Written meanwhile.")
        form = answer_form(page)
        form["body"] = "My answer."
        assert form.submit().status_int == 303

    def test_a_notes_file_is_not_there(self, desk: Desk, number: int) -> None:
        files = FileDesk(desk.world)
        (ticket,) = desk.rows(Ticket, Ticket.number == number)
        secret = files.attach(ticket, "secret-plan.png", png(8, 8), by="ben", note=True)
        ben = desk.world.browser("ben")
        assert "secret-plan.png" in desk.thread(number, ben)
        assert "secret-plan.png" not in desk.thread(number)
        for view in ("", "preview"):
            ben.get(files.url(ticket, secret, view), status=200)
            desk.cleo.get(files.url(ticket, secret, view), status=404)

    def test_fields_and_their_history_are_not_told(self, desk: Desk, number: int) -> None:
        ben_id = desk.world.seed.users["ben"].id
        desk.act(number, "ben", lambda service, ticket: service.set_assignee(ticket, ben_id))
        desk.act(
            number, "ben", lambda service, ticket: service.set_priority(ticket, Priority.URGENT)
        )
        page = desk.thread(number)
        assert "rgent" not in page
        assert page.html.select(".event") == []


class TestOthers:
    def test_a_strangers_ticket_does_not_exist(self, desk: Desk) -> None:
        number = desk.ticket(by="dora")
        path = desk.world.url(f"/tickets/{number}")
        token = desk.get("/tickets/new").html.select_one("[name=csrf_token]")["value"]
        desk.cleo.get(path, status=404)
        for verb in ("reply", "solve", "reopen"):
            desk.cleo.post(f"{path}/{verb}", {"csrf_token": token, "body": "x"}, status=404)
        assert desk.state_of(number) == State.NEW

    def test_a_missing_ticket_looks_the_same(self, desk: Desk) -> None:
        number = desk.ticket(by="dora")
        there = desk.cleo.get(desk.world.url(f"/tickets/{number}"), status=404)
        missing = desk.cleo.get(desk.world.url("/tickets/999"), status=404)

        def words(page: TestResponse) -> str:
            return str(page.html.select_one("main").get_text()).split("reference")[0]

        assert words(there) == words(missing)

    def test_a_colleague_may_read_and_not_answer(self, desk: Desk) -> None:
        number = desk.ticket(by="carl", body="It is Carl's.")
        desk.set_state(number, State.PENDING)
        page = desk.thread(number)
        assert "It is Carl's." in page.html.select_one(".message").get_text()
        assert "This is a ticket of Carl Customer." in page
        assert "We are waiting for a reply." in page
        assert "answer" not in page.forms
        assert "Problem solved" not in page
        token = page.html.select_one("[name=csrf_token]")["value"]
        for verb in ("reply", "solve", "reopen"):
            url = desk.world.url(f"/tickets/{number}/{verb}")
            desk.cleo.post(url, {"csrf_token": token, "body": "x"}, status=404)
        assert desk.state_of(number) == State.PENDING

    def test_who_can_read_it_is_said_beside_the_answer(self, desk: Desk) -> None:
        page = desk.thread(desk.ticket())
        assert "Your colleagues at Customer Ltd can read it, too." in page
        dora = desk.world.browser("dora")
        assert "Your colleagues" not in desk.thread(desk.ticket(by="dora"), dora)


class TestFiles:
    def test_images_are_shown_and_others_are_downloads(self, desk: Desk) -> None:
        form = answer_form(desk.thread(desk.ticket()))
        form["body"] = "Both."
        form["files"] = [Upload("a.png", png(64, 48)), Upload("b.txt", b"text")]
        page = form.submit().follow()
        (image,) = page.html.select(".message img")
        # It is small enough to be its own thumbnail.
        assert image["src"].endswith(("/preview", "/thumbnail"))
        assert (image["width"], image["height"]) == ("64", "48")
        assert len(page.html.select("aside .file")) == 2
        download = page.html.select(".message a.file")[0]["href"]
        answer = desk.cleo.get(download)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        dora = desk.world.browser("dora")
        dora.get(download, status=404)
        desk.world.browser("carl").get(download, status=200)
