"""Saved views say which counters they are; unsolved tickets in the order of opening.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nobody could save a view before: there is none whose counters were to be named.
    op.add_column("saved_views", sa.Column("narrows", postgresql.JSONB(), nullable=True))
    op.create_index(
        "ix_tickets_unsolved_number",
        "tickets",
        ["tenant_id", "number"],
        unique=False,
        postgresql_where=sa.text("state in ('new', 'open', 'pending', 'on_hold')"),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_unsolved_number", "tickets")
    op.drop_column("saved_views", "narrows")
