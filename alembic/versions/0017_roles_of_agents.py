"""Who has a role of a tenant's making is found by it.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_users_tenant_id_agent_role_id",
        "users",
        ["tenant_id", "agent_role_id"],
        unique=False,
        postgresql_where=sa.text("agent_role_id is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_users_tenant_id_agent_role_id", "users")
