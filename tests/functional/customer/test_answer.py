"""An answer is sent once, never past what its writer has not seen, and never lost."""

import threading
from datetime import timedelta

import pytest
from webtest import Form, Upload
from webtest.response import TestResponse

from portal.attachments.models import Attachment
from portal.security import writers
from portal.tickets.models import Message, State
from tests.factories.files import png
from tests.functional.customer.conftest import Desk, answer_form, form_to


def draft_of(page: TestResponse) -> str:
    """What the answer's field holds."""
    return str(answer_form(page)["body"].value)


class TestStale:
    def test_the_new_message_is_shown_and_the_draft_kept(self, desk: Desk) -> None:
        number = desk.ticket(body="One")
        form = answer_form(desk.thread(number))
        desk.reply(number, "Written meanwhile.")
        form["body"] = "My answer."
        form["files"] = [Upload("shot.png", png(32, 32))]
        page = form.submit(status=409)
        assert len(desk.rows(Message)) == 2
        assert "There is a new message that you had not seen." in page
        landing = page.html.select_one("#unread")
        assert "Written meanwhile." in landing.find_next_sibling("article").get_text()
        assert draft_of(page) == "My answer."
        assert "shot.png" in page.html.select_one("#answer").get_text()

        sent = answer_form(page).submit()
        assert sent.status_int == 303
        messages = desk.rows(Message)
        assert [message.body for message in messages][-1] == "My answer."
        (file,) = desk.rows(Attachment)
        assert file.message_id == messages[-1].id

    def test_what_another_tab_has_read_is_still_shown_as_new(self, desk: Desk) -> None:
        number = desk.ticket()
        form = answer_form(desk.thread(number))
        desk.reply(number, "Written meanwhile.")
        desk.thread(number)
        form["body"] = "My answer."
        page = form.submit(status=409)
        assert page.html.select_one("#unread") is not None

    @pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "0"])
    def test_a_form_that_says_nothing_has_seen_nothing(self, desk: Desk, seen: str) -> None:
        form = answer_form(desk.thread(desk.ticket()))
        form["seen"], form["body"] = seen, "My answer."
        page = form.submit(status=409)
        answer_form(page).submit(status=303)


class TestOnce:
    def test_two_clicks_at_the_same_moment_make_one_message(self, desk: Desk) -> None:
        form = answer_form(desk.thread(desk.ticket()))
        form["body"] = "My answer."
        fields = dict(form.submit_fields())
        start = threading.Barrier(2)
        answers: list[TestResponse] = []

        def click() -> None:
            browser = desk.world.anonymous()
            browser.cookiejar = desk.cleo.cookiejar
            start.wait()
            answers.append(browser.post(form.action, fields))

        threads = [threading.Thread(target=click) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {answer.status_int for answer in answers} == {303}
        assert answers[0].location == answers[1].location
        assert len(desk.rows(Message)) == 2
        assert desk.thread(1).text.count("Your reply is sent.") == 1

    def test_back_and_another_text_is_a_second_answer_that_shows_the_first(
        self, desk: Desk
    ) -> None:
        form = answer_form(desk.thread(desk.ticket()))
        form["body"] = "My answer."
        form.submit()
        form["body"] = "My better answer."
        page = form.submit(status=409)
        assert draft_of(page) == "My better answer."
        answer_form(page).submit(status=303)
        assert [message.body for message in desk.rows(Message)][1:] == [
            "My answer.",
            "My better answer.",
        ]


class TestRules:
    def test_an_empty_answer(self, desk: Desk) -> None:
        page = answer_form(desk.thread(desk.ticket())).submit(status=422)
        assert page.html.select_one("#body-error").get_text().strip() == "Write your message first."

    def test_an_answer_reopens(self, desk: Desk) -> None:
        for state in (State.PENDING, State.SOLVED, State.ON_HOLD):
            number = desk.ticket()
            desk.set_state(number, state)
            form = answer_form(desk.thread(number))
            form["body"] = "Not yet."
            form.submit()
            assert desk.state_of(number) == State.OPEN

    def test_a_closed_ticket_takes_none(self, desk: Desk) -> None:
        number = desk.ticket()
        desk.set_state(number, State.CLOSED)
        page = desk.thread(number)
        assert "answer" not in page.forms
        assert "If it is not over, write a follow-up" in page

    def test_one_closed_meanwhile_offers_a_follow_up_with_the_text(self, desk: Desk) -> None:
        number = desk.ticket("Left hinge")
        form = answer_form(desk.thread(number))
        desk.set_state(number, State.CLOSED)
        form["body"] = "Not yet."
        form["files"] = [Upload("shot.png", png(32, 32))]
        page = form.submit(status=409)
        assert "This ticket was closed while you were writing" in page
        assert draft_of(page) == "Not yet."
        page = answer_form(page).submit("preview")
        form = form_to(page, f"/tickets/{number}/follow-up")
        assert (form["subject"].value, form["body"].value) == ("Left hinge", "Not yet.")
        page = form.submit().follow()
        assert page.request.path == desk.world.url(f"/tickets/{number + 1}")
        assert "shot.png" in page

    def test_closed_is_closed(self, desk: Desk) -> None:
        number = desk.ticket()
        desk.set_state(number, State.SOLVED)
        page = desk.thread(number)
        desk.set_state(number, State.CLOSED)
        assert "was closed and cannot be reopened" in form_to(page, "/reopen").submit().follow()
        assert desk.state_of(number) == State.CLOSED

    def test_two_clicks_on_not_solved(self, desk: Desk) -> None:
        number = desk.ticket()
        desk.set_state(number, State.SOLVED)
        form = form_to(desk.thread(number), "/reopen")
        form.submit()
        page = form.submit().follow()
        assert page.text.count("We look at it again.") == 1
        assert "cannot be reopened" not in page
        assert desk.state_of(number) == State.OPEN

    def test_the_preview_is_shown_above_nothing_lost(self, desk: Desk) -> None:
        form = answer_form(desk.thread(desk.ticket()))
        form["body"] = "So **bold**."
        page = form.submit("preview", status=200)
        assert "<strong>bold</strong>" in page.html.select_one("#shown-preview").decode()
        assert draft_of(page) == "So **bold**."
        assert len(desk.rows(Message)) == 1

    def test_the_address_of_a_sent_form_leads_back_to_it(self, desk: Desk) -> None:
        number = desk.ticket()
        sent = desk.get(f"/tickets/{number}/reply")
        assert sent.location.endswith(f"/tickets/{number}#answer")


class TestExpiredSession:
    """What was written while the session ended."""

    @pytest.fixture
    def form(self, desk: Desk) -> Form:
        form = answer_form(desk.thread(desk.ticket()))
        form["body"] = "A long text,\nwith <b>lines</b>."
        desk.sign_everybody_out()
        return form

    def test_the_text_comes_back_and_is_sent_with_one_press_after_signing_in(
        self, desk: Desk, form: Form
    ) -> None:
        form["files"] = [Upload("shot.png", png(32, 32))]
        page = form.submit(status=403)
        assert "You were signed out while you were writing" in page
        assert "Files have to be attached again." in page
        assert "/login?next=" in page.html.select_one("a[target=_blank]")["href"]
        kept = form_to(page, "/reply")
        assert kept["body"].value == "A long text,\nwith <b>lines</b>."
        assert "lines</b>" not in page.html.select_one("main").decode().replace("&lt;", "")

        desk.cleo.cookiejar = desk.world.browser("cleo").cookiejar
        kept["files"] = [Upload("shot.png", png(32, 32))]
        assert "Your reply is sent." in kept.submit(status=303).follow()
        assert desk.rows(Message)[-1].body == "A long text,\nwith <b>lines</b>."
        assert len(desk.rows(Attachment)) == 1

    def test_a_page_that_stayed_open_sends_it_without_asking(self, desk: Desk, form: Form) -> None:
        desk.cleo.cookiejar = desk.world.browser("cleo").cookiejar
        saved = desk.cleo.post(form.html.form["data-draft"], form.submit_fields())
        assert saved.json == {"revision": 1}
        assert "Your reply is sent." in form.submit(status=303).follow()

    def test_somebody_else_who_signs_in_sees_and_sends_nothing_of_it(self, desk: Desk) -> None:
        form = desk.get("/tickets/new").forms["ticket"]
        form["subject"], form["body"] = "Left hinge", "It cracked."
        desk.sign_everybody_out()
        kept = form_to(form.submit(status=403), "/tickets/new")
        desk.cleo.cookiejar = desk.world.browser("carl").cookiejar
        for former in (form, kept):
            assert "It cracked." not in former.submit(status=400)
        desk.cleo.post(form.html.form["data-draft"], form.submit_fields(), status=400)
        assert "Left hinge" not in desk.get("/tickets/drafts")
        assert desk.rows(Message) == []

    @pytest.mark.parametrize("change", ["of another form", "of another time", "none", "junk"])
    def test_only_the_mark_of_this_very_form_counts(
        self, desk: Desk, form: Form, change: str
    ) -> None:
        desk.cleo.cookiejar = desk.world.browser("cleo").cookiejar
        at, _dot, mac = form["writer"].value.partition(".")
        if change == "of another form":
            form["form_key"] = f"{form['form_key'].value}x"
        else:
            changed = {"of another time": f"{int(at) + 1}.{mac}", "junk": "1.\u00e9"}
            form["writer"] = changed.get(change, "")
        assert "A long text" not in form.submit(status=400)
        assert len(desk.rows(Message)) == 1

    def test_an_old_one_is_shown_before_it_is_sent(
        self, desk: Desk, form: Form, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.cleo.cookiejar = desk.world.browser("cleo").cookiejar
        monkeypatch.setattr(writers, "LASTS", timedelta(days=-1))
        page = form.submit(status=400)
        assert "Send what you wrote" in page
        assert "Your reply is sent." in form_to(page, "/reply").submit(status=303).follow()

    def test_a_new_ticket_too(self, desk: Desk) -> None:
        form = desk.get("/tickets/new").forms["ticket"]
        form["subject"], form["body"] = "Left hinge", "It cracked."
        desk.sign_everybody_out()
        page = form.submit(status=403)
        desk.cleo.cookiejar = desk.world.browser("cleo").cookiejar
        assert "Left hinge" in form_to(page, "/tickets/new").submit(status=303).follow()

    def test_a_subject_alone_is_kept(self, desk: Desk) -> None:
        form = desk.get("/tickets/new").forms["ticket"]
        form["subject"] = "Left hinge"
        desk.sign_everybody_out()
        page = form.submit("preview", status=403)
        desk.cleo.cookiejar = desk.world.browser("cleo").cookiejar
        page = form_to(page, "/tickets/new").submit(status=422)
        assert form_to(page, "/tickets/new")["subject"].value == "Left hinge"

    def test_with_nothing_written_there_is_only_the_way_to_sign_in(self, desk: Desk) -> None:
        number = desk.ticket()
        anonymous = desk.world.anonymous()
        sent = anonymous.post(desk.world.url(f"/tickets/{number}/solve"), {"csrf_token": "x"})
        assert sent.status_int == 303
        assert "/login" in sent.location
