"""OpenID Connect providers that people sign in with, and the sign-ins under way there.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db.protect import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("openid_providers", "openid_logins")


def upgrade() -> None:
    op.create_table(
        "openid_providers",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="other", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("audience", sa.Text(), server_default="agents", nullable=False),
        sa.Column("provisioning", sa.Text(), server_default="existing", nullable=False),
        sa.Column(
            "email_domains", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("trust_email", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("group_claim", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "group_roles",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("admins", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('google', 'microsoft', 'keycloak', 'portal', 'other')",
            name=op.f("ck_openid_providers_kind"),
        ),
        sa.CheckConstraint(
            "audience in ('agents', 'customers', 'both')", name=op.f("ck_openid_providers_audience")
        ),
        sa.CheckConstraint(
            "provisioning in ('create', 'existing')",
            name=op.f("ck_openid_providers_provisioning"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_openid_providers_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_openid_providers")),
    )
    op.create_table(
        "openid_logins",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("visitor_hash", sa.LargeBinary(), nullable=False),
        sa.Column("nonce_hash", sa.LargeBinary(), nullable=False),
        sa.Column("verifier_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("tries", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "provider_key"],
            ["openid_providers.tenant_id", "openid_providers.key"],
            name=op.f("fk_openid_logins_tenant_id_provider_key_openid_providers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_openid_logins_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "state_hash", name=op.f("pk_openid_logins")),
    )
    for column in ("expires_at", "provider_key"):
        op.create_index(
            f"ix_openid_logins_tenant_id_{column}", "openid_logins", ["tenant_id", column]
        )
    protect(*TABLES)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
