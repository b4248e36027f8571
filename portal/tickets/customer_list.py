"""A customer's tickets as lists read them: column tuples, by key, in statements built once."""

import functools
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, any_, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session

from portal.composer.models import Draft
from portal.people.models import User
from portal.search.tickets import matching
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.models import State, Ticket, TicketRead
from portal.web.paging import Cursor, Direction, Page, read_page

#: What a customer has to answer is counted up to here.
COUNTED = 1000


class Tab(StrEnum):
    """The states of tickets, as customers see them. `all` is for what a search found."""

    ALL = "all"
    WAITING = "waiting"
    OPEN = "open"
    CLOSED = "closed"


class Scope(StrEnum):
    """Whose tickets: the customer's own and those they are in copy of, or all of an organisation
    that shares them."""

    MINE = "mine"
    ORGANISATION = "organisation"


States = tuple[State, ...]

_STATES: dict[Tab, States] = {
    Tab.ALL: tuple(State),
    Tab.WAITING: (State.PENDING,),
    Tab.OPEN: (State.NEW, State.OPEN, State.ON_HOLD),
    Tab.CLOSED: (State.SOLVED, State.CLOSED),
}
_NOT_WAITING = tuple(state for state in State if state not in _STATES[Tab.WAITING])


class TicketRow(NamedTuple):
    """A ticket in a customer's list."""

    number: int
    subject: str
    state: str
    snippet: str
    replied_at: datetime
    last_reply_id: int
    requester_id: int
    requester_name: str
    #: Up to which message the customer has read it; None: never opened.
    read_up_to: int | None

    def is_unread(self, reader: Identity) -> bool:
        """Whether there is something new. A colleague's ticket is new only once it was opened."""
        if self.read_up_to is None:
            return self.requester_id == reader.user_id
        return self.last_reply_id > self.read_up_to


#: The tickets that the customer is in copy of.
_COPIED = (
    select(TicketFollower.ticket_number)
    .where(
        TicketFollower.tenant_id == bindparam("tenant_id"),
        TicketFollower.user_id == bindparam("user_id"),
        TicketFollower.kind == FollowerKind.CC,
    )
    .scalar_subquery()
)


@functools.cache
def _rows(
    scope: Scope, states: States, direction: Direction, *, after: bool
) -> Select[*tuple[Any, ...]]:
    """The rows of a list; `after` a cursor."""
    statement = (
        select(
            Ticket.number,
            Ticket.subject,
            Ticket.state,
            Ticket.reply_snippet,
            Ticket.replied_at,
            Ticket.last_reply_id,
            Ticket.requester_id,
            User.name,
            TicketRead.message_id,
        )
        .join(User, and_(User.tenant_id == Ticket.tenant_id, User.id == Ticket.requester_id))
        .outerjoin(
            TicketRead,
            and_(
                TicketRead.tenant_id == Ticket.tenant_id,
                TicketRead.user_id == bindparam("user_id"),
                TicketRead.ticket_number == Ticket.number,
            ),
        )
        .where(*_belonging(scope, states))
        .limit(bindparam("limit"))
    )
    key = tuple_(Ticket.replied_at, Ticket.number)
    cursor = tuple_(bindparam("at", type_=Ticket.replied_at.type), bindparam("number"))
    if direction == "older":
        statement = statement.order_by(Ticket.replied_at.desc(), Ticket.number.desc())
        return statement.where(key < cursor) if after else statement
    return statement.order_by(Ticket.replied_at, Ticket.number).where(key > cursor)


def _belonging(scope: Scope, states: States) -> list[Any]:
    tenant = Ticket.tenant_id == bindparam("tenant_id")
    if scope is Scope.ORGANISATION:
        return [tenant, Ticket.organisation_id == bindparam("organisation_id"), *_in(states)]
    own = and_(Ticket.requester_id == bindparam("user_id"), *_in(states))
    if states == _STATES[Tab.WAITING]:
        # Somebody else's reply is waited for where one is only in copy.
        return [tenant, own]
    if State.OPEN in states and State.PENDING not in states:
        states = (*states, State.PENDING)
    # An array is read once, and then looked up in the primary key.
    copied = and_(Ticket.number == any_(func.array(_COPIED)), *_in(states))
    return [tenant, or_(own, copied)]


def _in(states: States) -> list[Any]:
    return [] if states == _STATES[Tab.ALL] else [Ticket.state.in_(states)]


#: A few index entries at the most, however many tickets there are.
_WAITING = select(func.count()).select_from(
    select(Ticket.number)
    .where(*_belonging(Scope.MINE, _STATES[Tab.WAITING]))
    .limit(COUNTED)
    .subquery()
)


class Counts(NamedTuple):
    """What is counted for a customer."""

    #: Own tickets that wait for an answer, up to COUNTED.
    waiting: int
    #: What the customer has begun to write.
    drafts: int


_DRAFTS = (
    select(func.count())
    .select_from(Draft)
    .where(Draft.tenant_id == bindparam("tenant_id"), Draft.user_id == bindparam("user_id"))
)
_COUNTS = select(_WAITING.scalar_subquery(), _DRAFTS.scalar_subquery())


class CustomerTicketList:
    """The tickets that one customer may see."""

    def __init__(self, db: Session, tenant: Tenant, customer: Identity) -> None:
        self.db = db
        self.tenant = tenant
        self.values: dict[str, Any] = {
            "tenant_id": tenant.id,
            "user_id": customer.user_id,
            # Where the organisation does not share, its list is nobody's and so is empty.
            "organisation_id": customer.organisation_id if customer.organisation_shared else None,
        }

    def counts(self) -> Counts:
        """What waits for the customer. One query."""
        return Counts._make(self.db.execute(_COUNTS, self.values).one())

    def waiting(self, limit: int) -> Sequence[TicketRow]:
        """Those of the customer's own tickets that wait for a reply, the latest first."""
        return self._latest(_STATES[Tab.WAITING], limit)

    def others(self, limit: int) -> Sequence[TicketRow]:
        """The customer's own tickets that do not, and those they are in copy of, latest first."""
        return self._latest(_NOT_WAITING, limit)

    def _latest(self, states: States, limit: int) -> Sequence[TicketRow]:
        return self._fetch(_rows(Scope.MINE, states, "older", after=False), {"limit": limit})

    def page(
        self,
        scope: Scope,
        tab: Tab,
        query: str = "",
        *,
        older: Cursor | None = None,
        newer: Cursor | None = None,
    ) -> Page[TicketRow]:
        """A page of a tab, of the tickets that a search finds there."""

        def fetch(direction: Direction, cursor: Cursor | None, limit: int) -> Sequence[TicketRow]:
            statement = _rows(scope, _STATES[tab], direction, after=cursor is not None)
            if query:
                found = matching(self.tenant, self.values["user_id"], query).condition
                statement = statement.where(found)
            values: dict[str, Any] = {"limit": limit}
            if cursor is not None:
                values |= {"at": cursor.at, "number": cursor.number}
            return self._fetch(statement, values)

        return read_page(
            fetch, lambda row: Cursor(row.replied_at, row.number), older=older, newer=newer
        )

    def _fetch(
        self, statement: Select[*tuple[Any, ...]], values: dict[str, Any]
    ) -> Sequence[TicketRow]:
        return [TicketRow(*row) for row in self.db.execute(statement, self.values | values)]
