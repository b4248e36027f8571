"""The keys that sign a tenant's ID tokens: next, current and previous, all of them published.

A client that keeps the key set for a while meets no token whose key it has not seen: the next key
is published long before it signs, and the previous one long after (OpenID Connect Core, 10.1.1).
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import RSAKey
from pyramid.config import Configurator
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.issuer.models import IssuerKey
from portal.security.sealed import SealedColumn
from portal.security.secrets import SecretBox
from portal.tenants.models import Tenant

ALGORITHM = "RS256"
_BITS = 2048
_ORDER = ("current", "next", "previous")


class IssuerKeys:
    """The signing keys of one tenant."""

    def __init__(self, db: Session, tenant: Tenant, box: SecretBox) -> None:
        self.db = db
        self.tenant = tenant
        self.box = box

    def live(self) -> Sequence[IssuerKey]:
        """The current key, the next and the previous one, in this order; none before first use."""
        rows = self.db.scalars(
            select(IssuerKey).where(
                IssuerKey.tenant_id == self.tenant.id, IssuerKey.state != "retired"
            )
        ).all()
        return sorted(rows, key=lambda row: _ORDER.index(row.state))

    def key_set(self) -> dict[str, Any]:
        """The public keys as RFC 7517 has them."""
        return {"keys": [row.public_jwk for row in self._made()]}

    def signing_key(self) -> RSAKey:
        """The private key that signs now; its `kid` is in it."""
        row = self._made()[0]
        if row.private_key_encrypted is None:
            raise ValueError(f"the current key {row.kid} has lost its private half")
        pem = self.box.open(row.private_key_encrypted, tenant_id=self.tenant.id, row=_row(row.kid))
        return RSAKey.import_key(pem, {"kid": row.kid, "alg": ALGORITHM, "use": "sig"})

    def rotate(self) -> IssuerKey:
        """The next key signs from now on, and there is a new next one; gives the current one.

        Tokens of the key so far verify until the rotation after this one.
        """
        self._lock()
        by_state = {row.state: row for row in self._made()}
        now = datetime.now(UTC)
        if (previous := by_state.get("previous")) is not None:
            previous.state, previous.private_key_encrypted = "retired", None
            self.db.flush()
        current = by_state["current"]
        current.state, current.previous_at = "previous", now
        # It signs nothing more, and what cannot be stolen need not be guarded.
        current.private_key_encrypted = None
        self.db.flush()
        by_state["next"].state, by_state["next"].current_at = "current", now
        self.db.flush()
        self._make("next")
        return by_state["next"]

    def _made(self) -> Sequence[IssuerKey]:
        rows = self.live()
        if rows:
            return rows
        self._lock()
        rows = self.live()
        if not rows:
            self._make("current").current_at = datetime.now(UTC)
            self._make("next")
            rows = self.live()
        return rows

    def _make(self, state: str) -> IssuerKey:
        kid = f"i_{secrets.token_hex(6)}"
        key = RSAKey.generate_key(_BITS, {"kid": kid, "alg": ALGORITHM, "use": "sig"})
        row = IssuerKey(
            tenant_id=self.tenant.id,
            kid=kid,
            state=state,
            private_key_encrypted=self.box.seal(
                key.as_pem(private=True), tenant_id=self.tenant.id, row=_row(kid)
            ),
            public_jwk=key.as_dict(private=False),
        )
        self.db.add(row)
        self.db.flush()
        return row

    def _lock(self) -> None:
        """Keys of one tenant are made and rotated one after the other."""
        self.db.execute(select(Tenant.id).where(Tenant.id == self.tenant.id).with_for_update())


def _row(kid: str) -> str:
    return f"issuer_keys/{kid}"


def includeme(config: Configurator) -> None:
    """Say where secrets are sealed, so that they follow a new master key."""
    config.add_sealed_column(
        SealedColumn(IssuerKey.private_key_encrypted, lambda row: _row(row.kid))
    )
