"""Signing keys, clients, codes, grants and tokens of a tenant's issuer."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered, TenantScoped


class IssuerKey(TenantScoped, Base):
    """An RSA key that signs the tenant's ID tokens, or did, or will."""

    __tablename__ = "issuer_keys"
    __table_args__ = (
        CheckConstraint("state in ('next', 'current', 'previous', 'retired')", name="state"),
        Index(
            "uq_issuer_keys_state",
            "tenant_id",
            "state",
            unique=True,
            postgresql_where="state <> 'retired'",
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    #: PEM, sealed with the tenant and the kid as associated data; None once it has retired.
    private_key_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: As the key set publishes it (RFC 7517).
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: When it became the current one, and when it stopped being that.
    current_at: Mapped[datetime | None]
    previous_at: Mapped[datetime | None]


class IssuerClient(TenantScoped, Base):
    """A site of the tenant's that signs its people in here."""

    __tablename__ = "issuer_clients"
    __table_args__ = (CheckConstraint("kind in ('confidential', 'public')", name="kind"),)

    #: Opaque and public.
    client_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: Whether it can keep a secret (RFC 6749, 2.1).
    kind: Mapped[str] = mapped_column(server_default="confidential")
    #: Somebody else's site: people are asked before it learns who they are.
    third_party: Mapped[bool] = mapped_column(server_default="false")
    #: SHA-256: the secret has 256 random bits, so a slow hash would add nothing.
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: The secret before this one, and until when it is still taken.
    former_secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_not_after: Mapped[datetime | None]
    #: Compared exactly, character by character.
    redirect_uris: Mapped[list[str]]
    post_logout_redirect_uris: Mapped[list[str]] = mapped_column(server_default="{}")
    #: Where a sign-in at the site begins (OpenID Connect Core, 4): for "Try it"; empty: unknown.
    login_url: Mapped[str] = mapped_column(server_default="")
    #: Where it hears of sessions that ended (Back-Channel Logout, 2.2); empty: it does not.
    backchannel_logout_uri: Mapped[str] = mapped_column(server_default="")
    #: Whether it needs the `sid`. It is given one in any case.
    backchannel_logout_session_required: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class IssuerGrant(Numbered, Base):
    """What one sign-in at one client led to: the family of its tokens, revoked together.

    It lives as long as the session at the portal that it came from.
    """

    __tablename__ = "issuer_grants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["issuer_clients.tenant_id", "issuer_clients.client_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        Index("ix_issuer_grants_tenant_id_session_number", "tenant_id", "session_number"),
        Index("ix_issuer_grants_tenant_id_created_at", "tenant_id", "created_at"),
        Index(
            "ix_issuer_grants_in_session",
            "tenant_id",
            "session_number",
            postgresql_where="session_ended_at is null",
        ),
    )

    client_id: Mapped[str]
    user_id: Mapped[int]
    session_number: Mapped[int]
    scope: Mapped[str]
    auth_time: Mapped[datetime]
    #: How the person had signed in then (RFC 8176, 2).
    methods: Mapped[list[str]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]
    #: When it was noticed that the session is over, and the client was to be told.
    session_ended_at: Mapped[datetime | None]


class IssuerLogout(Numbered, Base):
    """That a session ended, as one client is told of it (OpenID Connect Back-Channel Logout)."""

    __tablename__ = "issuer_logouts"
    __table_args__ = (
        CheckConstraint(
            "state in ('waiting', 'delivered', 'refused', 'failed', 'dropped')", name="state"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["issuer_clients.tenant_id", "issuer_clients.client_id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "client_id", "session_number"),
        Index("ix_issuer_logouts_tenant_id_created_at", "tenant_id", "created_at"),
    )

    client_id: Mapped[str]
    session_number: Mapped[int]
    #: Who was signed in. No foreign key: the end of a session is told also when they are gone.
    user_id: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="waiting")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default="0")
    attempted_at: Mapped[datetime | None]
    #: The HTTP status of the last attempt; None: there was no answer.
    status: Mapped[int | None]


class IssuerCode(TenantScoped, Base):
    """A one-time reference that a visitor carries to a client: an authorization code, or the
    `uuid` of `/idp/`. It stays a while after its use, so that a second use is noticed."""

    __tablename__ = "issuer_codes"
    __table_args__ = (
        CheckConstraint("kind in ('code', 'uuid')", name="kind"),
        ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["issuer_clients.tenant_id", "issuer_clients.client_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "grant_id"],
            ["issuer_grants.tenant_id", "issuer_grants.id"],
            ondelete="CASCADE",
        ),
        Index("ix_issuer_codes_tenant_id_expires_at", "tenant_id", "expires_at"),
    )

    #: SHA-256 of 256 random bits.
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(server_default="code")
    client_id: Mapped[str]
    user_id: Mapped[int]
    session_number: Mapped[int]
    redirect_uri: Mapped[str]
    scope: Mapped[str]
    nonce: Mapped[str | None]
    #: RFC 7636, always S256.
    code_challenge: Mapped[str | None]
    auth_time: Mapped[datetime]
    methods: Mapped[list[str]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    #: What its use led to.
    grant_id: Mapped[int | None]


class IssuerToken(TenantScoped, Base):
    """An access token or a refresh token, of which only the hash is kept."""

    __tablename__ = "issuer_tokens"
    __table_args__ = (
        CheckConstraint("kind in ('access', 'refresh')", name="kind"),
        ForeignKeyConstraint(
            ["tenant_id", "grant_id"],
            ["issuer_grants.tenant_id", "issuer_grants.id"],
            ondelete="CASCADE",
        ),
        Index("ix_issuer_tokens_tenant_id_expires_at", "tenant_id", "expires_at"),
        Index("ix_issuer_tokens_tenant_id_grant_id", "tenant_id", "grant_id"),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str]
    grant_id: Mapped[int]
    scope: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    #: A refresh token is used once: it is exchanged for the next (RFC 9700, 4.14.2).
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class IssuerConsent(TenantScoped, Base):
    """What a person allowed a third-party client to learn."""

    __tablename__ = "issuer_consents"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["issuer_clients.tenant_id", "issuer_clients.client_id"],
            ondelete="CASCADE",
        ),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    scopes: Mapped[list[str]]
    given_at: Mapped[datetime] = mapped_column(server_default=func.now())
