"""Notifications inside the portal."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func, text

from portal.db.base import Base, Numbered


class Kind(StrEnum):
    """What somebody hears of."""

    MENTION = "mention"
    ASSIGNED = "assigned"
    REPLY = "reply"
    NOTE = "note"
    STATE = "state"
    #: One's own reply could not go when its time had come.
    UNSENT = "unsent"


class Notification(Numbered, Base):
    """One thing that one person hears of."""

    __tablename__ = "notifications"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "actor_id"], ["users.tenant_id", "users.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "message_id"], ["messages.tenant_id", "messages.id"], ondelete="CASCADE"
        ),
        CheckConstraint(
            "kind in ('mention', 'assigned', 'reply', 'note', 'state', 'unsent')", name="kind"
        ),
        Index("ix_notifications_tenant_id_user_id_id", "tenant_id", "user_id", "id"),
        Index(
            "ix_notifications_unread",
            "tenant_id",
            "user_id",
            postgresql_where=text("read_at is null"),
        ),
        Index("ix_notifications_tenant_id_ticket_number", "tenant_id", "ticket_number"),
    )

    user_id: Mapped[int]
    kind: Mapped[str]
    ticket_number: Mapped[int]
    message_id: Mapped[int | None]
    #: None: the portal itself.
    actor_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    read_at: Mapped[datetime | None]
