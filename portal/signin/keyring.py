"""The keys of a tenant: sealed at rest, two at most that verify, rotated without a lost sign-in."""

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pyramid.config import Configurator
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.security.sealed import SealedColumn
from portal.security.secrets import SecretBox, SecretError
from portal.security.sessions import SessionService
from portal.signin.keys import Algorithm
from portal.signin.models import SsoConfig, SsoHandoff, SsoKey
from portal.tenants.models import Tenant

#: Hours for which a replaced key still verifies.
GRACE = 24
LONGEST_GRACE = 72
_ALPHABET = string.ascii_letters + string.digits
_TOUCH_AFTER = timedelta(minutes=1)
#: Of a previous key it matters whether it was used after the rotation, which may be seconds ago.
_TOUCH_PREVIOUS_AFTER = timedelta(seconds=1)
_ENDED_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Material:
    """What a key verifies with: the text of a secret (HS256) or a public key in PEM (RS256)."""

    algorithm: Algorithm
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Compromised:
    """A key that was marked as leaked."""

    kid: str
    #: Whether the tenant's site signed with it; then it needs another one …
    was_current: bool
    #: … which can be made here where it is a secret. A pair of keys is made on the site's side.
    is_secret: bool
    #: Open sessions that ended with it.
    sessions: int


class KidTakenError(Exception):
    """The tenant has, or had, a key of that id. Ids are not used twice: the log names them."""


class Keyring:
    """The keys of one tenant."""

    def __init__(self, db: Session, tenant: Tenant, box: SecretBox) -> None:
        self.db = db
        self.tenant = tenant
        self.box = box

    def lock(self) -> None:
        """Changes of one tenant's keys run one after the other.

        Whoever decides by what the keys are now takes the lock before looking at them.
        """
        self.db.execute(
            select(SsoConfig.tenant_id)
            .where(SsoConfig.tenant_id == self.tenant.id)
            .with_for_update()
        )

    def current(self) -> SsoKey | None:
        """The key that the company's site is to sign with."""
        return next((row for row in self.live() if row.state == "current"), None)

    def live(self) -> Sequence[SsoKey]:
        """The current key and the previous one, in this order; a previous one may have ended."""
        return self.db.scalars(
            select(SsoKey)
            .where(SsoKey.tenant_id == self.tenant.id, SsoKey.state != "retired")
            .order_by(SsoKey.state)
            # Somebody else may have changed them while `lock` was waited for.
            .execution_options(populate_existing=True)
        ).all()

    def material(self, row: SsoKey) -> bytes | None:
        """The secret's bytes or the public key; None for a secret that does not open any more."""
        if row.secret_encrypted is None:
            return row.public_key.encode("ascii") if row.public_key else None
        try:
            return self.box.open(row.secret_encrypted, tenant_id=self.tenant.id, row=_row(row.kid))
        except SecretError:
            return None

    def ended(self) -> Sequence[SsoKey]:
        """The keys that ended last, the latest first."""
        return self.db.scalars(
            select(SsoKey)
            .where(SsoKey.tenant_id == self.tenant.id, SsoKey.state == "retired")
            .order_by(SsoKey.not_after.desc(), SsoKey.kid)
            .limit(_ENDED_SHOWN)
        ).all()

    def used(self, kid: str) -> bool:
        """Whether whoever signed with the key may still be signed in; then it is noted as used.

        False once it was marked as leaked, even if that happened since the token was verified:
        the lock makes `compromise` wait for this transaction, so that it finds the session which
        is made here, or makes this transaction wait and see the mark. Sign-ins do not wait for
        each other, nor does the note of the last use.
        """
        row = self.db.execute(
            select(SsoKey.compromised_at, SsoKey.last_used_at, SsoKey.state)
            .where(SsoKey.tenant_id == self.tenant.id, SsoKey.kid == kid)
            .with_for_update(read=True, key_share=True)
        ).one_or_none()
        if row is None:
            # An API key vouched, whose id is no key's here.
            return True
        if row.compromised_at is not None:
            return False
        now = datetime.now(UTC)
        longest = _TOUCH_PREVIOUS_AFTER if row.state == "previous" else _TOUCH_AFTER
        if row.last_used_at is None or row.last_used_at < now - longest:
            self._touch(kid, now, now - longest)
        return True

    def _touch(self, kid: str, now: datetime, before: datetime) -> None:
        self.db.execute(
            update(SsoKey)
            .where(
                SsoKey.tenant_id == self.tenant.id,
                SsoKey.kid == kid,
                SsoKey.last_used_at.is_(None) | (SsoKey.last_used_at < before),
            )
            .values(last_used_at=now)
            .execution_options(synchronize_session=False)
        )

    def make(self, *, length: int = 48, grace: int = GRACE) -> tuple[SsoKey, str]:
        """A new HS256 key becomes the current one; with its secret, to be shown once."""
        secret = "".join(secrets.choice(_ALPHABET) for _ in range(length))
        kid = "k_" + "".join(secrets.choice(_ALPHABET) for _ in range(8))
        return self.add(kid, Material("HS256", secret), grace=grace), secret

    def add(self, kid: str, material: Material, *, grace: int = GRACE) -> SsoKey:
        """The key becomes the current one.

        The one that was current is the previous one for `grace` hours, 0 to 72; the one that was
        previous ends. Where none is current, because it had leaked, the previous one stays: some
        of the company's servers may still sign with it. Raises KidTakenError.
        """
        self.lock()
        if self.db.get(SsoKey, (self.tenant.id, kid)) is not None:
            raise KidTakenError(kid)
        if self.current() is not None:
            self.retire("previous")
            if grace:
                self._demote(timedelta(hours=min(grace, LONGEST_GRACE)))
            else:
                self.retire("current")
        return self._insert(SsoKey(tenant_id=self.tenant.id, kid=kid, state="current"), material)

    def add_previous(self, kid: str, not_after: datetime, material: Material) -> SsoKey:
        """A second key that verifies until `not_after`. Raises KidTakenError."""
        self.lock()
        if self.db.get(SsoKey, (self.tenant.id, kid)) is not None:
            raise KidTakenError(kid)
        self.retire("previous")
        row = SsoKey(tenant_id=self.tenant.id, kid=kid, state="previous", not_after=not_after)
        return self._insert(row, material)

    def set_material(self, row: SsoKey, material: Material) -> None:
        """Let the key verify with this from now on."""
        hidden = material.algorithm == "HS256"
        row.algorithm = material.algorithm
        row.public_key = None if hidden else material.text
        row.secret_encrypted = (
            self.box.seal(material.text.encode(), tenant_id=self.tenant.id, row=_row(row.kid))
            if hidden
            else None
        )

    def retire(self, state: str) -> str | None:
        """End the current or the previous key now and forget its secret; gives its id."""
        row = next((row for row in self.live() if row.state == state), None)
        if row is None:
            return None
        self._end(row)
        return row.kid

    def _end(self, row: SsoKey) -> None:
        now = datetime.now(UTC)
        # The time of a previous key may have run out before somebody looked at it.
        row.not_after = min(row.not_after or now, now)
        row.state, row.secret_encrypted = "retired", None
        self.db.flush()

    def compromise(self, kid: str) -> Compromised | None:
        """Others know the key: it ends now, with every session and hand-off made with it.

        A key that has ended may be marked as well, for sessions outlive it. None when there is no
        such key, or when it is marked already. What is on its way with a token of this key is
        turned away by `used`. The tenant has no current key afterwards if this was it.
        """
        self.lock()
        # FOR UPDATE, which no sign-in's FOR KEY SHARE goes along with; before the sessions are
        # looked at, so that none can be added that is not seen.
        row = self.db.get(
            SsoKey, (self.tenant.id, kid), with_for_update=True, populate_existing=True
        )
        if row is None or row.compromised_at is not None:
            return None
        was_current = row.state == "current"
        self._end(row)
        row.compromised_at = datetime.now(UTC)
        sessions = SessionService(self.db, self.tenant).end_made_with(kid)
        self.db.execute(
            delete(SsoHandoff).where(
                SsoHandoff.tenant_id == self.tenant.id, SsoHandoff.key_id == kid
            )
        )
        return Compromised(kid, was_current, row.algorithm == "HS256", sessions)

    def extend(self) -> tuple[str, datetime, datetime] | None:
        """Let the previous key verify for a day more, for 72 hours from now at the most.

        Gives its id, and when it was to end and will; None when there is no previous key.
        """
        row = next((row for row in self.live() if row.state == "previous"), None)
        if row is None or row.not_after is None:
            return None
        now, before = datetime.now(UTC), row.not_after
        longest = now + timedelta(hours=LONGEST_GRACE)
        # A file may have given it longer than that, which is not taken away.
        row.not_after = max(before, min(max(before, now) + timedelta(days=1), longest))
        return row.kid, before, row.not_after

    def _insert(self, row: SsoKey, material: Material) -> SsoKey:
        self.set_material(row, material)
        self.db.add(row)
        self.db.flush()
        return row

    def _demote(self, grace: timedelta) -> None:
        row = next((row for row in self.live() if row.state == "current"), None)
        if row is not None:
            row.state, row.not_after = "previous", datetime.now(UTC) + grace
            self.db.flush()


def _row(kid: str) -> str:
    return f"sso_keys/{kid}"


def includeme(config: Configurator) -> None:
    """Say where secrets are sealed, so that they follow a new master key."""
    config.add_sealed_column(SealedColumn(SsoKey.secret_encrypted, lambda row: _row(row.kid)))
