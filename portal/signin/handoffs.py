"""Visitors whom the tenant's backend vouched for: a one-time reference in place of a token.

The backend asks for it (``POST /api/auth/redirect``) and sends the visitor's browser on with it.
It says nothing and proves nothing by itself: all that it stands for is kept here.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.security.models import ApiKey
from portal.signin.assertion import Assertion
from portal.signin.codes import Code
from portal.signin.dialects.base import Dialect
from portal.signin.expiry import expired
from portal.signin.models import SsoHandoff, SsoReplay
from portal.signin.refusals import Refusal
from portal.tenants.models import Tenant
from portal.web.i18n import N_

LIFETIME = timedelta(seconds=60)
#: Rows stay a little longer, so that a late visitor is told that the reference has expired.
KEPT_FOR = timedelta(hours=1)
_PREFIX = "th_"
_REFERENCE = re.compile(rf"{_PREFIX}[A-Za-z0-9_-]{{43}}", re.ASCII)


def is_reference(raw: str) -> bool:
    """Whether the text looks like a reference. A signed token never does: it has dots."""
    return _REFERENCE.fullmatch(raw) is not None


def reference_hash(raw: str) -> bytes:
    """What the database keeps of a reference: SHA-256, 32 bytes."""
    return hashlib.sha256(raw.encode("ascii")).digest()


class Handoffs:
    """The handoffs of one tenant."""

    def __init__(
        self, db: Session, tenant: Tenant, authenticators: Collection[str] | None = None
    ) -> None:
        """`authenticators`: the ways in that are on, where they are not the tenant's own."""
        self.db = db
        self.tenant = tenant
        self.authenticators = tenant.authenticators if authenticators is None else authenticators

    def make(self, assertion: Assertion) -> str:
        """A reference that stands for ``assertion``: 256 random bits, for 60 seconds, once.

        An assertion that can be used once stays so, however many references are made from it.
        """
        raw = f"{_PREFIX}{secrets.token_urlsafe(32)}"
        token_hash, now = reference_hash(raw), datetime.now(UTC)
        self.db.execute(
            insert(SsoHandoff)
            .add_cte(expired(SsoHandoff, self.tenant.id, now - KEPT_FOR))
            .values(
                tenant_id=self.tenant.id,
                token_hash=token_hash,
                replay_key=assertion.replay_key or token_hash,
                authenticator=assertion.authenticator,
                key_id=assertion.key_id or "",
                email=assertion.email,
                name=assertion.name,
                external_id=assertion.external_id,
                role=assertion.role,
                target=assertion.target,
                created_at=now,
                expires_at=now + LIFETIME,
            )
        )
        return raw

    def find(self, raw: str, dialect: Dialect, *, at: float) -> Assertion:
        """What the reference stands for, to somebody who came with it ``at`` (Unix seconds).

        Raises ``Refusal``. It is used up by the pipeline, like any other assertion.
        """
        token_hash = reference_hash(raw)
        row = self.db.get(SsoHandoff, (self.tenant.id, token_hash))
        if row is None:
            raise Refusal(
                Code.TOKEN_SIGNATURE_INVALID,
                hint=N_("Nobody asked this help desk for such a reference within the last hour."),
                seen=N_("a reference"),
            )
        late = at - row.expires_at.timestamp()
        if late >= 0 and not self._is_used(row):
            raise Refusal(
                Code.TOKEN_EXPIRED,
                hint=N_("A reference lives for 60 seconds. Ask for it when the visitor is there."),
                seen=N_("now is its end + %(seconds)d s", seconds=round(late)),
            )
        self._check_still_trusted(row)
        return Assertion(
            authenticator=row.authenticator,
            email=row.email,
            name=row.name,
            namespace=dialect.namespace,
            external_id=row.external_id,
            role=row.role,
            role_cap=dialect.role_cap,
            target=row.target,
            replay_key=row.replay_key,
            key_id=row.key_id,
            rules=dialect.rules,
        )

    def _is_used(self, row: SsoHandoff) -> bool:
        """The next check says so, in words that fit better than its age."""
        return self.db.get(SsoReplay, (self.tenant.id, row.replay_key)) is not None

    def _check_still_trusted(self, row: SsoHandoff) -> None:
        """A key that was withdrawn in this minute takes what it vouched for along."""
        if row.authenticator not in self.authenticators:
            raise Refusal(Code.DIALECT_DISABLED, seen=row.authenticator)
        if row.authenticator != "api_key":
            return
        revoked = self.db.scalar(
            select(ApiKey.revoked_at)
            .where(ApiKey.tenant_id == self.tenant.id, ApiKey.public_id == row.key_id)
            # Held to the end, so that whoever revokes it finds the session that is made here.
            .with_for_update(read=True, key_share=True)
        )
        if revoked is not None:
            raise Refusal(Code.API_KEY_INVALID, hint=N_("The API key was revoked."))
