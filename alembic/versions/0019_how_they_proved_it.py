"""How somebody proved who they are, and which providers are told of a sign-out.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Of sessions that go on, nobody knows any more how they began: they say nothing about it.
SAID_IN = ("sessions", "issuer_codes", "issuer_grants")


def upgrade() -> None:
    for table in SAID_IN:
        op.add_column(
            table,
            sa.Column("methods", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        )
    op.add_column(
        "openid_providers",
        sa.Column("signs_out", sa.Boolean(), server_default="false", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("openid_providers", "signs_out")
    for table in reversed(SAID_IN):
        op.drop_column(table, "methods")
