"""What forms take, tidy and refuse; which key a form gives its message."""

import io
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob.multidict import MultiDict

from portal.people.models import Project
from portal.tickets.forms import MAX_CHARACTERS, MAX_SUBJECT, MessageForm, NewTicketForm
from portal.tickets.markdown import MAX_BODY
from portal.web.forms import one_line, plain_text
from portal.web.i18n import Message


def message(body: str = "It cracked.", **fields: str) -> MessageForm:
    return MessageForm(MultiDict({"body": body, "form_key": "k" * 22, **fields}))


def said(form: MessageForm, name: str) -> list[str]:
    form.validate()
    errors = [error for error in form[name].errors if isinstance(error, Message)]
    assert len(errors) == len(form[name].errors)
    return [str(error) % error.variables for error in errors]


class TestText:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("a\r\nb\rc\n", "a\nb\nc"),
            ("\n\n    code\n", "    code"),
            ("tab\tstays", "tab\tstays"),
            ("bell\x07 esc\x1b nul\x00 del\x7f c1\x85", "bell esc nul del c1"),
            ("  \n ", ""),
        ],
    )
    def test_many_lines(self, typed: str, kept: str) -> None:
        assert plain_text(typed) == kept

    @given(st.text())
    def test_tidying_twice_changes_nothing(self, typed: str) -> None:
        assert plain_text(plain_text(typed)) == plain_text(typed)
        assert one_line(one_line(typed)) == one_line(typed)
        assert "\n" not in one_line(typed)

    @pytest.mark.parametrize("junk", [None, 7, io.BytesIO(b"x"), SimpleNamespace(filename="a")])
    def test_what_is_no_text_is_none(self, junk: object) -> None:
        assert plain_text(junk) == one_line(junk) == ""


class TestMessage:
    def test_limits_are_inclusive(self) -> None:
        assert said(message("b" * MAX_CHARACTERS), "body") == []
        assert said(message("b" * (MAX_CHARACTERS + 1)), "body") == [
            "This text is 1 characters over the limit of 20000. Shorten it, or attach it as a file."
        ]

    def test_line_breaks_count_once(self) -> None:
        assert said(message("a\r\n" * (MAX_CHARACTERS // 2)), "body") == []

    def test_bytes_have_a_limit_of_their_own(self) -> None:
        assert said(message("€" * MAX_CHARACTERS), "body") == []
        assert said(message("🎧" * (MAX_BODY // 4 + 1)), "body") == [
            "This text is too long. Shorten it, or attach it as a file."
        ]

    @pytest.mark.parametrize(
        ("sent", "seen"), [("7", 7), ("", 0), ("-7", 0), ("x", 0), ("9" * 19, 0), ("\u0667", 0)]
    )
    def test_what_the_page_had_shown(self, sent: str, seen: int) -> None:
        assert message(seen=sent).seen_message == seen

    def test_nothing_seen_where_nothing_is_said(self) -> None:
        assert MessageForm().seen_message == 0


class TestKey:
    def test_the_same_form_and_text_is_one_message(self) -> None:
        assert message().draft().form_key == message().draft().form_key

    def test_another_text_or_form_is_another(self) -> None:
        keys = {
            message().draft().form_key,
            message("It broke.").draft().form_key,
            message(form_key="j" * 22).draft().form_key,
            message().draft("A subject").form_key,
        }
        assert len(keys) == 4

    @pytest.mark.parametrize("key", ["", "short", "k" * 65, "with space in it!!", "\u043a" * 16])
    def test_a_key_that_is_none_of_ours_is_replaced(self, key: str) -> None:
        form = message(form_key=key)
        assert form.form_key.data != key
        assert len(str(form.form_key.data)) >= 16

    def test_every_blank_form_has_its_own(self) -> None:
        assert MessageForm().form_key.data != MessageForm().form_key.data


class TestNewTicket:
    PROJECTS = (Project(id=7, name="Headphones"), Project(id=8, name="Microphones"))

    def form(self, **fields: str) -> NewTicketForm:
        values = {"body": "b", "subject": "s", **fields}
        return NewTicketForm(MultiDict(values), projects=self.PROJECTS)

    def test_a_subject_is_one_line_within_its_limit(self) -> None:
        form = self.form(subject="  Left\n hinge ")
        assert form.validate()
        assert form.subject.data == "Left hinge"
        assert said(self.form(subject="s" * MAX_SUBJECT), "subject") == []
        assert said(self.form(subject="s" * (MAX_SUBJECT + 2)), "subject") == [
            "Use at most 200 characters: this has 2 more."
        ]

    @pytest.mark.parametrize(("sent", "project_id"), [("", None), ("8", 8)])
    def test_a_project_may_be_chosen(self, sent: str, project_id: int | None) -> None:
        form = self.form(project=sent)
        assert form.validate()
        assert form.project_id == project_id

    @pytest.mark.parametrize("sent", ["9", "x", "07", " 7"])
    def test_only_one_of_those_on_offer(self, sent: str) -> None:
        form = self.form(project=sent)
        assert not form.validate()
        assert form.project_id is None
