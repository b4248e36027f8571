"""Recovery codes: ten, each good for one sign-in without the phone or key."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from portal.factors.codes import new_recovery_code, recovery_hash
from portal.factors.models import RecoveryCode
from portal.people.models import User
from portal.tenants.models import Tenant

HOW_MANY = 10


class RecoveryCodes:
    """The recovery codes of one tenant's people."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def make(self, user: User) -> list[str]:
        """New codes, which are nowhere but in the answer; those from before are void."""
        self.clear(user)
        codes = [new_recovery_code() for _ in range(HOW_MANY)]
        self.db.add_all(
            RecoveryCode(
                tenant_id=self.tenant.id, user_id=user.id, code_hash=recovery_hash(user.id, code)
            )
            for code in codes
        )
        self.db.flush()
        return codes

    def left(self, user: User) -> int:
        """How many are not used yet."""
        unused = select(func.count()).where(*self._of(user), RecoveryCode.used_at.is_(None))
        return self.db.scalar(unused) or 0

    def use(self, user: User, code: str) -> bool:
        """Use a code up. False for one that is not theirs, or was used before.

        The one UPDATE decides between requests that bring the same code at once.
        """
        hashed = recovery_hash(user.id, code)
        if hashed is None:
            return False
        used = self.db.execute(
            update(RecoveryCode)
            .where(
                *self._of(user), RecoveryCode.code_hash == hashed, RecoveryCode.used_at.is_(None)
            )
            .values(used_at=datetime.now(UTC))
            .returning(RecoveryCode.user_id)
            .execution_options(synchronize_session=False)
        )
        return used.first() is not None

    def clear(self, user: User) -> None:
        """Forget all of them."""
        self.db.execute(
            delete(RecoveryCode).where(*self._of(user)).execution_options(synchronize_session=False)
        )

    def _of(self, user: User) -> tuple[ColumnElement[bool], ...]:
        return RecoveryCode.tenant_id == self.tenant.id, RecoveryCode.user_id == user.id
