"""Long bulk runs: their numbers are kept as they are, and what they could not change is indexed.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Compressing a hundred thousand numbers takes longer than finding them, and they go when the
    # run ends.
    op.execute("alter table bulk_runs alter column numbers set storage external")
    op.create_index(
        "ix_bulk_changes_refused",
        "bulk_changes",
        ["tenant_id", "run_id", "ticket_number"],
        unique=False,
        postgresql_where=sa.text("refusal is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_bulk_changes_refused", table_name="bulk_changes")
    op.execute("alter table bulk_runs alter column numbers set storage extended")
