"""What is put on tickets: tags, values of fields, stars, followers, links to other tickets."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, TenantScoped


def _of_ticket(column: str = "ticket_number") -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", column], ["tickets.tenant_id", "tickets.number"], ondelete="CASCADE"
    )


def _of_user() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
    )


class TicketTag(TenantScoped, Base):
    """A word on a ticket, for the team."""

    __tablename__ = "ticket_tags"
    __table_args__ = (
        _of_ticket(),
        Index("ix_ticket_tags_tenant_id_tag_ticket_number", "tenant_id", "tag", "ticket_number"),
    )

    ticket_number: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)


class TicketValue(TenantScoped, Base):
    """The value of a custom field, kept by a trigger on `tickets`, to find tickets by it.

    In lower case and cut at 200 signs; `yes` for a checked box. `tickets.custom` has what was
    written.
    """

    __tablename__ = "ticket_values"
    __table_args__ = (
        _of_ticket(),
        Index(
            "ix_ticket_values_tenant_id_field_value",
            "tenant_id",
            "field",
            "value",
            "ticket_number",
        ),
    )

    ticket_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: The field's key.
    field: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class TicketStar(TenantScoped, Base):
    """Somebody wants to find a ticket again."""

    __tablename__ = "ticket_stars"
    __table_args__ = (
        _of_ticket(),
        _of_user(),
        Index("ix_ticket_stars_tenant_id_ticket_number", "tenant_id", "ticket_number"),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    ticket_number: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FollowerKind(StrEnum):
    """Colleagues follow a ticket; others are in copy: they read its replies and may reply."""

    FOLLOWER = "follower"
    CC = "cc"


class TicketFollower(TenantScoped, Base):
    """Somebody beside requester and assignee who hears of a ticket."""

    __tablename__ = "ticket_followers"
    __table_args__ = (
        _of_ticket(),
        _of_user(),
        CheckConstraint("kind in ('follower', 'cc')", name="kind"),
        Index("ix_ticket_followers_tenant_id_user_id", "tenant_id", "user_id", "ticket_number"),
    )

    ticket_number: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(server_default=FollowerKind.FOLLOWER)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TicketLink(TenantScoped, Base):
    """Two tickets that have to do with each other, the lower number first."""

    __tablename__ = "ticket_links"
    __table_args__ = (
        _of_ticket(),
        _of_ticket("other_number"),
        CheckConstraint("ticket_number < other_number", name="order"),
        CheckConstraint("kind in ('related', 'split')", name="kind"),
        Index("ix_ticket_links_tenant_id_other_number", "tenant_id", "other_number"),
    )

    ticket_number: Mapped[int] = mapped_column(primary_key=True)
    other_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(server_default="related")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
