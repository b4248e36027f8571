"""What custom fields take, when they are asked, and what is missing."""

from typing import Any

import pytest

from portal.topics.models import CustomField, FieldKind
from portal.topics.values import Moment, asked_of, cycle_through, missing, parse, read


def field(
    key: str, kind: FieldKind = FieldKind.TEXT, number: int = 1, **values: Any
) -> CustomField:
    """A field that is in no database."""
    nothing: dict[str, Any] = {
        "choices": [],
        "condition_field_id": None,
        "condition_values": [],
        "required_to_open": False,
        "required_to_solve": False,
    }
    return CustomField(id=number, key=key, label=key.title(), kind=kind, **{**nothing, **values})


PRODUCT = field("product", FieldKind.CHOICE, 1, choices=["Cloud", "Server"])
VERSION = field("version", number=2, condition_field_id=1, condition_values=["Server"])
PATCHED = field("patched", FieldKind.CHECKBOX, 3, condition_field_id=2, condition_values=["9"])


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (FieldKind.TEXT, "  two\nwords ", "two words"),
        (FieldKind.TEXT, "", None),
        (FieldKind.NUMBER, "12", 12),
        (FieldKind.NUMBER, " 1,5 ", 1.5),
        (FieldKind.NUMBER, "-0.25", -0.25),
        (FieldKind.NUMBER, 3.0, 3),
        (FieldKind.NUMBER, "1e3", 1000),
        (FieldKind.NUMBER, "", None),
        (FieldKind.DATE, "2026-02-28", "2026-02-28"),
        (FieldKind.DATE, "", None),
        (FieldKind.CHECKBOX, "y", True),
        (FieldKind.CHECKBOX, False, None),
        (FieldKind.CHECKBOX, "no", None),
        (FieldKind.CHECKBOX, None, None),
    ],
)
def test_what_was_typed_becomes_a_value(kind: FieldKind, typed: object, value: object) -> None:
    found = parse(field("any", kind), typed)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (FieldKind.TEXT, 5),
        (FieldKind.TEXT, "x" * 1001),
        (FieldKind.NUMBER, "twelve"),
        (FieldKind.NUMBER, "1,000.5"),
        (FieldKind.NUMBER, "1_000"),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.NUMBER, "1e400"),
        (FieldKind.NUMBER, float("inf")),
        (FieldKind.NUMBER, "0.1234567890123456"),
        (FieldKind.NUMBER, True),
        (FieldKind.NUMBER, []),
        (FieldKind.DATE, "2026-02-30"),
        (FieldKind.DATE, "28.2.2026"),
        (FieldKind.DATE, 20260228),
        (FieldKind.CHECKBOX, "perhaps"),
        (FieldKind.CHECKBOX, 7),
        (FieldKind.CHOICE, "Fridge"),
        (FieldKind.CHOICE, ["Cloud"]),
    ],
)
def test_what_a_field_does_not_take(kind: FieldKind, typed: object) -> None:
    with pytest.raises(ValueError, match=r"\."):
        parse(field("any", kind, choices=["Cloud"]), typed)


def test_a_field_is_asked_where_its_condition_holds() -> None:
    everything = [PRODUCT, VERSION, PATCHED]
    assert asked_of(everything, {}) == [PRODUCT]
    assert asked_of(everything, {"product": "Cloud", "version": "9"}) == [PRODUCT]
    assert asked_of(everything, {"product": "Server", "version": "8"}) == [PRODUCT, VERSION]
    assert asked_of(everything, {"product": "Server", "version": "9"}) == everything


def test_a_field_whose_condition_is_asked_nowhere_is_not_asked() -> None:
    assert asked_of([VERSION], {"product": "Server"}) == []


def test_a_box_that_nobody_checked_is_an_answer() -> None:
    box = field("broken", FieldKind.CHECKBOX, 1)
    why = field("why_not", number=2, condition_field_id=1, condition_values=["no"])
    assert asked_of([box, why], {}) == [box, why]
    assert asked_of([box, why], {"broken": True}) == [box]


def test_conditions_in_a_circle_ask_nothing() -> None:
    one = field("one", FieldKind.CHECKBOX, 1, condition_field_id=2, condition_values=["no"])
    two = field("two", FieldKind.CHECKBOX, 2, condition_field_id=1, condition_values=["no"])
    assert asked_of([one, two], {}) == []


def test_what_is_not_asked_is_neither_kept_nor_required() -> None:
    version = field(
        "version",
        FieldKind.NUMBER,
        2,
        condition_field_id=1,
        condition_values=["Server"],
        required_to_open=True,
    )
    answers = read([PRODUCT, version], {"product": "Cloud", "version": "9"}, Moment.OPEN)
    assert (answers.values, answers.errors) == ({"product": "Cloud"}, {})
    answers = read([PRODUCT, version], {"product": "Cloud", "version": "?"}, Moment.OPEN)
    assert answers.errors == {}
    answers = read([PRODUCT, version], {"product": "Server", "version": " "}, Moment.OPEN)
    assert set(answers.errors) == {"version"}
    answers = read([PRODUCT, version], {"product": "Server", "version": "?"}, Moment.OPEN)
    assert "not a number" in answers.errors["version"]


def test_required_to_solve_is_not_required_to_open() -> None:
    cause = field("cause", required_to_solve=True)
    agreed = field("agreed", FieldKind.CHECKBOX, 2, required_to_open=True)
    assert set(missing([cause, agreed], {}, Moment.OPEN)) == {"agreed"}
    assert set(missing([cause, agreed], {"agreed": True}, Moment.SOLVE)) == {"cause"}
    assert missing([cause], {"cause": "Dust"}, Moment.SOLVE) == {}


def test_a_circle_is_found_before_it_is_closed() -> None:
    assert cycle_through(1, 1, {1: None})
    assert cycle_through(1, 3, {2: 1, 3: 2})
    assert not cycle_through(4, 3, {2: 1, 3: 2, 1: None})
