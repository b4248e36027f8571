"""Topics and custom fields: what a ticket can be about, and what is asked about it then."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered, TenantScoped


class Topic(Numbered, Base):
    """What a ticket is about, in the customers' words; it decides form, team and priority."""

    __tablename__ = "topics"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        ForeignKeyConstraint(["tenant_id", "project_id"], ["projects.tenant_id", "projects.id"]),
        ForeignKeyConstraint(["tenant_id", "team_id"], ["teams.tenant_id", "teams.id"]),
        CheckConstraint("priority in ('low', 'normal', 'high', 'urgent')", name="priority"),
    )

    name: Mapped[str]
    #: One line under the name, for those who choose.
    description: Mapped[str] = mapped_column(server_default="")
    #: Customers can choose it; otherwise only the team can.
    for_customers: Mapped[bool] = mapped_column(server_default="true")
    #: What a ticket of this topic starts with.
    project_id: Mapped[int | None]
    team_id: Mapped[int | None]
    priority: Mapped[str] = mapped_column(server_default="normal")
    position: Mapped[int] = mapped_column(server_default="0")
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FieldKind(StrEnum):
    """What a custom field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHECKBOX = "checkbox"


class CustomField(Numbered, Base):
    """A question of a tenant's own. `key` names its value in tickets, API and URLs."""

    __tablename__ = "custom_fields"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        ForeignKeyConstraint(
            ["tenant_id", "condition_field_id"], ["custom_fields.tenant_id", "custom_fields.id"]
        ),
        CheckConstraint("kind in ('text', 'number', 'date', 'choice', 'checkbox')", name="kind"),
    )

    key: Mapped[str]
    label: Mapped[str]
    hint: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    #: The answers of a choice, in their order.
    choices: Mapped[list[str]] = mapped_column(server_default="{}")
    #: Customers see and fill it; otherwise only the team does.
    for_customers: Mapped[bool] = mapped_column(server_default="true")
    required_to_open: Mapped[bool] = mapped_column(server_default="false")
    required_to_solve: Mapped[bool] = mapped_column(server_default="false")
    #: Asked only where this other field has one of these values.
    condition_field_id: Mapped[int | None]
    condition_values: Mapped[list[str]] = mapped_column(server_default="{}")
    position: Mapped[int] = mapped_column(server_default="0")
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TopicField(TenantScoped, Base):
    """A field is asked for in a topic."""

    __tablename__ = "topic_fields"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "topic_id"], ["topics.tenant_id", "topics.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "field_id"],
            ["custom_fields.tenant_id", "custom_fields.id"],
            ondelete="CASCADE",
        ),
        Index("ix_topic_fields_tenant_id_field_id", "tenant_id", "field_id"),
    )

    topic_id: Mapped[int] = mapped_column(primary_key=True)
    field_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(server_default="0")
