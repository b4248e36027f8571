"""Challenges for passkeys: each for one browser and one purpose, answered once, in five minutes."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.factors.models import PasskeyChallenge
from portal.security.cookies import value_hash
from portal.signin.expiry import expired
from portal.tenants.models import Tenant

KEPT_FOR = timedelta(minutes=5)


class Purpose(StrEnum):
    """What an answer may be used for, and for nothing else."""

    ADD = "add"
    SIGN_IN = "sign_in"
    SECOND_STEP = "second_step"
    CONFIRM = "confirm"


class Challenges:
    """The challenges of one tenant that nobody has answered yet."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def make(self, purpose: Purpose, holder: str) -> bytes:
        """256 random bits for the browser with this cookie value."""
        challenge, now = secrets.token_bytes(32), datetime.now(UTC)
        self.db.execute(
            insert(PasskeyChallenge)
            .add_cte(expired(PasskeyChallenge, self.tenant.id, now))
            .values(
                tenant_id=self.tenant.id,
                challenge_hash=hashlib.sha256(challenge).digest(),
                purpose=purpose,
                holder_hash=value_hash(holder),
                expires_at=now + KEPT_FOR,
            )
        )
        return challenge

    def take(self, challenge: bytes, purpose: Purpose, holder: str | None) -> bool:
        """Whether this browser was given the challenge for this; it is answered with that."""
        if holder is None:
            return False
        row = self.db.execute(
            delete(PasskeyChallenge)
            .where(
                PasskeyChallenge.tenant_id == self.tenant.id,
                PasskeyChallenge.challenge_hash == hashlib.sha256(challenge).digest(),
                PasskeyChallenge.purpose == purpose,
                PasskeyChallenge.holder_hash == value_hash(holder),
            )
            .returning(PasskeyChallenge.expires_at)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        return row is not None and row.expires_at > datetime.now(UTC)
