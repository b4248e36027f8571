"""Reading one ticket: who it is about, and its timeline of messages and events."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import Session, aliased

from portal.people.models import Organisation, Project, Team, User
from portal.tenants.models import Tenant
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.models import Event, EventKind, Message, MessageKind, Ticket
from portal.tickets.thread_files import FileEntry, ticket_files
from portal.topics.models import Topic

#: What a thread page shows at the most; older entries are reached by `until`.
MAX_ENTRIES = 400

#: The changes that customers are told of. Who works on a ticket, and how, is the team's.
FOR_CUSTOMERS = (
    EventKind.STATE,
    EventKind.SUBJECT,
    EventKind.CC,
    EventKind.MERGED,
    EventKind.SPLIT,
    EventKind.FOLLOW_UP,
)


class Copied(NamedTuple):
    """Somebody in copy of a ticket."""

    id: int
    name: str
    email: str


class TicketHead(NamedTuple):
    """A ticket with the names that its header and panel show."""

    ticket: Ticket
    requester: User
    organisation_name: str | None
    assignee_name: str | None
    project_name: str | None
    team_name: str | None
    topic_name: str | None
    #: Who is in copy, by name: they may read the replies, and reply.
    copied: tuple[Copied, ...]


class Entry(NamedTuple):
    """One line of the timeline: a reply, a note or an event."""

    #: `reply`, `note` or `event`.
    kind: str
    id: int
    author_id: int | None
    author_name: str | None
    #: The author's role now; None for the portal itself.
    author_role: str | None
    created_at: datetime
    #: Messages: sanitised HTML, the text as written, and how it came.
    html: str | None
    body: str | None
    via: str | None
    #: Events: what changed, from what, to what.
    event_kind: str | None
    data: dict[str, Any] | None

    @property
    def is_message(self) -> bool:
        """Whether this is a reply or a note."""
        return self.kind != "event"


_assignee = aliased(User)
_reader = aliased(User)

_copied = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                func.jsonb_build_array(_reader.id, _reader.name, _reader.email),
                _reader.name,
                _reader.id,
            )
        )
    )
    .select_from(TicketFollower)
    .join(
        _reader,
        and_(_reader.tenant_id == TicketFollower.tenant_id, _reader.id == TicketFollower.user_id),
    )
    .where(
        TicketFollower.tenant_id == Ticket.tenant_id,
        TicketFollower.ticket_number == Ticket.number,
        TicketFollower.kind == FollowerKind.CC,
    )
    .correlate(Ticket)
    .scalar_subquery()
)

_HEAD = (
    select(
        Ticket,
        User,
        Organisation.name,
        _assignee.name,
        Project.name,
        Team.name,
        Topic.name,
        # Whether somebody may see the ticket is known with the ticket itself.
        _copied,
    )
    .join(User, and_(User.tenant_id == Ticket.tenant_id, User.id == Ticket.requester_id))
    .outerjoin(
        Organisation,
        and_(Organisation.tenant_id == Ticket.tenant_id, Organisation.id == Ticket.organisation_id),
    )
    .outerjoin(
        _assignee,
        and_(_assignee.tenant_id == Ticket.tenant_id, _assignee.id == Ticket.assignee_id),
    )
    .outerjoin(
        Project,
        and_(Project.tenant_id == Ticket.tenant_id, Project.id == Ticket.project_id),
    )
    .outerjoin(Team, and_(Team.tenant_id == Ticket.tenant_id, Team.id == Ticket.team_id))
    .outerjoin(Topic, and_(Topic.tenant_id == Ticket.tenant_id, Topic.id == Ticket.topic_id))
    .where(Ticket.tenant_id == bindparam("tenant_id"), Ticket.number == bindparam("number"))
)

_MESSAGES = (
    select(
        cast(Message.kind, Text).label("kind"),
        Message.id,
        Message.author_id,
        User.name,
        User.role,
        Message.created_at,
        Message.html,
        Message.body,
        Message.via,
        cast(null(), Text).label("event_kind"),
        cast(null(), JSONB).label("data"),
    )
    .join(User, and_(User.tenant_id == Message.tenant_id, User.id == Message.author_id))
    .where(
        Message.tenant_id == bindparam("tenant_id"),
        Message.ticket_number == bindparam("number"),
    )
)

_EVENTS = (
    select(
        literal("event", Text).label("kind"),
        Event.id,
        cast(Event.actor_id, BigInteger),
        User.name,
        User.role,
        Event.created_at,
        cast(null(), Text),
        cast(null(), Text),
        cast(null(), Text),
        Event.kind,
        Event.data,
    )
    .outerjoin(User, and_(User.tenant_id == Event.tenant_id, User.id == Event.actor_id))
    .where(
        Event.tenant_id == bindparam("tenant_id"),
        Event.ticket_number == bindparam("number"),
        Event.kind != EventKind.CREATED,
    )
)


def _timeline(
    messages: Select[*tuple[Any, ...]], events: Select[*tuple[Any, ...]]
) -> Select[*tuple[Any, ...]]:
    parts = union_all(messages, events).subquery()
    return (
        select(parts)
        .where(parts.c.created_at <= bindparam("until", datetime(9999, 1, 1, tzinfo=UTC)))
        .order_by(parts.c.created_at.desc(), parts.c.kind, parts.c.id.desc())
        .limit(MAX_ENTRIES + 1)
    )


_FOR_STAFF = _timeline(_MESSAGES, _EVENTS)
_FOR_CUSTOMERS = _timeline(
    _MESSAGES.where(Message.kind == MessageKind.REPLY),
    _EVENTS.where(Event.kind.in_(FOR_CUSTOMERS)),
)


def ticket_head(db: Session, tenant_id: int, number: int) -> TicketHead | None:
    """The ticket with its names, or None. One query."""
    row = db.execute(_HEAD, {"tenant_id": tenant_id, "number": number}).one_or_none()
    if row is None:
        return None
    head = TicketHead(*row)
    return head._replace(copied=tuple(Copied(*each) for each in head.copied or ()))


class ThreadReader:
    """The timeline of one ticket, for staff or for customers."""

    def __init__(
        self,
        db: Session,
        tenant: Tenant,
        ticket: Ticket,
        *,
        for_staff: bool,
        until: datetime | None = None,
    ) -> None:
        self.db = db
        self.ticket = ticket
        self.for_staff = for_staff
        self.values: dict[str, Any] = {"tenant_id": tenant.id, "number": ticket.number}
        if until is not None:
            self.values["until"] = until
        #: Set by `entries` when there are older ones: the `until` that gives them.
        self.earlier: datetime | None = None

    def entries(self) -> Sequence[Entry]:
        """Messages and events, oldest first; customers see replies and `FOR_CUSTOMERS`."""
        statement = _FOR_STAFF if self.for_staff else _FOR_CUSTOMERS
        entries = [Entry(*row) for row in self.db.execute(statement, self.values)]
        if len(entries) > MAX_ENTRIES:
            self.earlier = entries[-1].created_at
            # Those of the same moment go to the earlier page together, so that none is lost.
            entries = [entry for entry in entries if entry.created_at > self.earlier]
        return entries[::-1]

    def files(self) -> dict[int, list[FileEntry]]:
        """The attached files by message id (of notes too: show them beside their message)."""
        return ticket_files(self.db, self.ticket)
