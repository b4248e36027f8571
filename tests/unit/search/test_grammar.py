"""What is typed, taken apart, and what the database is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.grammar import Operator, Query, Term, parse
from portal.search.words import Words


@pytest.mark.parametrize(
    ("text", "terms", "operators"),
    [
        ("left hinge", [Term("left"), Term("hinge")], []),
        ('"left hinge" -glue', [Term("left hinge", True), Term("glue", False, True)], []),
        ('-"left  hinge"', [Term("left hinge", True, True)], []),
        ('"never closed', [Term("never closed", True)], []),
        ("state:open hinge", [Term("hinge")], [Operator("state", "open")]),
        ('Team:"Second line"', [], [Operator("team", "Second line")]),
        ("-tag:billing", [], [Operator("tag", "billing", True)]),
        ("colour:red", [], [Operator("colour", "red")]),
        ("see http://acme.test/a:b", [Term("see"), Term("http://acme.test/a:b")], []),
        ("Re: hinge", [Term("Re:"), Term("hinge")], []),
        ("at 12:30", [Term("at"), Term("12:30")], []),
        ("don't", [Term("don't")], []),
        ('- "" * & \'', [], []),
        ("", [], []),
    ],
)
def test_a_text_is_words_and_operators(
    text: str, terms: list[Term], operators: list[Operator]
) -> None:
    assert parse(text) == Query(tuple(terms), tuple(operators))


def test_a_box_without_operators_takes_them_for_words() -> None:
    assert parse("state:open", with_operators=False).terms == (Term("state:open"),)


@given(st.text(max_size=60))
def test_any_text_is_taken_apart_and_means_the_same_when_put_together(text: str) -> None:
    terms = parse(text).terms
    again = parse(" ".join(map(str, terms)), with_operators=False).terms
    assert [str(term) for term in again] == [str(term) for term in terms]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hinge", Words(last="hinge")),
        ("left hin", Words('"left"', "hin", any_of='"left"')),
        ("hinge -glue", Words('"hinge" -"glue"', any_of='"hinge"')),
        ('"left hinge"', Words('"left hinge"', any_of='"left hinge"')),
        ("#42", Words(last="#42", number=42)),
        ("142", Words(codes=("142",), number=142, any_of='"142"')),
        ("A-2024/17", Words(codes=("a202417",), any_of='"A-2024/17"')),
        ("ana@acme.te", Words(codes=("ana@acmete",), any_of='"ana@acme.te"')),
        ("-42", Words('-"42"')),
        ('say "or" \\', Words('"say" "or"', any_of='"say" or "or"')),
        ("", Words()),
    ],
)
def test_words_are_said_to_the_database(text: str, words: Words) -> None:
    assert Words.plain(text) == words


def test_nothing_is_false() -> None:
    assert not Words.plain("- * ()")
    assert Words.plain("x")
