"""The results of a search in tickets: a page of them, ranked, with what was found in each."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from markupsafe import Markup
from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session

from portal.people.models import Organisation, User
from portal.search.ranking import best_first, ranked
from portal.search.snippets import highlighted, marked
from portal.search.tickets import newest
from portal.search.words import Words
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.filters import Filters
from portal.tickets.models import Message, MessageKind, Ticket
from portal.tickets.narrowed import narrow
from portal.tickets.queue_statement import PAGE_COLUMNS, Assignee, is_unread, with_people

#: Hits that are shown, and rows of a page.
MOST = 300
PAGE_ROWS = 25

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
        narrowed = narrow(self.db, self.tenant, self.reader, filters)
        if narrowed is None:
            return Results()
        # What is snoozed is in no queue, but it can be found.
        narrowed = replace(narrowed, shape=narrowed.shape._replace(awake=False))
        is_narrowed = filters.without("text") != Filters()
        found = ranked(
            self.tenant,
            self.reader.user_id,
            words,
            loose=loose,
            among=newest(self.tenant, narrowed.conditions) if is_narrowed else None,
        )
        in_order = best_first(found)
        if order == "newest":
            in_order = (Ticket.updated_at.desc(), Ticket.number.desc())
        place = func.row_number().over(order_by=in_order).label("place")
        page = (
            select(
                *PAGE_COLUMNS,
                found.c.message_id.label("message_id"),
                place,
                func.count().over().label("total"),
                func.bool_or(found.c.more).over().label("more"),
            )
            .join(found, found.c.ticket_number == Ticket.number)
            .where(*narrowed.conditions)
            .order_by(*in_order)
            .limit(PAGE_ROWS)
            .offset((number - 1) * PAGE_ROWS)
            .subquery("page")
        )
        values = {**narrowed.values, "me": self.reader.user_id}
        rows = self.db.execute(self._shown(page, words), values).all()
        if not rows:
            return Results()
        total, more = rows[0].total, rows[0].more
        return Results(
            [self._hit(row, words) for row in rows if row.place <= MOST],
            min(total, MOST),
            more or total > MOST,
        )

    def _shown(self, page: Any, words: Words) -> Any:
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
                Assignee.name.label("assignee"),
                is_unread(page).label("unread"),
                page.c.place,
                page.c.total,
                page.c.more,
            )
            .select_from(with_people(page))
            .outerjoin(
                Message,
                and_(Message.tenant_id == page.c.tenant_id, Message.id == page.c.message_id),
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
