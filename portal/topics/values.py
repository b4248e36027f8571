"""What custom fields hold: typed text to values, what is asked, and what is missing.

The one place that knows. Pages, API, bulk changes and jobs all come through here, with the fields
of a topic as `portal.topics.catalogue` reads them.

Values are what JSON has: a text, a number (whole where it can be), a date as `2026-03-12`, one of
the choices, or true for a checked box. An empty answer is no value at all.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from portal.topics.models import CustomField, FieldKind
from portal.web.forms import one_line
from portal.web.i18n import N_, Message

Value = str | int | float | bool
Values = Mapping[str, Value]

#: Characters of a text, and digits of a number.
MAX_TEXT = 1000
MAX_DIGITS = 15

#: A checkbox in words, as conditions and addresses write it.
YES, NO = "yes", "no"
_CHECKED = frozenset({"y", YES, "true", "on", "1"})
_NOT_CHECKED = frozenset({"", "n", NO, "false", "off", "0"})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Moment(StrEnum):
    """When a field may be required."""

    OPEN = "open"
    SOLVE = "solve"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a form said: the values to keep, and what is wrong, each by the field's key."""

    values: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, Message] = field(default_factory=dict)


def parse(asked: CustomField, typed: object) -> Value | None:
    """The value of what was typed or sent; None for an empty answer.

    Raises ValueError with a sentence for what the field does not take.
    """
    return _PARSERS[FieldKind(asked.kind)](asked, typed)


def read(fields: Sequence[CustomField], typed: Mapping[str, object], moment: Moment) -> Answers:
    """The values of a form, cleaned of what is not asked, with all that is wrong or missing."""
    values: dict[str, Value] = {}
    errors: dict[str, Message] = {}
    for each in fields:
        try:
            value = parse(each, typed.get(each.key))
        except ValueError as error:
            errors[each.key] = error.args[0]
        else:
            if value is not None:
                values[each.key] = value
    asked = {each.key for each in asked_of(fields, values)}
    return Answers(
        {key: value for key, value in values.items() if key in asked},
        {key: error for key, error in errors.items() if key in asked}
        | {
            key: message
            for key, message in missing(fields, values, moment).items()
            if key not in errors
        },
    )


def asked_of(fields: Sequence[CustomField], values: Values) -> list[CustomField]:
    """The fields whose condition holds. A field that is not asked answers no other's condition."""
    by_id = {each.id: each for each in fields}
    return [each for each in fields if _is_asked(each, by_id, values)]


def missing(fields: Sequence[CustomField], values: Values, moment: Moment) -> dict[str, Message]:
    """What still has to be answered before a ticket is opened or solved, by the field's key.

    A required box has to be checked.
    """
    return {
        each.key: MISSING[moment]
        for each in asked_of(fields, values)
        if _is_required(each, moment) and values.get(each.key) in (None, "", False)
    }


def answer_word(value: Value | None) -> str:
    """A value as conditions write it; "" for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    return str(value)


def in_words(kind: str, value: Value | None) -> Message | str | date | None:
    """A value of a kind of field as people read it; None for no value."""
    if kind == FieldKind.CHECKBOX:
        return N_("Yes") if value is True else N_("No")
    if kind == FieldKind.DATE and isinstance(value, str) and _DATE.fullmatch(value):
        return date.fromisoformat(value)
    return None if value is None or value == "" else str(value)


def cycle_through(
    field_id: int, condition_id: int | None, conditions: Mapping[int, int | None]
) -> bool:
    """Whether a field would depend on itself if it were asked under this condition."""
    seen: set[int] = set()
    at = condition_id
    while at is not None and at not in seen:
        if at == field_id:
            return True
        seen.add(at)
        at = conditions.get(at)
    return False


def _is_asked(asked: CustomField, by_id: Mapping[int, CustomField], values: Values) -> bool:
    seen: set[int] = set()
    at = asked
    while at.condition_field_id is not None:
        other = by_id.get(at.condition_field_id)
        if other is None or other.id in seen:
            return False
        value = values.get(other.key)
        if other.kind == FieldKind.CHECKBOX:
            value = value is True
        if answer_word(value) not in at.condition_values:
            return False
        seen.add(other.id)
        at = other
    return True


def _is_required(asked: CustomField, moment: Moment) -> bool:
    return asked.required_to_open if moment is Moment.OPEN else asked.required_to_solve


#: What is said of a field that has to be answered.
MISSING = {
    Moment.OPEN: N_("This has to be answered."),
    Moment.SOLVE: N_("This has to be filled in before the ticket is solved."),
}


def _text(_asked: CustomField, typed: object) -> str | None:
    if typed is not None and not isinstance(typed, str):
        raise ValueError(N_("Send a text."))
    text = one_line(typed)
    if len(text) > MAX_TEXT:
        raise ValueError(N_("Use at most %(limit)s characters.", limit=MAX_TEXT))
    return text or None


def _number(_asked: CustomField, typed: object) -> int | float | None:
    if typed is None:
        return None
    if isinstance(typed, str):
        return _number_in(one_line(typed))
    if isinstance(typed, bool) or not isinstance(typed, int | float) or not math.isfinite(typed):
        raise ValueError(_NO_NUMBER)
    return _kept(Decimal(str(typed)))


def _number_in(text: str) -> int | float | None:
    """A number as people write it: `1.5`, and `1,5` where that is the decimal sign."""
    if not text:
        return None
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not text.isascii() or "_" in text:
        raise ValueError(_NO_NUMBER)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(_NO_NUMBER) from None
    return _kept(number)


def _kept(number: Decimal) -> int | float:
    if not number.is_finite():
        raise ValueError(_NO_NUMBER)
    if number.adjusted() >= MAX_DIGITS or len(number.normalize().as_tuple().digits) > MAX_DIGITS:
        raise ValueError(N_("Use at most %(limit)s digits.", limit=MAX_DIGITS))
    return int(number) if number == number.to_integral_value() else float(number)


_NO_NUMBER = N_("This is not a number. Write it like 12 or 12.5.")


def _date(_asked: CustomField, typed: object) -> str | None:
    if typed is None:
        return None
    text = one_line(typed)
    if not text and isinstance(typed, str):
        return None
    if not _DATE.fullmatch(text):
        raise ValueError(_NO_DATE)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(_NO_DATE) from None


_NO_DATE = N_("This is not a date. Write it like 2026-03-12.")


def _choice(asked: CustomField, typed: object) -> str | None:
    if typed is None or typed == "":
        return None
    if not isinstance(typed, str) or typed not in asked.choices:
        raise ValueError(N_("That is no longer on offer. Choose another."))
    return typed


def _checkbox(_asked: CustomField, typed: object) -> bool | None:
    if typed is None or isinstance(typed, bool):
        return typed or None
    word = typed.strip().lower() if isinstance(typed, str) else None
    if word in _CHECKED:
        return True
    if word in _NOT_CHECKED:
        return None
    raise ValueError(N_("Send true or false."))


_PARSERS: Mapping[FieldKind, Callable[[CustomField, object], Value | None]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.CHECKBOX: _checkbox,
}
