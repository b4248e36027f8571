"""A new ticket: what is asked, what is refused, and that one form makes one ticket."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from webtest import Form, Upload
from webtest.response import TestResponse

from portal.attachments.models import Attachment
from portal.people.models import Project
from portal.tickets.forms import MAX_CHARACTERS, MAX_SUBJECT
from portal.tickets.markdown import MAX_BODY
from portal.tickets.models import Message, Ticket
from tests.factories.files import png
from tests.functional.customer.conftest import Desk, form_to

PICTURE = ("hinge.png", png(64, 48))


def filled(desk: Desk, **fields: str) -> Form:
    """The form, with everything that it needs."""
    form = form_to(desk.get("/tickets/new"), "/tickets/new")
    for name, value in ({"subject": "Left hinge", "body": "It cracked."} | fields).items():
        form[name] = value
    return form


def error_of(page: TestResponse, field: str) -> str:
    """The sentence beside a field, and that the field points to it."""
    control = page.html.select_one(f"#{field}")
    assert control["aria-invalid"] == "true"
    assert f"{field}-error" in control["aria-describedby"].split()
    return str(page.html.select_one(f"#{field}-error").get_text()).strip()


class TestRefused:
    def test_nothing_written(self, desk: Desk) -> None:
        page = filled(desk, subject="  ", body="\n \n").submit(status=422)
        assert error_of(page, "subject") == "Say in a few words what this is about."
        assert error_of(page, "body") == "Write your message first."
        assert "2 answers need another look." in page
        assert desk.rows(Ticket) == []

    def test_too_much_written_stays_in_the_form(self, desk: Desk) -> None:
        subject, body = "s" * (MAX_SUBJECT + 3), "b" * (MAX_CHARACTERS + 5)
        page = filled(desk, subject=subject, body=body).submit(status=422)
        assert error_of(page, "subject") == "Use at most 200 characters: this has 3 more."
        assert error_of(page, "body").startswith(
            "This text is 5 characters over the limit of 20000."
        )
        form = form_to(page, "/tickets/new")
        assert (form["subject"].value, form["body"].value) == (subject, body)

    def test_more_bytes_than_a_message_may_have(self, desk: Desk) -> None:
        body = "🎧" * (MAX_BODY // 4 + 1)
        page = filled(desk, body=body).submit(status=422)
        assert error_of(page, "body").startswith("This text is too long.")
        assert form_to(page, "/tickets/new")["body"].value == body

    @pytest.mark.parametrize("project", ["0", "999999999", "x", "-1", "1 "])
    def test_a_project_that_is_not_on_offer(self, desk: Desk, project: str) -> None:
        form = filled(desk)
        form["project"].force_value(project)
        page = form.submit(status=422)
        assert error_of(page, "project") == "That is no longer on offer. Choose another."
        assert form_to(page, "/tickets/new")["subject"].value == "Left hinge"

    def test_the_project_of_another_tenant(self, desk: Desk) -> None:
        other = desk.world.factory.create()
        assert other.project is not None
        form = filled(desk)
        form["project"].force_value(str(other.project.id))
        form.submit(status=422)

    def test_fields_that_come_as_files(self, desk: Desk) -> None:
        form = filled(desk)
        page = desk.cleo.post(
            form.action,
            {"csrf_token": form["csrf_token"].value},
            upload_files=[("body", "a.txt", b"x"), ("subject", "b.txt", b"y")],
            status=422,
        )
        assert error_of(page, "body") == "Write your message first."

    def test_without_token_and_mark_nothing_is_sent(self, desk: Desk) -> None:
        form = filled(desk)
        form["csrf_token"] = form["writer"] = "0" * 64
        form.submit(status=400)
        assert desk.rows(Ticket) == []


class TestTaken:
    def test_words_are_tidied(self, desk: Desk) -> None:
        filled(desk, subject=" Left \t hinge\u0007 ", body="\r\none\r\ntwo \r\n\r\n").submit()
        (ticket,) = desk.rows(Ticket)
        (message,) = desk.rows(Message)
        assert (ticket.subject, message.body) == ("Left hinge", "one\ntwo")

    def test_markup_is_text(self, desk: Desk) -> None:
        hostile = "<script>alert(1)</script>"
        page = filled(desk, subject=hostile, body=hostile).submit().follow()
        assert hostile not in page
        assert "&lt;script&gt;" in page
        assert hostile not in desk.get("/tickets")
        assert hostile not in desk.get("/")

    def test_without_projects_none_is_asked_for(self, desk: Desk) -> None:
        with desk.world.factory.session(desk.world.seed.tenant.id) as db:
            db.execute(update(Project).values(archived_at=datetime.now(UTC)))
        form = form_to(desk.get("/tickets/new"), "/tickets/new")
        assert "project" not in form.fields
        form["subject"], form["body"] = "Left hinge", "It cracked."
        assert form.submit().status_int == 303

    def test_it_says_who_else_can_read_it(self, desk: Desk) -> None:
        assert "Your colleagues at Customer Ltd can read this ticket" in desk.get("/tickets/new")
        dora = desk.world.browser("dora")
        assert "Your colleagues" not in desk.get("/tickets/new", dora)


class TestFiles:
    def test_they_are_kept_while_the_form_comes_back(self, desk: Desk) -> None:
        form = filled(desk, body="")
        form["files"] = [Upload(*PICTURE), Upload("log.txt", b"It broke.")]
        page = form.submit(status=422)
        assert "hinge.png" in page
        form = form_to(page, "/tickets/new")
        form["body"] = "It cracked."
        form["files"] = [Upload("third.txt", b"more")]
        page = form.submit().follow()
        (message,) = desk.rows(Message)
        files = desk.rows(Attachment)
        assert {file.message_id for file in files} == {message.id}
        assert [file.filename for file in files] == ["hinge.png", "log.txt", "third.txt"]
        shown = page.html.select_one(".message").get_text()
        assert all(name in shown for name in ("log.txt", "third.txt"))
        assert page.html.select_one(".message img")["alt"] == "hinge.png"

    def test_one_can_be_taken_off_again(self, desk: Desk) -> None:
        form = filled(desk, body="")
        form["files"] = [Upload(*PICTURE), Upload("log.txt", b"It broke.")]
        form = form_to(form.submit(status=422), "/tickets/new")
        page = form.submit("discard", index=0, status=200)
        assert "hinge.png" not in page
        assert "aria-invalid" not in page
        form = form_to(page, "/tickets/new")
        form["body"] = "It cracked."
        form.submit()
        assert [file.filename for file in desk.rows(Attachment)] == ["log.txt"]

    def test_a_program_is_refused_and_the_rest_is_kept(self, desk: Desk) -> None:
        form = filled(desk)
        form["files"] = [Upload("setup.exe", b"MZ\x90\x00" + b"\0" * 64), Upload(*PICTURE)]
        page = form.submit(status=422)
        assert "“setup.exe” is a program, and programs cannot be attached." in page
        assert [file.filename for file in desk.rows(Attachment)] == ["hinge.png"]
        assert desk.rows(Ticket) == []
        form_to(page, "/tickets/new").submit()
        (file,) = desk.rows(Attachment)
        assert file.message_id == desk.rows(Message)[0].id

    def test_nobody_elses_waiting_file_can_be_taken(self, desk: Desk) -> None:
        form = filled(desk, body="")
        form["files"] = [Upload(*PICTURE)]
        form.submit(status=422)
        (waiting,) = desk.rows(Attachment)
        dora = desk.world.browser("dora")
        form = form_to(desk.get("/tickets/new", dora), "/tickets/new")
        fields = {"csrf_token": form["csrf_token"].value, "subject": "S", "body": "B"}
        page = dora.post(form.action, fields | {"attachment": str(waiting.id)}).follow()
        assert "hinge.png" not in page
        (waiting,) = desk.rows(Attachment)
        assert waiting.message_id is None


class TestPreview:
    def test_without_script_the_form_shows_it(self, desk: Desk) -> None:
        page = filled(desk, body="So **bold**.").submit("preview")
        assert page.status_int == 200
        assert "<strong>bold</strong>" in page.html.select_one("#shown-preview").decode()
        assert form_to(page, "/tickets/new")["body"].value == "So **bold**."
        assert desk.rows(Ticket) == []

    def test_a_form_that_is_not_finished_may_be_looked_at(self, desk: Desk) -> None:
        page = filled(desk, subject="").submit("preview")
        assert "aria-invalid" not in page

    def test_with_script_the_page_asks_for_it(self, desk: Desk) -> None:
        form = filled(desk)
        values = {"csrf_token": form["csrf_token"].value, "body": "<i>x</i> **bold**"}
        answer = desk.cleo.post(desk.world.url("/tickets/preview"), values)
        assert answer.content_type == "text/html"
        assert answer.text == "<p>&lt;i&gt;x&lt;/i&gt; <strong>bold</strong></p>\n"
        values["body"] = "b" * (MAX_CHARACTERS + 1)
        desk.cleo.post(desk.world.url("/tickets/preview"), values, status=422)


class TestOnce:
    def test_two_clicks_at_the_same_moment_make_one_ticket(self, desk: Desk) -> None:
        form = filled(desk)
        fields = {**dict(form.submit_fields())}
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
        assert [answer.status_int for answer in answers] == [303, 303]
        assert answers[0].location == answers[1].location
        assert len(desk.rows(Ticket)) == len(desk.rows(Message)) == 1
        assert desk.ticket("The next one") == 2

    def test_who_goes_back_and_writes_something_else_gets_a_second_one(self, desk: Desk) -> None:
        form = filled(desk)
        form.submit()
        form.submit()
        assert len(desk.rows(Ticket)) == 1
        form["body"] = "And the right one, too."
        form.submit()
        form["subject"] = "Right hinge"
        form.submit()
        assert len(desk.rows(Ticket)) == 3
