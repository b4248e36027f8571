"""One-time references: 256 random bits in the visitor's address bar, a hash here, one use."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import CTE, delete, select, tuple_, update
from sqlalchemy.orm import Session

from portal.issuer.clients import secret_hash
from portal.issuer.models import IssuerCode
from portal.tenants.models import Tenant

Kind = Literal["code", "uuid"]

#: Within this a client redeems a code (RFC 6749, 4.1.2: ten minutes at the most).
LIFETIME = timedelta(seconds=60)
#: So long is a used one remembered, so that a second use can revoke what the first one led to.
REMEMBERED = timedelta(days=1)
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asked for, and for whom it is."""

    client_id: str
    user_id: int
    #: Of the session at the portal.
    session_number: int
    auth_time: datetime
    redirect_uri: str
    scope: str
    nonce: str | None = None
    code_challenge: str | None = None
    #: How they had signed in (RFC 8176, 2).
    methods: Sequence[str] = ()


class Codes:
    """The codes of one tenant."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def save(self, value: str, wanted: Wanted, *, kind: Kind = "code") -> None:
        """Keep a code under its hash. Some that are long over are cleared away with it."""
        now = datetime.now(UTC)
        self.db.execute(select(1).add_cte(self._stale(now)))
        self.db.add(
            IssuerCode(
                tenant_id=self.tenant.id,
                code_hash=secret_hash(value),
                kind=kind,
                client_id=wanted.client_id,
                user_id=wanted.user_id,
                session_number=wanted.session_number,
                redirect_uri=wanted.redirect_uri,
                scope=wanted.scope,
                nonce=wanted.nonce,
                code_challenge=wanted.code_challenge,
                auth_time=wanted.auth_time,
                methods=list(wanted.methods),
                expires_at=now + LIFETIME,
            )
        )

    def find(self, value: str, kind: Kind = "code") -> IssuerCode | None:
        """The code, also when it is used up or over."""
        return self.db.scalar(
            select(IssuerCode).where(
                IssuerCode.tenant_id == self.tenant.id,
                IssuerCode.code_hash == secret_hash(value),
                IssuerCode.kind == kind,
            )
        )

    def use(self, code: IssuerCode) -> bool:
        """Use it up; False when it is over, or was used before.

        Of several at once exactly one is told True: the others wait for it in the database.
        """
        now = datetime.now(UTC)
        used = self.db.scalar(
            update(IssuerCode)
            .where(
                IssuerCode.tenant_id == self.tenant.id,
                IssuerCode.code_hash == code.code_hash,
                IssuerCode.used_at.is_(None),
                IssuerCode.expires_at > now,
            )
            .values(used_at=now)
            .returning(IssuerCode.used_at)
            .execution_options(synchronize_session=False)
        )
        self.db.refresh(code)
        return used is not None

    def _stale(self, now: datetime) -> CTE:
        key = (IssuerCode.tenant_id, IssuerCode.code_hash)
        stale = (
            select(*key)
            .where(
                IssuerCode.tenant_id == self.tenant.id,
                IssuerCode.expires_at < now - REMEMBERED,
            )
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        return delete(IssuerCode).where(tuple_(*key).in_(stale)).cte("stale_codes")


def new_code() -> str:
    """A fresh reference: 256 random bits, in characters that need no escaping."""
    return secrets.token_urlsafe(32)
