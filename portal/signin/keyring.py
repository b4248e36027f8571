"""The keys of a tenant: sealed at rest, two at most that verify, rotated without a lost sign-in."""

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.security.secrets import SecretBox, SecretError
from portal.signin.keys import Algorithm, Key
from portal.signin.models import SsoConfig, SsoKey
from portal.tenants.models import Tenant

#: Hours for which a replaced key still verifies.
GRACE = 24
LONGEST_GRACE = 72
_ALPHABET = string.ascii_letters + string.digits
_TOUCH_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Material:
    """What a key verifies with: the text of a secret (HS256) or a public key in PEM (RS256)."""

    algorithm: Algorithm
    text: str = field(repr=False)


class KidTakenError(Exception):
    """The tenant has, or had, a key of that id. Ids are not used twice: the log names them."""


class Keyring:
    """The keys of one tenant."""

    def __init__(self, db: Session, tenant: Tenant, box: SecretBox) -> None:
        self.db = db
        self.tenant = tenant
        self.box = box

    def live(self) -> Sequence[SsoKey]:
        """The current key and the previous one, in this order; a previous one may have ended."""
        return self.db.scalars(
            select(SsoKey)
            .where(SsoKey.tenant_id == self.tenant.id, SsoKey.state != "retired")
            .order_by(SsoKey.state)
        ).all()

    def verifying(self) -> list[Key]:
        """What the checks of a sign-in are given, ended keys included: they give good hints."""
        keys: list[Key] = []
        for row in self.live():
            material = self.material(row)
            if material is not None:
                ends = row.not_after.timestamp() if row.not_after else None
                algorithm = cast(Algorithm, row.algorithm)
                keys.append(Key(row.kid, algorithm, material, row.state == "previous", ends))
        return keys

    def material(self, row: SsoKey) -> bytes | None:
        """The secret's bytes or the public key; None for a secret that does not open any more."""
        if row.secret_encrypted is None:
            return row.public_key.encode("ascii") if row.public_key else None
        try:
            return self.box.open(row.secret_encrypted, tenant_id=self.tenant.id, row=_row(row.kid))
        except SecretError:
            return None

    def used(self, kid: str) -> None:
        """Remember that the key has just verified a token, at most once a minute."""
        now = datetime.now(UTC)
        self.db.execute(
            update(SsoKey)
            .where(
                SsoKey.tenant_id == self.tenant.id,
                SsoKey.kid == kid,
                SsoKey.last_used_at.is_(None) | (SsoKey.last_used_at < now - _TOUCH_AFTER),
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
        previous ends. Raises KidTakenError.
        """
        self._lock()
        if self.db.get(SsoKey, (self.tenant.id, kid)) is not None:
            raise KidTakenError(kid)
        self.retire("previous")
        if grace:
            self._demote(timedelta(hours=min(grace, LONGEST_GRACE)))
        else:
            self.retire("current")
        return self._insert(SsoKey(tenant_id=self.tenant.id, kid=kid, state="current"), material)

    def add_previous(self, kid: str, not_after: datetime, material: Material) -> SsoKey:
        """A second key that verifies until `not_after`. Raises KidTakenError."""
        self._lock()
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
        row.state, row.not_after, row.secret_encrypted = "retired", datetime.now(UTC), None
        self.db.flush()
        return row.kid

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

    def _lock(self) -> None:
        """Rotations of one tenant run one after the other."""
        self.db.execute(
            select(SsoConfig.tenant_id)
            .where(SsoConfig.tenant_id == self.tenant.id)
            .with_for_update()
        )


def _row(kid: str) -> str:
    return f"sso_keys/{kid}"
