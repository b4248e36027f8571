"""The results of a search in tickets: a page of them, ranked, with what was found in each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import Session, aliased

from portal.people.directory import person_matches
from portal.people.models import Organisation, User
from portal.search.ranking import best_first, ranked
from portal.search.snippets import highlighted, marked
from portal.search.words import Words
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.filter_conditions import conditions_of
from portal.tickets.filters import ME, NOBODY, Filters
from portal.tickets.models import Message, MessageKind, Ticket, TicketRead

#: Hits that are shown, and rows of a page.
MOST = 300
PAGE_ROWS = 25
#: Tickets that filters leave, from which on words are looked up first.
WIDEST = 2000

Order = Literal["best", "newest"]


class Hit(NamedTuple):
    """A ticket that was found."""

    number: int
    subject: Markup
    snippet: Markup
    #: Whether what was found is a note.
    is_note: bool
    state: str
    priority: str
    updated_at: datetime
    requester: str
    organisation: str | None
    assignee_id: int | None
    assignee: str | None
    unread: bool


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits."""

    hits: Sequence[Hit] = ()
    #: How many there are, up to MOST.
    total: int = 0
    #: There are more than that.
    more: bool = False
    #: They are only near: nothing had exactly the number or address that was typed.
    is_near: bool = field(default=False)


class TicketSearch:
    """Search in one tenant's tickets for one of its staff."""

    def __init__(self, db: Session, tenant: Tenant, reader: Identity) -> None:
        self.db = db
        self.tenant = tenant
        self.reader = reader

    def page(
        self, words: Words, filters: Filters, *, number: int = 1, order: Order = "best"
    ) -> Results:
        """The page of that number, from 1. One query; a second when nothing has the numbers
        that were typed, and something may have nearly these."""
        found = self._read(words, filters, number, order, loose=False)
        if not found.hits and words.codes and number == 1:
            near = self._read(words, filters, number, order, loose=True)
            return Results(near.hits, near.total, near.more, is_near=bool(near.hits))
        return found

    def _read(
        self, words: Words, filters: Filters, number: int, order: Order, *, loose: bool
    ) -> Results:
        conditions = list_conditions(filters, self.tenant, self.reader)
        found = ranked(
            self.tenant,
            self.reader.user_id,
            words,
            loose=loose,
            among=self._among(conditions) if conditions else None,
        )
        in_order = best_first(found)
        if order == "newest":
            in_order = (Ticket.updated_at.desc(), Ticket.number.desc())
        place = func.row_number().over(order_by=in_order).label("place")
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
                found.c.message_id.label("message_id"),
                place,
                func.count().over().label("total"),
                func.bool_or(found.c.more).over().label("more"),
            )
            .join(found, found.c.ticket_number == Ticket.number)
            .where(Ticket.tenant_id == self.tenant.id, *conditions)
            .order_by(*in_order)
            .limit(PAGE_ROWS)
            .offset((number - 1) * PAGE_ROWS)
            .subquery("page")
        )
        rows = self.db.execute(self._shown(page, words)).all()
        if not rows:
            return Results()
        total, more = rows[0].total, rows[0].more
        return Results(
            [self._hit(row, words) for row in rows if row.place <= MOST],
            min(total, MOST),
            more or total > MOST,
        )

    def _among(self, conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[Any]:
        left = (
            select(Ticket.number)
            .where(Ticket.tenant_id == self.tenant.id, *conditions)
            .order_by(Ticket.updated_at.desc(), Ticket.number.desc())
            .limit(WIDEST)
        )
        return func.array(left.scalar_subquery())

    def _shown(self, page: Any, words: Words) -> Any:
        assignee = aliased(User)
        return (
            select(
                page.c.number,
                highlighted(self.tenant, words, page.c.subject, whole=True).label("subject"),
                case(
                    (Message.id.is_(None), page.c.snippet),
                    else_=highlighted(self.tenant, words, Message.body),
                ).label("snippet"),
                func.coalesce(Message.kind == MessageKind.NOTE, literal(False)).label("is_note"),
                page.c.state,
                page.c.priority,
                page.c.updated_at,
                User.name.label("requester"),
                Organisation.name.label("organisation"),
                page.c.assignee_id,
                assignee.name.label("assignee"),
                (page.c.last_message_id > func.coalesce(TicketRead.message_id, 0)).label("unread"),
                page.c.place,
                page.c.total,
                page.c.more,
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
                Message,
                and_(Message.tenant_id == page.c.tenant_id, Message.id == page.c.message_id),
            )
            .outerjoin(
                TicketRead,
                and_(
                    TicketRead.tenant_id == page.c.tenant_id,
                    TicketRead.user_id == self.reader.user_id,
                    TicketRead.ticket_number == page.c.number,
                ),
            )
            .order_by(page.c.place)
        )

    def _hit(self, row: Any, words: Words) -> Hit:
        return Hit(
            row.number,
            marked(row.subject, words.codes),
            marked(row.snippet, words.codes, is_markdown=True),
            *row[3:12],
        )


def list_conditions(
    filters: Filters, tenant: Tenant, reader: Identity
) -> list[ColumnElement[bool]]:
    """All that the filters demand but their words, as conditions on `Ticket`."""
    conditions = conditions_of(filters, tenant, reader)
    if filters.states:
        conditions.append(Ticket.state.in_(filters.states))
    if filters.assignee == NOBODY:
        conditions.append(Ticket.assignee_id.is_(None))
    elif filters.assignee:
        wanted = reader.user_id if filters.assignee == ME else int(filters.assignee)
        conditions.append(Ticket.assignee_id == wanted)
    if filters.priorities:
        conditions.append(Ticket.priority.in_(filters.priorities))
    if filters.project == NOBODY:
        conditions.append(Ticket.project_id.is_(None))
    elif filters.project:
        conditions.append(Ticket.project_id == int(filters.project))
    if filters.requester:
        people = select(User.id).where(
            User.tenant_id == tenant.id, person_matches(filters.requester)
        )
        conditions.append(Ticket.requester_id.in_(people))
    return conditions
