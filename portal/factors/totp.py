"""Codes of an authenticator app (RFC 6238), each taken once."""

import time
from datetime import UTC, datetime, timedelta

import pyotp
from pyotp.exceptions import OTPVerificationError
from pyramid.config import Configurator
from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.factors.models import TotpSecret
from portal.people.models import User
from portal.security.sealed import SealedColumn
from portal.security.secrets import SecretBox, SecretError
from portal.tenants.models import Tenant

#: A code counts in its own thirty seconds and in those before and after: clocks differ, and
#: typing takes time (RFC 6238, 5.2 recommends no more).
WINDOW = 1
#: So long a secret waits for its first code.
SET_UP_WITHIN = timedelta(hours=1)


def sealed_for(user_id: int) -> str:
    """The name of the row for which a secret is sealed."""
    return f"totp_secrets/{user_id}"


class AuthenticatorApps:
    """The authenticator apps of one tenant's people: at most one each."""

    def __init__(self, db: Session, tenant: Tenant, box: SecretBox) -> None:
        self.db = db
        self.tenant = tenant
        self.box = box

    def start(self, user: User) -> None:
        """Make a secret for an app that is being set up; the one in use stays in use."""
        secret = pyotp.random_base32().encode("ascii")
        values = {
            "pending_encrypted": self.box.seal(
                secret, tenant_id=self.tenant.id, row=sealed_for(user.id)
            ),
            "pending_since": datetime.now(UTC),
        }
        self.db.execute(
            insert(TotpSecret)
            .values(tenant_id=self.tenant.id, user_id=user.id, **values)
            .on_conflict_do_update(
                index_elements=[TotpSecret.tenant_id, TotpSecret.user_id], set_=values
            )
        )

    def pending(self, user: User) -> str | None:
        """The secret that is being set up, in base32; None when there is none, or no more."""
        row = self._row(user)
        if row is None or row.pending_encrypted is None or row.pending_since is None:
            return None
        if datetime.now(UTC) - row.pending_since > SET_UP_WITHIN:
            return None
        return self._open(user, row.pending_encrypted)

    def address(self, user: User, secret: str) -> str:
        """The otpauth:// address that an app reads from the picture."""
        return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=self.tenant.name)

    def confirm(self, user: User, code: str) -> bool:
        """Put the secret that is being set up to use, if the code is its own. That code is used up
        with this, and a former app's codes count no longer."""
        secret = self.pending(user)
        step = matching_step(secret, code) if secret is not None else None
        row = self._row(user)
        if step is None or row is None:
            return False
        row.secret_encrypted, row.pending_encrypted = row.pending_encrypted, None
        row.confirmed_at, row.pending_since = datetime.now(UTC), None
        row.last_step = step
        self.db.flush()
        return True

    def has(self, user: User) -> bool:
        """Whether an app is in use."""
        row = self._row(user)
        return row is not None and row.secret_encrypted is not None

    def matches(self, user: User, code: str) -> int | None:
        """The time-step whose code this is, perhaps used already; None for a wrong code."""
        row = self._row(user)
        if row is None or row.secret_encrypted is None:
            return None
        secret = self._open(user, row.secret_encrypted)
        return matching_step(secret, code) if secret is not None else None

    def use(self, user: User, step: int) -> bool:
        """Use the code of a time-step up. False when it, or a later one, was used before.

        The one UPDATE decides between requests that bring the same code at once.
        """
        taken = self.db.execute(
            update(TotpSecret)
            .where(
                TotpSecret.tenant_id == self.tenant.id,
                TotpSecret.user_id == user.id,
                TotpSecret.secret_encrypted.is_not(None),
                or_(TotpSecret.last_step.is_(None), TotpSecret.last_step < step),
            )
            .values(last_step=step)
            .returning(TotpSecret.user_id)
            .execution_options(synchronize_session=False)
        )
        return taken.first() is not None

    def remove(self, user: User) -> bool:
        """Forget the app, and one that is being set up. Whether one was in use."""
        row = self._row(user)
        if row is None:
            return False
        self.db.delete(row)
        self.db.flush()
        return row.secret_encrypted is not None

    def _row(self, user: User) -> TotpSecret | None:
        # Read anew: `start` and `use` write past the session.
        return self.db.get(TotpSecret, (self.tenant.id, user.id), populate_existing=True)

    def _open(self, user: User, sealed: bytes) -> str | None:
        """The secret; None for one that does not open any more, as after a lost master key."""
        try:
            secret = self.box.open(sealed, tenant_id=self.tenant.id, row=sealed_for(user.id))
        except SecretError:
            return None
        return secret.decode("ascii")


def matching_step(secret: str, code: str) -> int | None:
    """The time-step near the present one that has this code."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(
            code, for_time=time.time(), valid_window=WINDOW
        )
    except OTPVerificationError:
        return None


def includeme(config: Configurator) -> None:
    """Say where secrets are sealed, so that they follow a new master key."""
    for column in (TotpSecret.secret_encrypted, TotpSecret.pending_encrypted):
        config.add_sealed_column(SealedColumn(column, lambda row: sealed_for(row.user_id)))
