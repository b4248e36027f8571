"""Sign-in explains itself: drafts and their tests, revisions, compromised keys, milestones.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db.protect import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sso_configs",
        sa.Column("log_days", sa.BigInteger(), server_default=sa.text("90"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_sso_configs_log_days"), "sso_configs", "log_days between 1 and 3650"
    )
    op.add_column(
        "sso_keys", sa.Column("compromised_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("sso_replays", sa.Column("reference", sa.Text(), nullable=True))
    op.add_column(
        "pending_logins",
        sa.Column("tries_draft", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("api_keys", sa.Column("former_secret_hash", sa.LargeBinary(), nullable=True))
    op.add_column(
        "api_keys", sa.Column("former_not_after", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "sso_drafts",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("test", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_sso_drafts_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_sso_drafts")),
    )
    op.create_table(
        "sso_revisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint(
            "kind in ('first', 'saved', 'promoted', 'rolled_back', 'file')",
            name=op.f("ck_sso_revisions_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_sso_revisions_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sso_revisions")),
    )
    op.create_table(
        "integration_milestones",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "reached_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_integration_milestones_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_integration_milestones")),
    )
    protect("sso_drafts", "sso_revisions", "integration_milestones")


def downgrade() -> None:
    for table in ("integration_milestones", "sso_revisions", "sso_drafts"):
        op.drop_table(table)
    op.drop_column("api_keys", "former_not_after")
    op.drop_column("api_keys", "former_secret_hash")
    op.drop_column("pending_logins", "tries_draft")
    op.drop_column("sso_replays", "reference")
    op.drop_column("sso_keys", "compromised_at")
    op.drop_constraint(op.f("ck_sso_configs_log_days"), "sso_configs")
    op.drop_column("sso_configs", "log_days")
