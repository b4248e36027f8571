"""Second factors: authenticator apps, recovery codes, passkeys, and who must have one.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db.protect import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("totp_secrets", "recovery_codes", "passkeys", "passkey_challenges", "second_steps")


def upgrade() -> None:
    op.add_column("users", _moment("second_factor_at", nullable=True))
    op.add_column("sessions", _moment("proven_at", nullable=True))
    op.add_column(
        "tenants",
        sa.Column("second_factor", sa.Text(), server_default="nobody", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_tenants_second_factor"),
        "tenants",
        "second_factor in ('nobody', 'admins', 'staff')",
    )
    op.create_table(
        "totp_secrets",
        _tenant_id(),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=True),
        _moment("confirmed_at", nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("pending_encrypted", sa.LargeBinary(), nullable=True),
        _moment("pending_since", nullable=True),
        sa.CheckConstraint(
            "(secret_encrypted is null) = (confirmed_at is null)",
            name=op.f("ck_totp_secrets_confirmed_at"),
        ),
        *_keys("totp_secrets", "user_id"),
    )
    op.create_table(
        "recovery_codes",
        _tenant_id(),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        _moment("used_at", nullable=True),
        _moment("created_at", default=True),
        *_keys("recovery_codes", "user_id", "code_hash"),
    )
    op.create_table(
        "passkeys",
        _tenant_id(),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("rp_id", sa.Text(), nullable=False),
        sa.Column("user_handle", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _moment("created_at", default=True),
        _moment("last_used_at", nullable=True),
        sa.UniqueConstraint(
            "tenant_id", "credential_id", name=op.f("uq_passkeys_tenant_id_credential_id")
        ),
        *_keys("passkeys", "id"),
    )
    op.create_index("ix_passkeys_tenant_id_user_id", "passkeys", ["tenant_id", "user_id"])
    op.create_table(
        "passkey_challenges",
        _tenant_id(),
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("holder_hash", sa.LargeBinary(), nullable=False),
        _moment("expires_at"),
        *_keys("passkey_challenges", "challenge_hash", of_user=False),
    )
    op.create_table(
        "second_steps",
        _tenant_id(),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("password_mark", sa.LargeBinary(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        _moment("created_at", default=True),
        _moment("expires_at"),
        *_keys("second_steps", "token_hash"),
    )
    op.create_index("ix_second_steps_tenant_id_user_id", "second_steps", ["tenant_id", "user_id"])
    for table in ("passkey_challenges", "second_steps"):
        op.create_index(f"ix_{table}_tenant_id_expires_at", table, ["tenant_id", "expires_at"])
    protect(*TABLES)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_tenants_second_factor"), "tenants")
    op.drop_column("tenants", "second_factor")
    op.drop_column("sessions", "proven_at")
    op.drop_column("users", "second_factor_at")


def _tenant_id() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False)


def _moment(name: str, *, nullable: bool = False, default: bool = False) -> sa.Column[sa.DateTime]:
    now = sa.text("now()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=nullable)


def _keys(table: str, *key: str, of_user: bool = True) -> list[sa.schema.Constraint]:
    """The primary key, and the foreign keys to the tenant and to one of its users."""
    found: list[sa.schema.Constraint] = [
        sa.PrimaryKeyConstraint("tenant_id", *key, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f(f"fk_{table}_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
    ]
    if of_user:
        found.append(
            sa.ForeignKeyConstraint(
                ["tenant_id", "user_id"],
                ["users.tenant_id", "users.id"],
                name=op.f(f"fk_{table}_tenant_id_user_id_users"),
                ondelete="CASCADE",
            )
        )
    return found
