"""Second factors of people who sign in with a password that is kept here."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered, TenantScoped


def _of_user() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
    )


class TotpSecret(TenantScoped, Base):
    """The secret that somebody shares with their authenticator app (RFC 6238): at most one.

    A secret that is being set up stands beside the one in use, so that replacing the app keeps
    the old one working until the new one has shown a code.
    """

    __tablename__ = "totp_secrets"
    __table_args__ = (
        _of_user(),
        CheckConstraint("(secret_encrypted is null) = (confirmed_at is null)", name="confirmed_at"),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: The secret in use, sealed for `totp_secrets/{user_id}`; None until a code has confirmed it.
    secret_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    confirmed_at: Mapped[datetime | None]
    #: The last time-step whose code was taken: neither it nor an earlier one is taken again.
    last_step: Mapped[int | None]
    #: A secret that waits for its first code, sealed alike, and since when.
    pending_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    pending_since: Mapped[datetime | None]


class RecoveryCode(TenantScoped, Base):
    """A code that takes the place of a lost phone or key, once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (_of_user(),)

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: SHA-256: the code has 80 random bits, so a slow hash would add nothing.
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Passkey(Numbered, Base):
    """A WebAuthn credential. Its private key never leaves the phone, computer or key it is on."""

    __tablename__ = "passkeys"

    __table_args__ = (
        _of_user(),
        UniqueConstraint("tenant_id", "credential_id"),
        Index("ix_passkeys_tenant_id_user_id", "tenant_id", "user_id"),
    )

    user_id: Mapped[int]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    #: The host name at which it was made, and at which alone browsers offer it.
    rp_id: Mapped[str]
    #: What the authenticator calls the account: opaque, and the same for all of one person's.
    user_handle: Mapped[bytes] = mapped_column(LargeBinary)
    #: COSE_Key (RFC 9052), in CBOR.
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    #: 0: the authenticator does not count, as those that are synchronised do not.
    sign_count: Mapped[int]
    #: How browsers can reach it (`usb`, `internal`, `hybrid` …), for their benefit.
    transports: Mapped[list[str]] = mapped_column(server_default="{}")
    #: Whether it may be synchronised, which never changes; and whether it is.
    backup_eligible: Mapped[bool]
    backed_up: Mapped[bool]
    #: What its owner calls it.
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(TenantScoped, Base):
    """A challenge that one browser was given, for one purpose, to be answered once."""

    __tablename__ = "passkey_challenges"
    __table_args__ = (
        Index("ix_passkey_challenges_tenant_id_expires_at", "tenant_id", "expires_at"),
    )

    #: SHA-256 of the 256 random bits.
    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str]
    #: SHA-256 of the cookie of the browser that asked.
    holder_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


class SecondStep(TenantScoped, Base):
    """Somebody gave the right password, and is asked for a second factor. Five minutes."""

    __tablename__ = "second_steps"
    __table_args__ = (
        _of_user(),
        Index("ix_second_steps_tenant_id_expires_at", "tenant_id", "expires_at"),
        Index("ix_second_steps_tenant_id_user_id", "tenant_id", "user_id"),
    )

    #: SHA-256 of the browser's cookie, which is made for this step alone.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int]
    #: SHA-256 of the password's hash: a password that is changed meanwhile ends the step.
    password_mark: Mapped[bytes] = mapped_column(LargeBinary)
    #: A URL of the tenant, as the redirect rules returned it; empty: the home page.
    target: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
