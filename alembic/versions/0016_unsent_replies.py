"""Notifications of replies that could not be sent.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_BEFORE = "kind in ('mention', 'assigned', 'reply', 'note', 'state')"
_AFTER = "kind in ('mention', 'assigned', 'reply', 'note', 'state', 'unsent')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_notifications_kind"), "notifications")
    op.create_check_constraint(op.f("ck_notifications_kind"), "notifications", _AFTER)


def downgrade() -> None:
    op.execute("delete from notifications where kind = 'unsent'")
    op.drop_constraint(op.f("ck_notifications_kind"), "notifications")
    op.create_check_constraint(op.f("ck_notifications_kind"), "notifications", _BEFORE)
