"""What was done each day, counted as it happens: for the week in figures.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from portal.db.protect import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Days are those of the tenant's time zone. A ticket that is solved again counts again: it was
# work again. Each ticket and each message touches one row of its day.
COUNT = """
    insert into ticket_days (tenant_id, day, user_id, {figure})
    select new.tenant_id, ({at} at time zone tenants.timezone)::date, {user}, 1
    from tenants where tenants.id = new.tenant_id
    on conflict (tenant_id, day, user_id) do update set {figure} = ticket_days.{figure} + 1;
"""

TICKETS = f"""
create function count_ticket_day() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    {COUNT.format(figure="opened", at="new.created_at", user="0")}
  end if;
  if new.state = 'solved' and (tg_op = 'INSERT' or old.state not in ('solved', 'closed')) then
    {
    COUNT.format(
        figure="solved", at="coalesce(new.solved_at, now())", user="coalesce(new.assignee_id, 0)"
    )
}
  end if;
  return null;
end
$$
"""

MESSAGES = f"""
create function count_message_day() returns trigger language plpgsql as $$
begin
  if new.kind = 'reply' and exists (
    select from users
    where tenant_id = new.tenant_id and id = new.author_id and role <> 'customer'
  ) then
    {COUNT.format(figure="replies", at="new.created_at", user="new.author_id")}
  end if;
  return null;
end
$$
"""

TRIGGERS = """
create trigger count_ticket_day after insert or update of state on tickets
for each row execute function count_ticket_day();
create trigger count_message_day after insert on messages
for each row execute function count_message_day()
"""

SO_FAR = """
insert into ticket_days (tenant_id, day, user_id, opened, solved, replies)
select tenant_id, (at at time zone tenants.timezone)::date, user_id,
       count(*) filter (where what = 'opened'), count(*) filter (where what = 'solved'),
       count(*) filter (where what = 'reply')
from (
  select tenant_id, 0 as user_id, created_at as at, 'opened' as what from tickets
  union all
  select tenant_id, coalesce(assignee_id, 0), solved_at, 'solved' from tickets
  where solved_at is not null
  union all
  select messages.tenant_id, author_id, messages.created_at, 'reply' from messages
  join users on users.tenant_id = messages.tenant_id and users.id = author_id
  where kind = 'reply' and role <> 'customer'
) as done
join tenants on tenants.id = tenant_id
group by 1, 2, 3
"""

READ = ("tickets", "messages", "users", "ticket_days")


def upgrade() -> None:
    op.create_table(
        "ticket_days",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("solved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("replies", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_ticket_days_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "day", "user_id", name=op.f("pk_ticket_days")),
    )
    protect("ticket_days")
    # The owner, too, sees only the rows of a tenant that it is bound to.
    for table in READ:
        op.execute(f"alter table {table} no force row level security")
    op.execute(SO_FAR)
    for table in READ:
        op.execute(f"alter table {table} force row level security")
    for statement in (TICKETS, MESSAGES, TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop trigger count_message_day on messages")
    op.execute("drop trigger count_ticket_day on tickets")
    op.execute("drop function count_message_day()")
    op.execute("drop function count_ticket_day()")
    op.drop_table("ticket_days")
