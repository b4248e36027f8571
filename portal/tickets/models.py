"""Tickets, their messages and their history."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    FetchedValue,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func, text

from portal.db.base import Base, Numbered, TenantScoped


class State(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"

    @property
    def is_unsolved(self) -> bool:
        """Whether somebody still has to do something."""
        return self not in (State.SOLVED, State.CLOSED)


#: Priorities as numbers.
URGENCY = "case priority when 'urgent' then 3 when 'high' then 2 when 'normal' then 1 else 0 end"

#: The condition of the partial indexes, as queries must repeat it: with constants, not parameters.
IS_UNSOLVED = "state in ('new', 'open', 'pending', 'on_hold')"


class Priority(StrEnum):
    """How urgent a ticket is, lowest first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class MessageKind(StrEnum):
    """A reply is public, a note is internal."""

    REPLY = "reply"
    NOTE = "note"


class EventKind(StrEnum):
    """What changed in a ticket's history."""

    CREATED = "created"
    STATE = "state"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"
    PROJECT = "project"
    SUBJECT = "subject"
    TEAM = "team"
    TOPIC = "topic"
    #: A custom field: `data` names it.
    FIELD = "field"
    TAGS = "tags"
    REQUESTER = "requester"
    CC = "cc"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    MERGED = "merged"
    SPLIT = "split"
    LINKED = "linked"
    UNLINKED = "unlinked"
    FOLLOW_UP = "follow_up"


class Ticket(TenantScoped, Base):
    """A request for help. `number` counts per tenant from 1 and is the `id` of URLs and API."""

    __tablename__ = "tickets"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "requester_id"], ["users.tenant_id", "users.id"]),
        ForeignKeyConstraint(["tenant_id", "assignee_id"], ["users.tenant_id", "users.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "organisation_id"], ["organisations.tenant_id", "organisations.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "project_id"], ["projects.tenant_id", "projects.id"]),
        ForeignKeyConstraint(["tenant_id", "topic_id"], ["topics.tenant_id", "topics.id"]),
        ForeignKeyConstraint(["tenant_id", "team_id"], ["teams.tenant_id", "teams.id"]),
        ForeignKeyConstraint(["tenant_id", "merged_into"], ["tickets.tenant_id", "tickets.number"]),
        ForeignKeyConstraint(
            ["tenant_id", "follow_up_of"], ["tickets.tenant_id", "tickets.number"]
        ),
        CheckConstraint(
            "state in ('new', 'open', 'pending', 'on_hold', 'solved', 'closed')", name="state"
        ),
        CheckConstraint("priority in ('low', 'normal', 'high', 'urgent')", name="priority"),
        Index("ix_tickets_tenant_id_updated_at", "tenant_id", "updated_at", "number"),
        Index(
            "ix_tickets_tenant_id_state_updated_at", "tenant_id", "state", "updated_at", "number"
        ),
        # What agents look at all day is a small part of a large table: without these, the view
        # of an agent with few unsolved tickets walks over everything that was ever solved.
        Index(
            "ix_tickets_unsolved_updated_at",
            "tenant_id",
            "updated_at",
            "number",
            postgresql_where=text(IS_UNSOLVED),
        ),
        Index(
            "ix_tickets_unsolved_assignee_id_updated_at",
            "tenant_id",
            "assignee_id",
            "updated_at",
            "number",
            postgresql_where=text(IS_UNSOLVED),
        ),
        Index(
            "ix_tickets_tenant_id_assignee_id_updated_at",
            "tenant_id",
            "assignee_id",
            "updated_at",
            "number",
        ),
        Index(
            "ix_tickets_tenant_id_requester_id_updated_at",
            "tenant_id",
            "requester_id",
            "updated_at",
            "number",
        ),
        Index(
            "ix_tickets_tenant_id_organisation_id_updated_at",
            "tenant_id",
            "organisation_id",
            "updated_at",
            "number",
            postgresql_where=text("organisation_id is not null"),
        ),
        Index(
            "ix_tickets_tenant_id_project_id_updated_at",
            "tenant_id",
            "project_id",
            "updated_at",
            "number",
            postgresql_where=text("project_id is not null"),
        ),
        Index(
            "ix_tickets_unsolved_team_id_updated_at",
            "tenant_id",
            "team_id",
            "updated_at",
            "number",
            postgresql_where=text(IS_UNSOLVED),
        ),
        Index(
            "ix_tickets_unsolved_urgency_updated_at",
            "tenant_id",
            "urgency",
            "updated_at",
            "number",
            postgresql_where=text(IS_UNSOLVED),
        ),
        # The order of opening.
        Index(
            "ix_tickets_unsolved_number",
            "tenant_id",
            "number",
            postgresql_where=text(IS_UNSOLVED),
        ),
        Index(
            "ix_tickets_snoozed_until",
            "tenant_id",
            "snoozed_until",
            postgresql_where=text("snoozed_until is not null"),
        ),
        # For the job that closes what was solved long ago.
        Index(
            "ix_tickets_solved_at",
            "tenant_id",
            "solved_at",
            postgresql_where=text("state = 'solved'"),
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="new")
    priority: Mapped[str] = mapped_column(server_default="normal")
    requester_id: Mapped[int]
    #: The requester's organisation when the ticket was opened.
    organisation_id: Mapped[int | None]
    project_id: Mapped[int | None]
    assignee_id: Mapped[int | None]
    topic_id: Mapped[int | None]
    team_id: Mapped[int | None]
    #: Values of the topic's fields, by the field's key.
    custom: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    #: Out of every queue until then, or until the customer writes.
    snoozed_until: Mapped[datetime | None]
    #: The ticket that this one was merged into; it is closed since.
    merged_into: Mapped[int | None]
    #: The closed ticket that this one goes on with.
    follow_up_of: Mapped[int | None]
    #: Raised by a trigger with every change of the row: what an open page compares.
    version: Mapped[int] = mapped_column(server_default="1", server_onupdate=FetchedValue())
    #: 3 for urgent, 0 for low: the priority as a number, for sorting.
    urgency: Mapped[int] = mapped_column(SmallInteger, Computed(URGENCY, persisted=True))
    #: The last message of any kind, and the last public one: what a form must have seen.
    last_message_id: Mapped[int] = mapped_column(server_default="0")
    last_reply_id: Mapped[int] = mapped_column(server_default="0")
    #: Replies, and replies and notes together.
    reply_count: Mapped[int] = mapped_column(server_default="0")
    message_count: Mapped[int] = mapped_column(server_default="0")
    #: The start of the last message, for agents' lists, and of the last reply, for customers'.
    snippet: Mapped[str] = mapped_column(server_default="")
    reply_snippet: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: The last thing that happened, and the last that the customer can see.
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    replied_at: Mapped[datetime] = mapped_column(server_default=func.now())
    solved_at: Mapped[datetime | None]


class Message(Numbered, Base):
    """A reply or a note: as written, and rendered to sanitised HTML."""

    __tablename__ = "messages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["users.tenant_id", "users.id"]),
        CheckConstraint("kind in ('reply', 'note')", name="kind"),
        UniqueConstraint("tenant_id", "author_id", "form_key"),
        Index("ix_messages_tenant_id_ticket_number_id", "tenant_id", "ticket_number", "id"),
    )

    ticket_number: Mapped[int]
    author_id: Mapped[int]
    kind: Mapped[str]
    #: Markdown, as written.
    body: Mapped[str]
    html: Mapped[str]
    #: How it came: portal, api, demo.
    via: Mapped[str] = mapped_column(server_default="portal")
    #: From the form: a double-clicked form makes one message.
    form_key: Mapped[str | None]
    #: The ticket that it was written in, if that was merged or split since.
    moved_from: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Event(Numbered, Base):
    """A change in a ticket's history. `data` holds `from` and `to`, as ids and as words."""

    __tablename__ = "events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "actor_id"], ["users.tenant_id", "users.id"]),
        Index("ix_events_tenant_id_ticket_number_id", "tenant_id", "ticket_number", "id"),
    )

    #: As in Numbered, and marked so that the events of many tickets are one statement: by their
    #: ids the session finds again which is which.
    id: Mapped[int] = mapped_column(
        BigInteger, Identity(), primary_key=True, sort_order=-90, insert_sentinel=True
    )
    ticket_number: Mapped[int]
    #: None: the portal itself.
    actor_id: Mapped[int | None]
    kind: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TicketRead(TenantScoped, Base):
    """Up to which message a user has read a ticket."""

    __tablename__ = "ticket_reads"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            ondelete="CASCADE",
        ),
        Index("ix_ticket_reads_tenant_id_ticket_number", "tenant_id", "ticket_number"),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    ticket_number: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int]
