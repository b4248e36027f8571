"""The providers of a tenant, and the sign-ins that are under way there."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, TenantScoped


class OpenidProvider(TenantScoped, Base):
    """An OpenID Connect provider whose word the tenant takes for who somebody is."""

    __tablename__ = "openid_providers"
    __table_args__ = (
        CheckConstraint(
            "kind in ('google', 'microsoft', 'keycloak', 'portal', 'other')", name="kind"
        ),
        CheckConstraint("audience in ('agents', 'customers', 'both')", name="audience"),
        CheckConstraint("provisioning in ('create', 'existing')", name="provisioning"),
    )

    #: Opaque and stable: it is in the redirect URI, and external ids belong to it.
    key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(server_default="other")
    name: Mapped[str]
    #: Never changed: what it says of people counts for it alone.
    issuer: Mapped[str]
    client_id: Mapped[str]
    #: AES-256-GCM with the tenant and the key as associated data; None: a public client.
    secret_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]]
    #: Whom it signs in.
    audience: Mapped[str] = mapped_column(server_default="agents")
    #: `create`: whoever it vouches for and is new here is given an account.
    provisioning: Mapped[str] = mapped_column(server_default="existing")
    #: Only addresses of these domains; empty: of all.
    email_domains: Mapped[list[str]] = mapped_column(server_default="{}")
    #: Addresses count as proven although the provider does not say so.
    trust_email: Mapped[bool] = mapped_column(server_default="false")
    #: The claim that lists somebody's groups; empty: none does.
    group_claim: Mapped[str] = mapped_column(server_default="")
    #: The role that members of a group have, by the group's name: `agent` or `admin`.
    group_roles: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    #: It may sign in admins, and, by way of a group, make somebody one.
    admins: Mapped[bool] = mapped_column(server_default="false")
    #: Whoever came from there and signs out here is sent there to sign out as well.
    signs_out: Mapped[bool] = mapped_column(server_default="false")
    #: Its place on the sign-in page.
    position: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class OpenidLogin(TenantScoped, Base):
    """A sign-in that a browser started here and that the provider has not sent back yet."""

    __tablename__ = "openid_logins"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "provider_key"],
            ["openid_providers.tenant_id", "openid_providers.key"],
            ondelete="CASCADE",
        ),
        Index("ix_openid_logins_tenant_id_expires_at", "tenant_id", "expires_at"),
        Index("ix_openid_logins_tenant_id_provider_key", "tenant_id", "provider_key"),
    )

    #: SHA-256 of the state.
    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    provider_key: Mapped[str]
    #: SHA-256 of the browser's visitor cookie: nobody else may bring this state back.
    visitor_hash: Mapped[bytes] = mapped_column(LargeBinary)
    nonce_hash: Mapped[bytes] = mapped_column(LargeBinary)
    #: The PKCE verifier (RFC 7636, 4.1), sealed for this row.
    verifier_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    #: As it was sent: the token request repeats it letter for letter.
    redirect_uri: Mapped[str]
    #: Where the visitor was going: a URL of the tenant, or "" for the home page.
    target: Mapped[str]
    #: An admin tries the provider: nobody is signed in.
    tries: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
