"""Saved views: a list's address under a name."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered


class Scope(StrEnum):
    """Who sees a view in their column."""

    MINE = "mine"
    TEAM = "team"
    ALL = "all"


class SavedView(Numbered, Base):
    """Filters, columns and order of a list, under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["teams.tenant_id", "teams.id"], ondelete="CASCADE"
        ),
        CheckConstraint("scope in ('mine', 'team', 'all')", name="scope"),
        CheckConstraint("(scope = 'team') = (team_id is not null)", name="team"),
        Index("ix_saved_views_tenant_id_owner_id", "tenant_id", "owner_id"),
        Index("ix_saved_views_tenant_id_team_id", "tenant_id", "team_id"),
    )

    #: Who made it; a view of one's own is gone with its owner.
    owner_id: Mapped[int]
    team_id: Mapped[int | None]
    scope: Mapped[str]
    name: Mapped[str]
    #: The filters, as the list's address has them.
    query: Mapped[str]
    #: What of the kept counters they are, by column, so that the database can sum them; None:
    #: no counter is kept for them.
    narrows: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    sort: Mapped[str] = mapped_column(server_default="updated")
    #: None: the reader's own.
    columns: Mapped[list[str] | None]
    position: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
