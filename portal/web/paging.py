"""Lists paged by key: "Older" starts after the last row shown, however many came before it.

An OFFSET would read and throw away all that it skips, and a row that moves would be shown twice
or never.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, Self, TypeVar

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

PAGE_ROWS = 50

Row = TypeVar("Row")

Direction = Literal["older", "newer"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Microseconds and a number; sixteen digits reach the year 2286.
_CURSOR = re.compile(r"([0-9]{1,16})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row's place in a list that is ordered by a time and then by a number."""

    at: datetime
    number: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor that a URL holds, or None for anything else."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            return None
        return cls(_EPOCH + timedelta(microseconds=int(match[1])), int(match[2]))

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.number}"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, newest first, and the cursors of the pages beside them."""

    rows: Sequence[Row]
    newer: Cursor | None = None
    older: Cursor | None = None


Chosen = TypeVar("Chosen", bound=Select[Any])


def next_rows(
    statement: Chosen,
    at: ColumnElement[datetime] | InstrumentedAttribute[datetime],
    number: ColumnElement[int] | InstrumentedAttribute[int],
    direction: Direction,
    cursor: Cursor | None,
    limit: int,
) -> Chosen:
    """The statement for the rows beyond a cursor, in the order in which `read_page` wants them.

    `at` and `number` are the columns by which the list is ordered; an index should have both.
    """
    key = tuple_(at, number)
    if cursor is not None:
        place = (cursor.at, cursor.number)
        statement = statement.where(key < place if direction == "older" else key > place)
    order = (at.desc(), number.desc()) if direction == "older" else (at, number)
    return statement.order_by(*order).limit(limit)


def read_page(
    fetch: Callable[[Direction, Cursor | None, int], Sequence[Row]],
    place: Callable[[Row], Cursor],
    *,
    older: Cursor | None = None,
    newer: Cursor | None = None,
    size: int = PAGE_ROWS,
) -> Page[Row]:
    """The page after `older`, the one before `newer`, or the first.

    `fetch(direction, cursor, limit)` gives rows in the order in which they are met: newest
    first for "older", oldest first for "newer". A page of newer rows that is not full is the
    first one, and is read as such.
    """
    if newer is not None:
        rows = fetch("newer", newer, size + 1)
        if len(rows) > size:
            shown = [*reversed(rows[:size])]
            return Page(shown, newer=place(shown[0]), older=place(shown[-1]))
        older = None
    rows = fetch("older", older, size + 1)
    shown = [*rows[:size]]
    return Page(
        shown,
        newer=place(shown[0]) if older is not None and shown else None,
        older=place(shown[-1]) if len(rows) > size else None,
    )
