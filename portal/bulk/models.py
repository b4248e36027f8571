"""Bulk runs: one change to many tickets, and what each was before."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func, text

from portal.db.base import Base, Numbered, TenantScoped


class BulkRun(Numbered, Base):
    """One change to a selection: waiting, running, done, undone."""

    __tablename__ = "bulk_runs"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "actor_id"], ["users.tenant_id", "users.id"]),
        CheckConstraint(
            "state in ('waiting', 'running', 'done', 'stopped', 'undoing', 'undone')", name="state"
        ),
        Index("ix_bulk_runs_tenant_id_actor_id_id", "tenant_id", "actor_id", "id"),
    )

    actor_id: Mapped[int]
    #: Which tickets are meant, lowest first: what was ticked, or all that the query matched when
    #: the button was pressed. Only the database reads it, some at a time: it may be long. None
    #: once the run is over.
    numbers: Mapped[list[int] | None] = mapped_column(deferred=True, deferred_raiseload=True)
    #: The list's filters, as its address has them.
    query: Mapped[str] = mapped_column(server_default="")
    #: What is changed, to what.
    action: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default="waiting")
    #: How many tickets that are.
    total: Mapped[int | None]
    changed: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")
    undone: Mapped[int] = mapped_column(server_default="0")
    #: How far it came, so that a run that was interrupted goes on: "50 of 1000" tickets were looked
    #: at; while it is undone, the number of the last one.
    cursor: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class BulkChange(TenantScoped, Base):
    """What a run did to one ticket: what was before, or why not. Of a ticket that was as wanted
    already there is no row."""

    __tablename__ = "bulk_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "run_id"], ["bulk_runs.tenant_id", "bulk_runs.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            ondelete="CASCADE",
        ),
        Index("ix_bulk_changes_tenant_id_ticket_number", "tenant_id", "ticket_number"),
        # The few of a long run that its page names.
        Index(
            "ix_bulk_changes_refused",
            "tenant_id",
            "run_id",
            "ticket_number",
            postgresql_where=text("refusal is not null"),
        ),
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    ticket_number: Mapped[int] = mapped_column(primary_key=True)
    #: The values before and after, by what was changed; None: it could not be changed.
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    #: The rule that it was against, if it was.
    refusal: Mapped[str | None]
    undone_at: Mapped[datetime | None]
