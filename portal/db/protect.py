"""What a migration says of every tenant table: row-level security, for its owner too."""

from alembic import op

POLICY = "tenant_isolation"

#: The sub-select makes PostgreSQL read the setting once a statement, not once a row; the
#: nullif makes an unbound transaction see nothing instead of failing on ''::bigint.
BOUND_TENANT = "(select nullif(current_setting('portal.tenant_id', true), '')::bigint)"


def protect(*tables: str) -> None:
    """Enable and force row-level security on tenant tables: one policy, reading and writing."""
    for table in tables:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(
            f"create policy {POLICY} on {table} "
            f"using (tenant_id = {BOUND_TENANT}) with check (tenant_id = {BOUND_TENANT})"
        )
