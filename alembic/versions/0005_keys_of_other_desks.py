"""Keys of an admin's other tenants, for one hint of the sign-in log.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from portal.db.protect import BOUND_TENANT
from portal.db.roles import APPLICATION

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The second place where something is read across tenants; see docs/decisions/. It works as
# `email_has_other_company` does: the function runs as its owner, whom row-level security binds
# as well, and two policies let the owner alone read what the function names in settings: the
# people of one address, and the keys of one tenant. It clears them at its end.
KEYS_FUNCTION = f"""
create function keys_of_same_admins(
  out found_tenant_id bigint, out found_kid text, out found_secret bytea
) returns setof record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  here bigint := {BOUND_TENANT};
  addresses text[];
  address text;
  others bigint[] := '{{}}';
  other bigint;
begin
  addresses := array(
    select u.email from public.users u
    where u.tenant_id = here and u.role = 'admin'
      and u.email_verified_at is not null and u.disabled_at is null
    order by u.id limit 20
  );
  foreach address in array addresses loop
    perform set_config('portal.sought_email', address, true);
    others := others || array(
      select u.tenant_id from public.users u
      join public.tenants t on t.id = u.tenant_id and t.status = 'active'
      where u.email = address and u.tenant_id <> here and u.role = 'admin'
        and u.email_verified_at is not null and u.disabled_at is null
      order by u.tenant_id limit 20
    );
  end loop;
  for other in select distinct each from unnest(others) as each order by each limit 20 loop
    perform set_config('portal.sought_keys_of', other::text, true);
    return query
      select k.tenant_id, k.kid, k.secret_encrypted from public.sso_keys k
      where k.tenant_id = other and k.algorithm = 'HS256'
        and k.secret_encrypted is not null and k.state <> 'retired'
        and (k.not_after is null or k.not_after > now());
  end loop;
  perform set_config('portal.sought_email', '', true);
  perform set_config('portal.sought_keys_of', '', true);
end
$$
"""  # noqa: S608 - what is filled in is our own constant

KEYS_POLICY = """
create policy key_lookup on sso_keys for select to current_user
using (tenant_id = nullif(current_setting('portal.sought_keys_of', true), '')::bigint)
"""


def upgrade() -> None:
    op.execute(KEYS_POLICY)
    op.execute(KEYS_FUNCTION)
    op.execute("revoke all on function keys_of_same_admins() from public")
    op.execute(f"grant execute on function keys_of_same_admins() to {APPLICATION}")


def downgrade() -> None:
    op.execute("drop function keys_of_same_admins()")
    op.execute("drop policy key_lookup on sso_keys")
