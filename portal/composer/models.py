"""What an agent is writing: drafts, and replies that can still be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered, TenantScoped


class Draft(TenantScoped, Base):
    """What somebody was writing: one a person, ticket and kind. Ticket 0 is a new one."""

    __tablename__ = "drafts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        CheckConstraint("kind in ('reply', 'note', 'ticket')", name="kind"),
        Index("ix_drafts_tenant_id_ticket_number", "tenant_id", "ticket_number"),
        Index("ix_drafts_updated_at", "tenant_id", "updated_at"),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    ticket_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(server_default="")
    #: The form's other fields, and the last message that its page showed.
    fields: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    attachment_ids: Mapped[list[int]] = mapped_column(server_default="{}")
    form_key: Mapped[str | None]
    #: Raised with every save: of two pages with one draft, the later does not blindly win.
    revision: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class HeldReply(Numbered, Base):
    """A reply that was sent and can still be undone. It becomes a message at `release_at`."""

    __tablename__ = "held_replies"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["users.tenant_id", "users.id"]),
        UniqueConstraint("tenant_id", "author_id", "form_key"),
        Index("ix_held_replies_tenant_id_ticket_number", "tenant_id", "ticket_number"),
        Index("ix_held_replies_tenant_id_author_id", "tenant_id", "author_id"),
    )

    ticket_number: Mapped[int]
    author_id: Mapped[int]
    body: Mapped[str]
    attachment_ids: Mapped[list[int]] = mapped_column(server_default="{}")
    #: The state that goes with it; None: the one that follows by itself.
    state: Mapped[str | None]
    form_key: Mapped[str]
    #: What macros change when it goes; see `portal.macros.carried`.
    carried: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    #: The last message that the writer had seen.
    seen: Mapped[int] = mapped_column(server_default="0")
    release_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
