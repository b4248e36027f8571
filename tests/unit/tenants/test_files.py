"""The parts of tenant files that need no database."""

import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.tenants.files.fields import (
    MASK,
    Choice,
    Field,
    Flag,
    MissingVariable,
    Moment,
    Secret,
    SecretText,
    Texts,
    Whole,
    Wrong,
    from_environment,
    listed,
    shown,
)
from portal.tenants.files.sections import Change, Problem
from portal.tenants.files.writer import write

VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]))),
    st.datetimes(timezones=st.just(UTC)),
)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), VALUES))
def test_what_is_written_is_read_again(row: dict[str, Any]) -> None:
    assert tomllib.loads(write([("[table]", [row])]))["table"] == row


def test_tables_stand_one_below_the_other() -> None:
    text = write(
        [("[tenant]", [{"slug": "a", "name": None}]), ("[[people]]", [{"n": 1}, {"n": 2}])]
    )
    assert text == '[tenant]\nslug = "a"\n\n[[people]]\nn = 1\n\n[[people]]\nn = 2\n'


def test_other_values_are_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="holds no float"):
        write([("[a]", [{"b": 1.5}])])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Flag(), 1),
        (Flag(), "true"),
        (Whole(low=0, high=9), True),
        (Whole(low=0, high=9), 10),
        (Whole(low=0, high=9), 1.0),
        (Choice(words=("a", "b")), "c"),
        (Choice(words=("a", "b")), ["a"]),
        (Texts(rule=str), "a"),
        (Texts(rule=str), [1]),
        (Texts(rule=str), ["a", "a"]),
        (Moment(), "2026-01-01"),
        (Moment(), datetime(2026, 1, 1)),  # noqa: DTZ001 - without a zone is what is tried
        (Secret(), 7),
        (Secret(shortest=5), "éé"),
        (Secret(longest=3), "four"),
    ],
)
def test_wrong_values(field: Field, value: object) -> None:
    with pytest.raises(Wrong):
        field.parse(value)


def test_a_secret_is_in_no_repr() -> None:
    assert "hush" not in repr(SecretText("hush"))
    assert Secret().parse(MASK).masked
    assert not Secret().parse("hush").masked


def test_values_from_the_environment() -> None:
    assert from_environment("env:A", {"A": "x"}) == "x"
    assert from_environment("env", {"A": "x"}) == "env"
    assert from_environment(7, {}) == 7
    for value in ("env:A", "env:"):
        with pytest.raises(MissingVariable):
            from_environment(value, {"A": ""})


def test_words_of_problems() -> None:
    assert listed(["a"]) == '"a"'
    assert listed(["a", "b", "c"]) == '"a", "b" or "c"'
    assert shown("x\ny") == '"x y"'
    assert len(shown("x" * 500)) == 61
    assert str(Problem("[a] b", "is wrong")) == "[a] b: is wrong."
    assert str(Problem("[a] b", 'is wrong; did you mean "c"?')) == (
        '[a] b: is wrong; did you mean "c"?'
    )


def test_words_of_changes() -> None:
    change = Change("tenant.changed", "acme", {"hosts": [[], ["a", "b"]], "on": [True, False]})
    assert str(change) == "tenant.changed acme: hosts nothing → a, b, on yes → no"
    assert str(Change("signin.changed", "")) == "signin.changed"
