"""In what order a list of tickets stands, and where in it a ticket is."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from sqlalchemy import ColumnElement, bindparam, tuple_

from portal.tickets.filters import UNSOLVED, Filters
from portal.web.paging import Cursor, Direction

_PLACE = re.compile(r"(?P<cursor>[0-9]+-[0-9]+)(?:-(?P<sort>[a-z]+)(?P<urgency>[0-3]))?", re.ASCII)


class Sort(StrEnum):
    """The orders that there are. What comes first is what the word says."""

    UPDATED = "updated"
    OLDEST = "oldest"
    CREATED = "created"
    URGENCY = "urgency"

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that it goes by. Each list of them is an index; the last one is unique."""
        match self:
            case Sort.CREATED:
                # Numbers are given in the order of opening.
                return ("number",)
            case Sort.URGENCY:
                return ("urgency", "updated_at", "number")
            case _:
                return ("updated_at", "number")

    def descends(self, direction: Direction) -> bool:
        """Whether its columns fall in this direction; "older" is on, from the first page."""
        return (direction == "older") != (self is Sort.OLDEST)

    def order(self, columns: Any, direction: Direction) -> list[ColumnElement[Any]]:
        """For ORDER BY, of a table's or a subquery's columns."""
        falls = self.descends(direction)
        found = [getattr(columns, key) for key in self.keys]
        return [column.desc() if falls else column.asc() for column in found]

    def beyond(self, columns: Any, direction: Direction) -> ColumnElement[bool]:
        """What lies beyond a place whose values are bound to the names of the keys."""
        here = tuple_(*(getattr(columns, key) for key in self.keys))
        place = tuple_(*(bindparam(f"at_{key}") for key in self.keys))
        return here < place if self.descends(direction) else here > place


def sorts_for(filters: Filters) -> tuple[Sort, ...]:
    """The orders that a list can have.

    Urgency is for what is still to be done: only that has an index by it, and what was solved
    is no longer urgent.
    """
    to_do = bool(filters.states) and set(filters.states) <= set(UNSOLVED)
    return tuple(sort for sort in Sort if to_do or sort is not Sort.URGENCY)


class _Sorted(Protocol):
    """A ticket, or a row of a list."""

    @property
    def number(self) -> Any: ...
    @property
    def updated_at(self) -> Any: ...
    @property
    def urgency(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Place(Cursor):
    """Where a ticket stands in a list of some order; for another order it means nothing."""

    sort: Sort = Sort.UPDATED
    urgency: int = 0

    @classmethod
    def of(cls, ticket: _Sorted, sort: Sort) -> Self:
        """The place of a ticket as it is now."""
        return cls(ticket.updated_at, ticket.number, sort, ticket.urgency)

    @classmethod
    def read(cls, text: str, sort: Sort) -> Self | None:
        """The place that a URL holds, or None for anything else and for one of another order."""
        match = _PLACE.fullmatch(text)
        cursor = Cursor.parse(match["cursor"]) if match else None
        if match is None or cursor is None or (match["sort"] or Sort.UPDATED) != sort:
            return None
        return cls(cursor.at, cursor.number, sort, int(match["urgency"] or 0))

    def __str__(self) -> str:
        text = Cursor.__str__(self)
        return text if self.sort is Sort.UPDATED else f"{text}-{self.sort}{self.urgency}"

    def values(self) -> dict[str, datetime | int]:
        """What `Sort.beyond` wants to be bound."""
        return {"at_updated_at": self.at, "at_number": self.number, "at_urgency": self.urgency}
