"""Presence: who has a ticket open now."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, TenantScoped


class Activity(StrEnum):
    """What somebody does at a ticket."""

    VIEWING = "viewing"
    TYPING = "typing"
    IDLE = "idle"


class Presence(TenantScoped, Base):
    """Somebody of the team has a ticket open; told by their page's polls, and soon forgotten."""

    __tablename__ = "presences"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        CheckConstraint("activity in ('viewing', 'typing', 'idle')", name="activity"),
        Index("ix_presences_tenant_id_user_id", "tenant_id", "user_id"),
    )

    ticket_number: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    activity: Mapped[str] = mapped_column(server_default=Activity.VIEWING)
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
