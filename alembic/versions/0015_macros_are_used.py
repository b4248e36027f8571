"""What goes with a reply that is held; macros of nobody's making, and when they were last used.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "held_replies",
        sa.Column("carried", postgresql.JSONB(), server_default="{}", nullable=False),
    )
    # A tenant file makes macros, too: those have no owner.
    op.alter_column("macros", "owner_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_macros_owner"), "macros", "scope <> 'mine' or owner_id is not null"
    )
    op.add_column("macros", sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("macros", "used_at")
    op.drop_constraint(op.f("ck_macros_owner"), "macros")
    op.execute("delete from macros where owner_id is null")
    op.alter_column("macros", "owner_id", nullable=False)
    op.drop_column("held_replies", "carried")
