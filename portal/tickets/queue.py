"""Lists of tickets for staff: a view, a person's tickets, an organisation's.

A statement is built once for each combination of filters and kept; what differs from one
request to the next are its parameters. The page's rows are cut first and joined after, so that
the planner never thinks of joining a whole tenant's tickets with all of its people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session

from portal.people.directory import PeopleDirectory
from portal.search.tickets import ticket_matches
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.filter_conditions import conditions_of
from portal.tickets.filters import ME, NOBODY, UNSOLVED, Filters, Mark
from portal.tickets.models import Ticket
from portal.tickets.ordering import Place, Sort
from portal.tickets.queue_statement import Shape, build, conditions, kept_statement
from portal.web.paging import Cursor, Direction, Page, read_page


class QueueRow(NamedTuple):
    """A ticket as a list shows it."""

    number: int
    subject: str
    snippet: str
    state: str
    priority: str
    updated_at: datetime
    requester_id: int
    requester: str
    organisation: str | None
    assignee_id: int | None
    assignee: str | None
    #: There is a message that the reader has not seen.
    unread: bool
    #: 3 for urgent, 0 for low.
    urgency: int
    team: str | None
    tags: Sequence[str]
    #: By the reader.
    starred: bool
    is_snoozed: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A list: its shape, and the values of its conditions."""

    shape: Shape
    values: dict[str, Any] = field(default_factory=dict)
    #: Conditions that no statement is kept for.
    others: Sequence[ColumnElement[bool]] = ()


class TicketLists:
    """Lists of one tenant's tickets, read by one agent."""

    def __init__(self, db: Session, tenant: Tenant, reader: Identity) -> None:
        self.db = db
        self.tenant = tenant
        self.reader = reader

    def filtered(
        self,
        filters: Filters,
        *,
        sort: Sort = Sort.UPDATED,
        older: Place | None = None,
        newer: Place | None = None,
    ) -> Page[QueueRow]:
        """The page of all tickets that the filters leave; a place is one of the same order."""
        wanted = self._wanted(filters, sort)
        return self._read(wanted, older, newer) if wanted else Page([])

    def beside(self, filters: Filters, place: Place, direction: Direction) -> int | None:
        """The number of the ticket that stands next to a place in the list, or None at its end.

        The ticket that the place is of is never meant: it may have moved since.
        """
        wanted = self._wanted(filters, place.sort)
        if wanted is None:
            return None
        shape = wanted.shape._replace(after=direction, direction=direction)
        statement = (
            select(Ticket.number)
            .where(*conditions(shape), *wanted.others, Ticket.number != bindparam("at_number"))
            .order_by(*shape.sort.order(Ticket, direction))
            .limit(1)
        )
        values = {**wanted.values, "tenant_id": self.tenant.id, **place.values()}
        number: int | None = self.db.scalar(statement, values)
        return number

    def numbers(self, filters: Filters) -> Select[int] | None:
        """A statement that reads the numbers of all tickets that the filters leave, lowest first;
        None when nobody has the requester's name."""
        wanted = self._wanted(filters, Sort.UPDATED)
        if wanted is None:
            return None
        statement = select(Ticket.number).where(*conditions(wanted.shape), *wanted.others)
        values = {**wanted.values, "tenant_id": self.tenant.id}
        return statement.order_by(Ticket.number).params(values)

    def of_requester(
        self, user_id: int, *, older: Cursor | None = None, newer: Cursor | None = None
    ) -> Page[QueueRow]:
        """A page of a person's tickets, in every state."""
        wanted = _Wanted(Shape(requesters=True), {"requesters": [user_id]})
        return self._read(wanted, _place(older), _place(newer))

    def of_organisation(
        self, organisation_id: int, *, older: Cursor | None = None, newer: Cursor | None = None
    ) -> Page[QueueRow]:
        """A page of an organisation's tickets, in every state."""
        wanted = _Wanted(Shape(organisation=True), {"organisation": organisation_id})
        return self._read(wanted, _place(older), _place(newer))

    def _wanted(self, filters: Filters, sort: Sort) -> _Wanted | None:
        """The list, or None when nobody has the requester's name."""
        shape, values = Shape(sort=sort), dict[str, Any]()
        if filters.requester:
            people = PeopleDirectory(self.db, self.tenant).ids(filters.requester)
            if not people:
                return None
            shape, values["requesters"] = shape._replace(requesters=True), people
        if filters.states:
            # A snoozed ticket is in no queue; it is found under its own mark, and among all.
            awake = Mark.SNOOZED not in filters.marks
            shape = shape._replace(states=_kind_of_states(filters), awake=awake)
            values["states"] = filters.states
        if filters.assignee:
            nobody = filters.assignee == NOBODY
            shape = shape._replace(assignee="nobody" if nobody else "one")
            own = filters.assignee == ME
            values["assignee"] = self.reader.user_id if own or nobody else int(filters.assignee)
        if filters.priorities:
            shape = shape._replace(priorities=True)
            values["priorities"] = filters.priorities
        if filters.project:
            none = filters.project == NOBODY
            shape = shape._replace(project="none" if none else "one")
            values["project"] = 0 if none else int(filters.project)
        others = conditions_of(filters, self.tenant, self.reader)
        if filters.text:
            others.append(ticket_matches(self.tenant, self.reader.user_id, filters.text))
        return _Wanted(shape, values, others)

    def _read(self, wanted: _Wanted, older: Place | None, newer: Place | None) -> Page[QueueRow]:
        sort = wanted.shape.sort
        fixed = {**wanted.values, "tenant_id": self.tenant.id, "me": self.reader.user_id}

        def fetch(direction: Direction, cursor: Cursor | None, limit: int) -> Sequence[QueueRow]:
            shape = wanted.shape._replace(after=direction if cursor else "", direction=direction)
            statement = build(shape, wanted.others) if wanted.others else kept_statement(shape)
            values = {**fixed, "limit": limit}
            if isinstance(cursor, Place):
                values |= cursor.values()
            return [QueueRow._make(row) for row in self.db.execute(statement, values)]

        return read_page(fetch, lambda row: Place.of(row, sort), older=older, newer=newer)


def _place(cursor: Cursor | None) -> Place | None:
    return Place(cursor.at, cursor.number) if cursor else None


def _kind_of_states(filters: Filters) -> Literal["unsolved", "within", "some"]:
    if filters.states == UNSOLVED:
        return "unsolved"
    return "within" if set(filters.states) <= set(UNSOLVED) else "some"
