"""Lists of tickets for staff: a view, a person's tickets, an organisation's.

A statement is built once for each combination of filters and kept; what differs from one
request to the next are its parameters. The page's rows are cut first and joined after, so that
the planner never thinks of joining a whole tenant's tickets with all of its people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, select, text, tuple_
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import func

from portal.people.directory import PeopleDirectory
from portal.people.models import Organisation, User
from portal.search.tickets import ticket_matches
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.filter_conditions import conditions_of
from portal.tickets.filters import ME, NOBODY, UNSOLVED, Filters
from portal.tickets.models import IS_UNSOLVED, Ticket, TicketRead
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

    @property
    def cursor(self) -> Cursor:
        """Where the row stands in the list."""
        return Cursor(self.updated_at, self.number)


class Shape(NamedTuple):
    """Which conditions a list has, without their values."""

    #: `unsolved`: all four; `within`: some of them; `some`: any others.
    states: Literal["", "unsolved", "within", "some"] = ""
    assignee: Literal["", "nobody", "one"] = ""
    priorities: bool = False
    project: Literal["", "none", "one"] = ""
    requesters: bool = False
    organisation: bool = False
    #: The list goes on after a row, in this direction.
    after: Literal["", "older", "newer"] = ""
    direction: Direction = "older"


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
        self, filters: Filters, *, older: Cursor | None = None, newer: Cursor | None = None
    ) -> Page[QueueRow]:
        """The page of all tickets that the filters leave, the last changed first."""
        wanted = self._wanted(filters)
        if filters.requester:
            people = PeopleDirectory(self.db, self.tenant).ids(filters.requester)
            if not people:
                return Page([])
            wanted = replace(
                wanted,
                shape=wanted.shape._replace(requesters=True),
                values=wanted.values | {"requesters": people},
            )
        return self._read(wanted, older, newer)

    def of_requester(
        self, user_id: int, *, older: Cursor | None = None, newer: Cursor | None = None
    ) -> Page[QueueRow]:
        """A page of a person's tickets, in every state."""
        wanted = _Wanted(Shape(requesters=True), {"requesters": [user_id]})
        return self._read(wanted, older, newer)

    def of_organisation(
        self, organisation_id: int, *, older: Cursor | None = None, newer: Cursor | None = None
    ) -> Page[QueueRow]:
        """A page of an organisation's tickets, in every state."""
        wanted = _Wanted(Shape(organisation=True), {"organisation": organisation_id})
        return self._read(wanted, older, newer)

    def _wanted(self, filters: Filters) -> _Wanted:
        shape, values = Shape(), dict[str, Any]()
        if filters.states:
            shape = shape._replace(states=_kind_of_states(filters))
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

    def _read(self, wanted: _Wanted, older: Cursor | None, newer: Cursor | None) -> Page[QueueRow]:
        fixed = {**wanted.values, "tenant_id": self.tenant.id, "me": self.reader.user_id}

        def fetch(direction: Direction, cursor: Cursor | None, limit: int) -> Sequence[QueueRow]:
            shape = wanted.shape._replace(after=direction if cursor else "", direction=direction)
            statement = _build(shape, wanted.others) if wanted.others else _statement(shape)
            values = {**fixed, "limit": limit}
            if cursor is not None:
                values |= {"at": cursor.at, "number": cursor.number}
            return [QueueRow._make(row) for row in self.db.execute(statement, values)]

        return read_page(fetch, lambda row: row.cursor, older=older, newer=newer)


def _kind_of_states(filters: Filters) -> Literal["unsolved", "within", "some"]:
    if filters.states == UNSOLVED:
        return "unsolved"
    return "within" if set(filters.states) <= set(UNSOLVED) else "some"


@lru_cache(maxsize=256)
def _statement(shape: Shape) -> Select[*tuple[Any, ...]]:
    return _build(shape)


def _build(shape: Shape, others: Sequence[ColumnElement[bool]] = ()) -> Select[*tuple[Any, ...]]:
    """The statement of a shape: a page of tickets, and then their people."""
    conditions = [*_conditions(shape), *others]
    newest_first = shape.direction == "older"
    page = (
        select(
            Ticket.tenant_id,
            Ticket.number,
            Ticket.subject,
            Ticket.snippet,
            Ticket.state,
            Ticket.priority,
            Ticket.updated_at,
            Ticket.requester_id,
            Ticket.organisation_id,
            Ticket.assignee_id,
            Ticket.last_message_id,
        )
        .where(*conditions)
        .order_by(*_order(Ticket.updated_at, Ticket.number, descending=newest_first))
        .limit(bindparam("limit"))
        .subquery("page")
    )
    assignee = aliased(User)
    return (
        select(
            page.c.number,
            page.c.subject,
            page.c.snippet,
            page.c.state,
            page.c.priority,
            page.c.updated_at,
            page.c.requester_id,
            User.name,
            Organisation.name,
            page.c.assignee_id,
            assignee.name,
            page.c.last_message_id > func.coalesce(TicketRead.message_id, 0),
        )
        .select_from(page)
        .join(User, and_(User.tenant_id == page.c.tenant_id, User.id == page.c.requester_id))
        .outerjoin(
            Organisation,
            and_(
                Organisation.tenant_id == page.c.tenant_id,
                Organisation.id == page.c.organisation_id,
            ),
        )
        .outerjoin(
            assignee,
            and_(assignee.tenant_id == page.c.tenant_id, assignee.id == page.c.assignee_id),
        )
        .outerjoin(
            TicketRead,
            and_(
                TicketRead.tenant_id == page.c.tenant_id,
                TicketRead.user_id == bindparam("me"),
                TicketRead.ticket_number == page.c.number,
            ),
        )
        .order_by(*_order(page.c.updated_at, page.c.number, descending=newest_first))
    )


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[Any]] = [Ticket.tenant_id == bindparam("tenant_id")]
    if shape.states in ("unsolved", "within"):
        # With constants: a parameter would hide the partial indexes from a prepared plan.
        conditions.append(text(IS_UNSOLVED))  # type: ignore[arg-type]  # a whole condition
    if shape.states in ("within", "some"):
        conditions.append(Ticket.state.in_(bindparam("states", expanding=True)))
    if shape.assignee == "nobody":
        conditions.append(Ticket.assignee_id.is_(None))
    elif shape.assignee == "one":
        conditions.append(Ticket.assignee_id == bindparam("assignee"))
    if shape.priorities:
        conditions.append(Ticket.priority.in_(bindparam("priorities", expanding=True)))
    if shape.project == "none":
        conditions.append(Ticket.project_id.is_(None))
    elif shape.project == "one":
        conditions.append(Ticket.project_id == bindparam("project"))
    if shape.requesters:
        conditions.append(Ticket.requester_id.in_(bindparam("requesters", expanding=True)))
    if shape.organisation:
        conditions.append(Ticket.organisation_id == bindparam("organisation"))
    if shape.after:
        place = tuple_(Ticket.updated_at, Ticket.number)
        cursor = tuple_(bindparam("at"), bindparam("number"))
        conditions.append(place < cursor if shape.after == "older" else place > cursor)
    return conditions


def _order(at: Any, number: Any, *, descending: bool) -> tuple[Any, Any]:
    return (at.desc(), number.desc()) if descending else (at, number)
