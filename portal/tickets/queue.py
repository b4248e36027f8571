"""Lists of tickets for staff: a view, a person's tickets, an organisation's.

A statement is built once for each combination of filters and kept; what differs from one
request to the next are its parameters. The page's rows are cut first and joined after, so that
the planner never thinks of joining a whole tenant's tickets with all of its people.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from portal.search.tickets import Matching, matching
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.filters import Filters
from portal.tickets.models import Ticket
from portal.tickets.narrowed import Narrowed, narrow
from portal.tickets.ordering import Place, Sort
from portal.tickets.queue_statement import Shape, build, kept_statement
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
    #: There are tickets with the words of the list that were not looked at.
    more: bool


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
        return self._read(*wanted, older, newer) if wanted else Page([])

    def beside(self, filters: Filters, place: Place, direction: Direction) -> int | None:
        """The number of the ticket that stands next to a place in the list, or None at its end.

        The ticket that the place is of is never meant: it may have moved since.
        """
        wanted = self._wanted(filters, place.sort)
        if wanted is None:
            return None
        narrowed, _words = wanted
        shape = narrowed.shape._replace(after=direction, direction=direction)
        beyond = replace(narrowed, shape=shape)
        statement = (
            select(Ticket.number)
            .where(*beyond.conditions, Ticket.number != bindparam("at_number"))
            .order_by(*shape.sort.order(Ticket, direction))
            .limit(1)
        )
        number: int | None = self.db.scalar(statement, {**narrowed.values, **place.values()})
        return number

    def numbers(self, filters: Filters) -> Select[int] | None:
        """A statement that reads the numbers of all tickets that the filters leave, lowest first;
        None when nobody has the requester's name."""
        wanted = self._wanted(filters, Sort.UPDATED)
        if wanted is None:
            return None
        narrowed, _words = wanted
        statement = select(Ticket.number).where(*narrowed.conditions)
        return statement.order_by(Ticket.number).params(narrowed.values)

    def of_requester(
        self, user_id: int, *, older: Cursor | None = None, newer: Cursor | None = None
    ) -> Page[QueueRow]:
        """A page of a person's tickets, in every state."""
        narrowed = Narrowed(
            Shape(requesters=True), {"tenant_id": self.tenant.id, "requesters": [user_id]}
        )
        return self._read(narrowed, None, _place(older), _place(newer))

    def of_organisation(
        self, organisation_id: int, *, older: Cursor | None = None, newer: Cursor | None = None
    ) -> Page[QueueRow]:
        """A page of an organisation's tickets, in every state."""
        narrowed = Narrowed(
            Shape(organisation=True), {"tenant_id": self.tenant.id, "organisation": organisation_id}
        )
        return self._read(narrowed, None, _place(older), _place(newer))

    def _wanted(self, filters: Filters, sort: Sort) -> tuple[Narrowed, Matching | None] | None:
        """The list, and its words where it has some; None when nobody has the requester's name."""
        narrowed = narrow(self.db, self.tenant, self.reader, filters, sort)
        if narrowed is None:
            return None
        if not filters.text:
            return narrowed, None
        # Words are looked for among the tickets that all other filters leave.
        is_narrowed = filters.without("text") != Filters()
        among = narrowed.conditions if is_narrowed else ()
        words = matching(self.tenant, self.reader.user_id, filters.text, among)
        return replace(narrowed, others=[*narrowed.others, words.condition]), words

    def _read(
        self,
        narrowed: Narrowed,
        words: Matching | None,
        older: Place | None,
        newer: Place | None,
    ) -> Page[QueueRow]:
        sort, others = narrowed.shape.sort, narrowed.others
        fixed = {**narrowed.values, "me": self.reader.user_id}

        def fetch(direction: Direction, cursor: Cursor | None, limit: int) -> Sequence[QueueRow]:
            shape = narrowed.shape._replace(after=direction if cursor else "", direction=direction)
            statement = build(shape, others, words) if others else kept_statement(shape)
            values = {**fixed, "limit": limit}
            if isinstance(cursor, Place):
                values |= cursor.values()
            return [QueueRow._make(row) for row in self.db.execute(statement, values)]

        return read_page(fetch, lambda row: Place.of(row, sort), older=older, newer=newer)


def _place(cursor: Cursor | None) -> Place | None:
    return Place(cursor.at, cursor.number) if cursor else None
