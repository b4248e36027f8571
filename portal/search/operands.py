"""What stands behind an operator's colon, read as a value; what cannot be read is a fault."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, TypeVar

from portal.search.grammar import Operator
from portal.tickets.days import Span
from portal.tickets.filters import ANY, FIELD, NOBODY, Filters
from portal.topics.models import CustomField, FieldKind
from portal.topics.values import answer_word, parse
from portal.web.i18n import N_, Message


class FaultError(Exception):
    """An operator that cannot be understood."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


Value = TypeVar("Value")


def one_of(operator: Operator, word: str, values: Mapping[str, Value]) -> Value:
    """What a word stands for. Raises FaultError, which names one spelling of each."""
    if word not in values:
        spellings: dict[Value, str] = {}
        for spelling, meant in values.items():
            spellings.setdefault(meant, spelling)
        raise FaultError(
            N_(
                "“%(operator)s”: after “%(name)s:” can stand %(values)s.",
                operator=str(operator),
                name=operator.name,
                values=", ".join(spellings.values()),
            )
        )
    return values[word]


_NO_VALUE: Final[Mapping[FieldKind, str]] = {
    FieldKind.NUMBER: N_("“%(operator)s”: a number is written like 12 or 12.5."),
    FieldKind.DATE: N_("“%(operator)s”: this date is written like 2026-03-12."),
    FieldKind.CHECKBOX: N_("“%(operator)s”: a checkbox is yes or no."),
    FieldKind.TEXT: N_("“%(operator)s”: this is too long."),
}


def value_of(asked: CustomField | None, operator: Operator) -> str:
    """The value of a field as lists are narrowed by it. Raises FaultError."""
    if asked is None:
        raise FaultError(
            N_("No field has the ID “%(name)s”.", name=operator.name.removeprefix(FIELD))
        )
    word = operator.value.lower()
    if word in (NOBODY, ANY):
        return word
    if asked.kind == FieldKind.CHOICE:
        # It may be one that is no longer on offer: some tickets still have it.
        return operator.value
    try:
        value = parse(asked, operator.value)
    except ValueError as error:
        wrong = _NO_VALUE.get(FieldKind(asked.kind), _NO_VALUE[FieldKind.TEXT])
        raise FaultError(N_(wrong, operator=str(operator))) from error
    if isinstance(value, float):
        return format(Decimal(str(value)), "f")
    # A box that is not checked has no value.
    return answer_word(value) or NOBODY


def dated(filters: Filters, name: str, operator: Operator) -> Filters:
    """The filters with days. Raises FaultError."""
    written = operator.value.lower()
    if Span.parse(written) is None:
        raise FaultError(
            N_(
                "“%(operator)s”: a date is written like 2026-01-31, 2026-01, 2026, today, "
                "yesterday or 7d.",
                operator=str(operator),
            )
        )
    day: dict[str, Any] = {name: written}
    return replace(filters, **day)
