"""Tickets, their messages, their history, and the counters kept beside them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
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


class TicketCounter(TenantScoped, Base):
    """The tenant's last ticket number. Its row lock gives numbers without gaps or doubles."""

    __tablename__ = "ticket_counters"

    last_number: Mapped[int] = mapped_column(server_default="0")


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
        Index("ix_tickets_search", "search", postgresql_using="gin"),
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
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple', subject)", persisted=True), deferred=True
    )


class TicketTally(TenantScoped, Base):
    """How many tickets a state and an assignee have, kept by a trigger on `tickets`.

    Views show these instead of counting: a COUNT over a million tickets on every page would
    be the page's cost.
    """

    __tablename__ = "ticket_tallies"

    state: Mapped[str] = mapped_column(primary_key=True)
    #: 0: nobody.
    assignee_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tickets: Mapped[int] = mapped_column(server_default="0")


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
        Index("ix_messages_search", "search", postgresql_using="gin"),
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
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    search: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('simple', left(body, 100000))", persisted=True),
        deferred=True,
    )


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
