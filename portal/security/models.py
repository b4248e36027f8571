"""Sessions, throttles and API keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Identity, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, TenantScoped


class Session(TenantScoped, Base):
    """A signed-in browser. The cookie holds 256 random bits, this table their SHA-256."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        Index("ix_sessions_tenant_id_user_id", "tenant_id", "user_id"),
        Index("ix_sessions_expires_at", "tenant_id", "expires_at"),
        Index("uq_sessions_tenant_id_number", "tenant_id", "number", unique=True),
    )

    id_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: Names the session in pages and forms without giving it away.
    number: Mapped[int] = mapped_column(Identity())
    user_id: Mapped[int]
    #: Which authenticator made it, and with which key (so that a stolen key's can be ended).
    authenticator: Mapped[str]
    key_id: Mapped[str | None]
    #: How they proved who they are (RFC 8176, 2); empty: they did it elsewhere, and nobody said.
    methods: Mapped[list[str]] = mapped_column(server_default="{}")
    ip: Mapped[str]
    user_agent: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: When whoever sits there last proved themselves here, with a password or a passkey.
    proven_at: Mapped[datetime | None]
    #: Touched at most once a minute.
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: The session dies after this many seconds without a request, …
    idle_seconds: Mapped[int]
    #: … and here whatever happens.
    expires_at: Mapped[datetime]
    #: Messages for the next page: a list of {"tone", "text"}.
    flashes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")


class Throttle(TenantScoped, Base):
    """Attempts in a window of time, by account or by address; in the database, so that
    every process counts the same."""

    __tablename__ = "throttles"

    #: What is counted, e.g. `password:account:<sha-256>`.
    bucket: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime]
    attempts: Mapped[int]


class ApiKey(TenantScoped, Base):
    """A key with which the tenant's backend calls the API."""

    __tablename__ = "api_keys"

    #: `tk_…`, public, unique in the installation (see ApiKeyDirectory).
    public_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(server_default="")
    #: SHA-256: the secret has 256 random bits, so a slow hash would add nothing.
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    #: The secret before this one, and until when it is still taken.
    former_secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_not_after: Mapped[datetime | None]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class ApiKeyDirectory(Base):
    """Which tenant a public key id belongs to, for requests whose URL does not say."""

    __tablename__ = "api_key_directory"

    public_id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
