"""Tenants, their hosts, their logo, and the audit log of their settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered, TenantScoped

DEFAULT_ACCENT = "#2f5d8c"

#: The chain of a new tenant: who is asked first for a visitor's identity or a way to sign in.
DEFAULT_AUTHENTICATORS = ("session", "api_key", "jwt_sso", "remote_login", "local_password")


class Tenant(Base):
    """One company and its help desk. A directory table: read before any tenant is bound."""

    __tablename__ = "tenants"
    __table_args__ = (
        CheckConstraint(r"slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="slug"),
        CheckConstraint("status in ('active', 'suspended')", name="status"),
        CheckConstraint("second_factor in ('nobody', 'admins', 'staff')", name="second_factor"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active")
    #: Issuely's `companyId`.
    company_id: Mapped[str | None] = mapped_column(unique=True)
    #: ProProfs's `account_id`.
    account_id: Mapped[str | None] = mapped_column(unique=True)
    accent: Mapped[str] = mapped_column(server_default=DEFAULT_ACCENT)
    locale: Mapped[str] = mapped_column(server_default="en")
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    #: Names of the authenticators that are on, in the order in which they are asked.
    authenticators: Mapped[list[str]]
    #: Who has to have a second factor beside a password that is kept here.
    second_factor: Mapped[str] = mapped_column(server_default="nobody")
    #: Changes with everything that the brand's URLs show, so that they can be cached for long.
    brand_version: Mapped[int] = mapped_column(server_default="1")
    #: Days for which a solved ticket can be opened again; then it closes, and what its customer
    #: writes becomes a follow-up.
    reopen_days: Mapped[int] = mapped_column(server_default="14")
    has_logo: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    hosts: Mapped[list["TenantHost"]] = relationship(
        order_by="TenantHost.position", cascade="all, delete-orphan", lazy="raise_on_sql"
    )

    @property
    def is_active(self) -> bool:
        """Whether it is served: of a suspended tenant there is only the missing page's brand."""
        return self.status == "active"


class TenantHost(Base):
    """A host name that belongs to a tenant. The one at position 0 is canonical."""

    __tablename__ = "tenant_hosts"
    __table_args__ = (UniqueConstraint("tenant_id", "position"),)

    #: Lower-case, no port, punycode.
    host: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    position: Mapped[int]


class TenantLogo(TenantScoped, Base):
    """The tenant's logo, small enough to live in the database (at most 512 KB)."""

    __tablename__ = "tenant_logos"

    content_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class AuditEntry(Numbered, Base):
    """One change of a setting: who, what, when, from where. Never a secret."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_tenant_id_created_at", "tenant_id", "created_at"),)

    #: None: the command line.
    actor_id: Mapped[int | None]
    actor_name: Mapped[str]
    #: A stable word such as `branding.changed`.
    action: Mapped[str]
    #: What was changed, as its owner would call it.
    target: Mapped[str] = mapped_column(server_default="")
    details: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    ip: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
