"""The queue of jobs: procrastinate's tables, and who sees which job; and back-channel logout.

Revision ID: 0009
Revises: 0008
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from portal.db.protect import BOUND_TENANT, POLICY, protect
from portal.db.roles import APPLICATION

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A copy of what the library publishes, not the library's own file: a migration does the same
# years later, whatever is installed then. See docs/decisions/0008-jobs.md.
SCHEMA = Path(__file__).with_name("0009_jobs.sql")

TABLES = (
    "procrastinate_jobs",
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
)
# The other two say when a worker was last heard of and when a periodic job was last made.
OF_TENANTS = ("procrastinate_jobs", "procrastinate_events")
TYPES = (
    "procrastinate_job_to_defer_v1",
    "procrastinate_job_status",
    "procrastinate_job_event_type",
)

# A worker takes the jobs of all tenants, and says so in each of its transactions, as a request
# says which tenant it is for. Everybody else sees and makes the jobs of the bound tenant alone.
WORKER = "(coalesce(current_setting('portal.jobs', true), '') = 'worker')"
OF_TENANT = f"((args ->> 'tenant_id')::bigint = {BOUND_TENANT})"
OF_ITS_JOB = "(exists (select from procrastinate_jobs of_tenant where of_tenant.id = job_id))"

FUNCTIONS = """
select format('%s(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'public' and p.proname like 'procrastinate\\_%'
"""


def upgrade() -> None:
    _make_queue()
    _make_logouts()


def _make_queue() -> None:
    # As it is: it holds percent signs and several statements.
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(SCHEMA.read_text(encoding="utf-8"))
    for table in OF_TENANTS:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        _policy(table, "queue_worker", WORKER)
    _policy("procrastinate_jobs", POLICY, OF_TENANT)
    _policy("procrastinate_events", POLICY, OF_ITS_JOB)
    for function in connection.exec_driver_sql(FUNCTIONS).scalars().all():
        op.execute(f"grant execute on function {function} to {APPLICATION}")


def _policy(table: str, name: str, condition: str) -> None:
    op.execute(f"create policy {name} on {table} using {condition} with check {condition}")


def _make_logouts() -> None:
    op.add_column(
        "issuer_clients",
        sa.Column("backchannel_logout_uri", sa.Text(), server_default="", nullable=False),
    )
    op.add_column(
        "issuer_clients",
        sa.Column(
            "backchannel_logout_session_required",
            sa.Boolean(),
            server_default="false",
            nullable=False,
        ),
    )
    op.add_column(
        "issuer_grants", sa.Column("session_ended_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_issuer_grants_in_session",
        "issuer_grants",
        ["tenant_id", "session_number"],
        postgresql_where="session_ended_at is null",
    )
    op.create_table(
        "issuer_logouts",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("session_number", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'delivered', 'refused', 'failed', 'dropped')",
            name=op.f("ck_issuer_logouts_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["issuer_clients.tenant_id", "issuer_clients.client_id"],
            name=op.f("fk_issuer_logouts_tenant_id_client_id_issuer_clients"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_issuer_logouts_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_issuer_logouts")),
        sa.UniqueConstraint(
            "tenant_id",
            "client_id",
            "session_number",
            name=op.f("uq_issuer_logouts_tenant_id_client_id_session_number"),
        ),
    )
    op.create_index(
        "ix_issuer_logouts_tenant_id_created_at", "issuer_logouts", ["tenant_id", "created_at"]
    )
    protect("issuer_logouts")


def downgrade() -> None:
    op.drop_table("issuer_logouts")
    op.drop_index("ix_issuer_grants_in_session", "issuer_grants")
    op.drop_column("issuer_grants", "session_ended_at")
    op.drop_column("issuer_clients", "backchannel_logout_session_required")
    op.drop_column("issuer_clients", "backchannel_logout_uri")
    connection = op.get_bind().execution_options(no_parameters=True)
    for table in reversed(TABLES):
        op.execute(f"drop table {table} cascade")
    for function in connection.exec_driver_sql(FUNCTIONS).scalars().all():
        op.execute(f"drop function {function}")
    for name in TYPES:
        op.execute(f"drop type {name}")
