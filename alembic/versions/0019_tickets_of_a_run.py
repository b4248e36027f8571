"""A bulk run keeps the numbers of its tickets in one row, and a row only of what it did to them.

Revision ID: 0019
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0021"
branch_labels = None
depends_on = None

# Runs that have begun go on: with the same tickets, from where they were.
KEEP = """
update bulk_runs r
set numbers = array(
      select c.ticket_number from bulk_changes c
      where c.tenant_id = r.tenant_id and c.run_id = r.id
      order by c.ticket_number
    ),
    cursor = (
      select count(*)::text from bulk_changes c
      where c.tenant_id = r.tenant_id and c.run_id = r.id
        and c.ticket_number <= coalesce(nullif(r.cursor, ''), '0')::bigint
    )
where r.state in ('waiting', 'running')
"""
FORGET = "delete from bulk_changes where after is null and refusal is null"

WRITE_DOWN = """
insert into bulk_changes (tenant_id, run_id, ticket_number)
select r.tenant_id, r.id, number
from bulk_runs r cross join unnest(r.numbers) as number
where r.state in ('waiting', 'running')
on conflict do nothing
"""
RETURN = """
update bulk_runs set cursor = coalesce(numbers[cursor::int], 0)::text, numbers = null
where state in ('waiting', 'running')
"""
TABLES = ("bulk_runs", "bulk_changes")


def upgrade() -> None:
    _change(KEEP, FORGET)
    op.create_index(
        "ix_bulk_changes_refused",
        "bulk_changes",
        ["tenant_id", "run_id", "ticket_number"],
        unique=False,
        postgresql_where=sa.text("refusal is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_bulk_changes_refused", table_name="bulk_changes")
    _change(WRITE_DOWN, RETURN)


def _change(*statements: str) -> None:
    # The owner, too, sees only the rows of a tenant that it is bound to.
    for table in TABLES:
        op.execute(f"alter table {table} no force row level security")
    for statement in statements:
        op.execute(statement)
    for table in TABLES:
        op.execute(f"alter table {table} force row level security")
