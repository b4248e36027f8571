"""Every vendor's sign-in: settings and states of those that start here, addresses across tenants.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from portal.db.protect import BOUND_TENANT
from portal.db.roles import APPLICATION

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The one place where a tenant learns of another: whether an address is taken there, yes or no.
# The function runs with the rights of its owner, whom row-level security binds as well; the
# policy lets the owner read the rows of the one address that the function names, in the setting
# `portal.sought_email`, and no others. The application role is not the owner: to it the setting
# means nothing, and all it is granted is the call. The search path is fixed, so that nobody puts
# a table of their own in front of ours.
EMAIL_FUNCTION = f"""
create function email_has_other_company(sought text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  found_elsewhere boolean;
begin
  perform set_config('portal.sought_email', coalesce(sought, ''), true);
  found_elsewhere := exists (
    select from public.users
    where email = sought and tenant_id <> {BOUND_TENANT}
  );
  perform set_config('portal.sought_email', '', true);
  return found_elsewhere;
end
$$
"""

EMAIL_POLICY = """
create policy email_lookup on users for select to current_user
using (email = nullif(current_setting('portal.sought_email', true), ''))
"""


def upgrade() -> None:
    for name in ("authorization_url", "client_id"):
        op.add_column(
            "sso_configs", sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)
        )
    for name in ("state_hash", "nonce_hash"):
        op.add_column("pending_logins", sa.Column(name, sa.LargeBinary(), nullable=True))
    op.create_index("ix_users_email", "users", ["email"], unique=False)
    op.execute(EMAIL_POLICY)
    op.execute(EMAIL_FUNCTION)
    op.execute("revoke all on function email_has_other_company(text) from public")
    op.execute(f"grant execute on function email_has_other_company(text) to {APPLICATION}")


def downgrade() -> None:
    op.execute("drop function email_has_other_company(text)")
    op.execute("drop policy email_lookup on users")
    op.drop_index("ix_users_email", table_name="users")
    for name in ("nonce_hash", "state_hash"):
        op.drop_column("pending_logins", name)
    for name in ("client_id", "authorization_url"):
        op.drop_column("sso_configs", name)
