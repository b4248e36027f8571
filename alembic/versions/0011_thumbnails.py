"""Small pictures of attached ones; what waits, and what is to be drawn, found without a scan.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WAITING = "ix_attachments_tenant_id_waiting"
PENDING = "ix_attachments_tenant_id_pending"


def upgrade() -> None:
    op.add_column(
        "attachments",
        sa.Column("thumbnail", sa.Text(), server_default="none", nullable=False),
    )
    # Row-level security shows a migration no rows, its owner included.
    op.execute("alter table attachments no force row level security")
    op.execute("update attachments set thumbnail = 'pending' where width is not null")
    op.execute("alter table attachments force row level security")
    op.create_check_constraint(
        op.f("ck_attachments_thumbnail"),
        "attachments",
        "thumbnail in ('none', 'pending', 'ready', 'impossible')",
    )
    op.create_index(
        WAITING,
        "attachments",
        ["tenant_id", "created_at"],
        postgresql_where=sa.text("message_id is null"),
    )
    op.create_index(
        PENDING,
        "attachments",
        ["tenant_id", "id"],
        postgresql_where=sa.text("thumbnail = 'pending'"),
    )


def downgrade() -> None:
    op.drop_index(PENDING, "attachments")
    op.drop_index(WAITING, "attachments")
    op.drop_constraint(op.f("ck_attachments_thumbnail"), "attachments")
    op.drop_column("attachments", "thumbnail")
