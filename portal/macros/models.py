"""Macros: canned replies and notes, and the field changes that go with them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered


class MacroScope(StrEnum):
    """Who can use a macro."""

    MINE = "mine"
    TEAM = "team"
    ALL = "all"


class Macro(Numbered, Base):
    """A canned reply, and the field changes that go with it."""

    __tablename__ = "macros"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["teams.tenant_id", "teams.id"], ondelete="CASCADE"
        ),
        CheckConstraint("scope in ('mine', 'team', 'all')", name="scope"),
        CheckConstraint("(scope = 'team') = (team_id is not null)", name="team"),
        CheckConstraint("kind in ('reply', 'note')", name="kind"),
        CheckConstraint("scope <> 'mine' or owner_id is not null", name="owner"),
        Index("ix_macros_tenant_id_owner_id", "tenant_id", "owner_id"),
        Index("ix_macros_tenant_id_team_id", "tenant_id", "team_id"),
    )

    #: Who made it; None: a tenant file.
    owner_id: Mapped[int | None]
    team_id: Mapped[int | None]
    scope: Mapped[str]
    name: Mapped[str]
    #: What its text becomes.
    kind: Mapped[str] = mapped_column(server_default="reply")
    #: Markdown with variables, e.g. {{ requester.first_name }}; may be empty.
    body: Mapped[str] = mapped_column(server_default="")
    #: Field changes: state, priority, topic, team, assignee, add_tags, remove_tags.
    actions: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    #: Messages that were sent with it, and the last time that one was.
    uses: Mapped[int] = mapped_column(server_default="0")
    used_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
