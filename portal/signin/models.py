"""How a tenant's visitors sign in: configuration, keys, replay ledger, log, pending logins."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered, TenantScoped


class SsoConfig(TenantScoped, Base):
    """A tenant's single sign-on settings: one row a tenant."""

    __tablename__ = "sso_configs"
    __table_args__ = (
        CheckConstraint("provisioning in ('create', 'existing', 'off')", name="provisioning"),
        CheckConstraint("unsolicited in ('allow', 'confirm', 'deny')", name="unsolicited"),
        CheckConstraint("role_cap in ('customer', 'agent')", name="role_cap"),
        CheckConstraint("log_days between 1 and 3650", name="log_days"),
    )

    #: Names of the dialects that are accepted.
    dialects: Mapped[list[str]] = mapped_column(server_default="{}")
    #: The dialect whose parameters the login link carries; empty: none.
    primary_dialect: Mapped[str] = mapped_column(server_default="")
    remote_login_url: Mapped[str] = mapped_column(server_default="")
    remote_logout_url: Mapped[str] = mapped_column(server_default="")
    #: ProProfs's Auth URL: compared, never fetched or redirected to.
    auth_url: Mapped[str] = mapped_column(server_default="")
    #: Freshworks: where its sign-ins start, and what the help desk is called there.
    authorization_url: Mapped[str] = mapped_column(server_default="")
    client_id: Mapped[str] = mapped_column(server_default="")
    allowed_redirect_hosts: Mapped[list[str]] = mapped_column(server_default="{}")
    allowed_origins: Mapped[list[str]] = mapped_column(server_default="{}")
    #: Seconds by which a token may be past `exp` or its maximum age, 0 to 60.
    leeway: Mapped[int] = mapped_column(server_default="0")
    provisioning: Mapped[str] = mapped_column(server_default="create")
    sync_profile: Mapped[bool] = mapped_column(server_default="true")
    sync_role: Mapped[bool] = mapped_column(server_default="false")
    #: None: the dialect's own cap.
    role_cap: Mapped[str | None]
    #: A token may sign in an admin. Off: a stolen secret does not become an admin.
    admins_by_token: Mapped[bool] = mapped_column(server_default="false")
    allowed_email_domains: Mapped[list[str]] = mapped_column(server_default="{}")
    blocked_email_domains: Mapped[list[str]] = mapped_column(server_default="{}")
    unsolicited: Mapped[str] = mapped_column(server_default="allow")
    session_idle_seconds: Mapped[int] = mapped_column(server_default="28800")
    session_absolute_seconds: Mapped[int] = mapped_column(server_default="86400")
    staff_idle_seconds: Mapped[int] = mapped_column(server_default="3600")
    staff_absolute_seconds: Mapped[int] = mapped_column(server_default="43200")
    #: Days for which the sign-in log is kept.
    log_days: Mapped[int] = mapped_column(server_default="90")


class SsoDraft(TenantScoped, Base):
    """Sign-in settings that are being prepared and are not in force: at most one draft a tenant."""

    __tablename__ = "sso_drafts"

    #: What the draft changes, by the names of the settings: `[what was in force when that was
    #: entered, what shall be]`. What it leaves out stays as it is.
    values: Mapped[dict[str, Any]]
    #: The last test sign-in with exactly these values: when, its code and its checks.
    test: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: Name of whoever changed it last.
    updated_by: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SsoRevision(Numbered, Base):
    """Sign-in settings as they were in force from a moment on, to go back to."""

    __tablename__ = "sso_revisions"
    __table_args__ = (
        CheckConstraint(
            "kind in ('first', 'saved', 'promoted', 'rolled_back', 'file')", name="kind"
        ),
    )

    #: All settings that a draft may hold, by name. Never a key.
    values: Mapped[dict[str, Any]]
    kind: Mapped[str]
    made_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SsoKey(TenantScoped, Base):
    """A key that verifies the tenant's tokens. At most two are live at once."""

    __tablename__ = "sso_keys"
    __table_args__ = (
        CheckConstraint("algorithm in ('HS256', 'RS256')", name="algorithm"),
        CheckConstraint("state in ('current', 'previous', 'retired')", name="state"),
        Index(
            "uq_sso_keys_current",
            "tenant_id",
            "state",
            unique=True,
            postgresql_where="state <> 'retired'",
        ),
    )

    #: Compared as an opaque string.
    kid: Mapped[str] = mapped_column(primary_key=True)
    algorithm: Mapped[str]
    #: AES-256-GCM with the tenant and the kid as associated data; None for RS256.
    secret_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    public_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="current")
    #: When a previous key stops being accepted.
    not_after: Mapped[datetime | None]
    #: When an admin said that others know it: it ended then, with every session made with it.
    compromised_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SsoReplay(TenantScoped, Base):
    """A token that was used. The unique insert decides between concurrent uses."""

    __tablename__ = "sso_replays"
    __table_args__ = (Index("ix_sso_replays_tenant_id_expires_at", "tenant_id", "expires_at"),)

    #: SHA-256 of the jti, or of `header.payload` where there is none.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int | None]
    #: Of the request that used it: finds the attempt in the sign-in log.
    reference: Mapped[str | None]
    used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class SsoAttempt(Numbered, Base):
    """One line of the sign-in log. Never holds a token, a secret or a whole e-mail address."""

    __tablename__ = "sso_attempts"
    __table_args__ = (
        Index("ix_sso_attempts_tenant_id_created_at", "tenant_id", "created_at", "id"),
        Index("ix_sso_attempts_tenant_id_reference", "tenant_id", "reference"),
    )

    reference: Mapped[str]
    #: Which way in: an authenticator's or a dialect's name.
    authenticator: Mapped[str]
    dialect: Mapped[str | None]
    #: `signed_in`, or the code of the refusal.
    code: Mapped[str]
    #: Words for the admin that name the likely cause.
    hint: Mapped[str] = mapped_column(server_default="")
    warnings: Mapped[list[str]] = mapped_column(server_default="{}")
    #: The checks in order: name, outcome, what was seen, what was wanted.
    trace: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    user_id: Mapped[int | None]
    masked_email: Mapped[str | None]
    jti_hash: Mapped[str | None]
    key_id: Mapped[str | None]
    #: Seconds between `iat` and now; negative when the sender's clock is ahead.
    age_seconds: Mapped[int | None]
    ip: Mapped[str]
    user_agent: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PendingLogin(TenantScoped, Base):
    """Where a visitor was going when sent to sign in. Bound to the browser, ten minutes."""

    __tablename__ = "pending_logins"
    __table_args__ = (Index("ix_pending_logins_tenant_id_expires_at", "tenant_id", "expires_at"),)

    #: SHA-256 of the browser's visitor cookie.
    visitor_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: A URL of the tenant, as the redirect rules returned it; empty: the home page.
    target: Mapped[str]
    #: SHA-256 of what the browser was given to bring back, where the dialect asks for that.
    state_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    nonce_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: An admin tries the draft of the settings: the token is judged by it, and signs nobody in.
    tries_draft: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class SsoHandoff(TenantScoped, Base):
    """Somebody whom the tenant's backend vouched for, on the way here with a one-time reference."""

    __tablename__ = "sso_handoffs"
    __table_args__ = (Index("ix_sso_handoffs_tenant_id_expires_at", "tenant_id", "expires_at"),)

    #: SHA-256 of the reference, which has 256 random bits and is kept nowhere.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: Under this it is used up: its own hash, or that of the signed token it was made from.
    replay_key: Mapped[bytes] = mapped_column(LargeBinary)
    #: Who vouched: an authenticator, and its key.
    authenticator: Mapped[str]
    key_id: Mapped[str]
    email: Mapped[str]
    name: Mapped[str | None]
    external_id: Mapped[str | None]
    role: Mapped[str | None]
    #: The page to go to as it was asked for: it is checked again when the visitor arrives.
    target: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
