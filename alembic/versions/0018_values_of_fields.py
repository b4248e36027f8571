"""Values of custom fields, each a row: what lists are narrowed by.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from portal.db.protect import protect
from portal.db.roles import APPLICATION

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Under row-level security no index of a JSON column can be used: its operators are not leakproof.
# Equality of texts is. Values are compared without regard to case, by their first 200 signs.
VALUES = """
create function ticket_values_of(custom jsonb) returns table (field text, value text)
language sql immutable parallel safe as $$
  select key, lower(left(case value when 'true' then 'yes' else value end, 200))
  from jsonb_each_text(custom) where value not in ('', 'false')
$$
"""
KEEP = """
create function keep_ticket_values() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    delete from ticket_values
    where tenant_id = new.tenant_id and ticket_number = new.number;
  end if;
  insert into ticket_values (tenant_id, ticket_number, field, value)
  select new.tenant_id, new.number, v.field, v.value from ticket_values_of(new.custom) v;
  return null;
end
$$
"""
TRIGGERS = """
create trigger keep_first_values after insert on tickets
for each row when (new.custom <> '{}') execute function keep_ticket_values();
create trigger keep_values after update of custom on tickets
for each row when (old.custom is distinct from new.custom) execute function keep_ticket_values()
"""
SO_FAR = """
insert into ticket_values (tenant_id, ticket_number, field, value)
select t.tenant_id, t.number, v.field, v.value
from tickets t cross join lateral ticket_values_of(t.custom) v
where t.custom <> '{}'
"""
READ = ("tickets", "ticket_values")


def upgrade() -> None:
    op.create_table(
        "ticket_values",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_ticket_values_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_ticket_values_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "ticket_number", "field", name=op.f("pk_ticket_values")
        ),
    )
    op.create_index(
        "ix_ticket_values_tenant_id_field_value",
        "ticket_values",
        ["tenant_id", "field", "value", "ticket_number"],
        unique=False,
    )
    protect("ticket_values")
    op.execute(VALUES)
    op.execute(f"grant execute on function ticket_values_of(jsonb) to {APPLICATION}")
    # The owner, too, sees only the rows of a tenant that it is bound to.
    for table in READ:
        op.execute(f"alter table {table} no force row level security")
    op.execute(SO_FAR)
    for table in READ:
        op.execute(f"alter table {table} force row level security")
    op.execute(KEEP)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute("drop trigger keep_values on tickets")
    op.execute("drop trigger keep_first_values on tickets")
    op.execute("drop function keep_ticket_values()")
    op.execute("drop function ticket_values_of(jsonb)")
    op.drop_table("ticket_values")
