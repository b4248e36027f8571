"""The variables of macros: what they become, and what no value can become."""

import re
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.macros.variables import (
    VARIABLES,
    Surroundings,
    escape,
    fill,
    first_name,
    problem_of,
)
from portal.tickets import markdown
from portal.web.forms import one_line
from portal.web.i18n import translate

HERE = Surroundings(
    requester_name="Ana O’Neil",
    requester_email="ana_maria@customer.test",
    organisation="",
    number=42,
    subject="**Free** [money](https://evil.test) <b>now</b>",
    url="https://help.acme.test/tickets/42",
    agent_name="Ben Agent",
    company="Acme & Sons",
)


def test_a_text_says_what_its_variables_are_worth() -> None:
    text = (
        "Dear {{requester.first_name}},\n\n#{{ ticket.number }}: {{ ticket.url }}\n{{ agent.name }}"
    )
    assert fill(text, HERE.values()) == (
        "Dear Ana,\n\n#42: https://help.acme.test/tickets/42\nBen Agent"
    )


def test_every_variable_has_a_value() -> None:
    assert set(HERE.values()) == set(VARIABLES)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("at {{ requester.organisation | your company }}.", "at your company."),
        ("at {{ requester.organisation }}.", "at ."),
        ("Hello {{ requester.first_name | there }}", "Hello Ana"),
        ("{{ requester.organisation | a | b }}", "a | b"),
        # Not variables
        (r"\{{ ticket.number }}", r"\{{ ticket.number }}"),
        ("{{ 7 * 7 }} {{ ticket.__class__ }}", "{{ 7 * 7 }} {{ ticket.__class__ }}"),
        ("{{ ticket.number", "{{ ticket.number"),
    ],
)
def test_what_stands_in_for_nothing(text: str, filled: str) -> None:
    assert fill(text, HERE.values()) == filled


def test_a_value_is_never_read_as_a_variable() -> None:
    values = HERE.values() | {"ticket.subject": escape("{{ agent.name }}")}
    assert fill("{{ ticket.subject }}", values) == "{{ agent.name }}"


def test_a_hostile_subject_is_words() -> None:
    html = markdown.render(fill("About {{ ticket.subject }}:", HERE.values()))
    assert "<strong>" not in html
    assert ">money<" not in html
    assert "&lt;b&gt;now&lt;/b&gt;" in html
    assert "[money](" in unescape(html)


# Addresses become links of themselves, as in every message.
_LINKS = re.compile(r"</?a\b[^>]*>")


_MARKS = st.sampled_from("\\`*_[]()<>|~#+-=.!&:;/@1 9ax\"'{}^")


@given(st.text(alphabet=_MARKS | st.characters(codec="utf-8")))
@example("1. One")
@example("---")
@example("===")
@example("&copy;")
@example("a*b*c _d_ __e__")
@example("http://evil.test/**x**")
def test_a_value_shows_itself_and_nothing_else(value: str) -> None:
    shown = one_line(value)
    for before in ("", "Line\n"):
        html = _LINKS.sub("", markdown.render(before + escape(value))).strip()
        text = html.removeprefix("<p>").removesuffix("</p>").replace("<br>", "")
        assert "<" not in text, html
        assert unescape(text).strip() == (before + shown).strip()


@pytest.mark.parametrize(
    "text", ["", "Plain { text }", "{{ ticket.number }}", "{{company|us}}", r"\{{ anything }}"]
)
def test_nothing_is_wrong(text: str) -> None:
    assert problem_of(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ requester.frist_name }}", "Did you mean “requester.first_name”?"),
        ("{{ customer.name }}", "Did you mean “requester.name”?"),
        ("{{ Ticket.Subject }}", "Did you mean “ticket.subject”?"),
        ("{{ 7*7 }}", "There is no variable “7*7”. Choose one from the list."),
        ("{{ }}", "There is no variable “”."),
        ("{{ ticket.number", "missing somewhere"),
        ("{{ ticket\n.number }}", "missing somewhere"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    problem = problem_of(text)
    assert problem is not None
    assert said in translate("en", problem)


def test_a_first_name_is_a_word_of_a_name() -> None:
    assert first_name("Ana Maria Lopez") == "Ana"
    assert first_name("ana@customer.test") == ""
