"""The second factors of one tenant's people, together."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from portal.factors.models import Passkey, SecondStep, TotpSecret
from portal.factors.recovery import RecoveryCodes
from portal.people.models import Role, User
from portal.security.sessions import SessionService
from portal.tenants.audit import AuditLog
from portal.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Held:
    """Which second factors somebody has."""

    app: bool
    passkeys: bool

    def __bool__(self) -> bool:
        return self.app or self.passkeys


def wants_second_factor(tenant: Tenant, role: Role) -> bool:
    """Whether the tenant wants one from people of this role."""
    return (
        role is Role.ADMIN
        if tenant.second_factor == "admins"
        else (tenant.second_factor == "staff" and role.is_staff)
    )


class Factors:
    """What is true of all second factors of somebody, whichever they are."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def held(self, user: User) -> Held:
        """What they could prove themselves with, as the tables say."""
        app = exists().where(
            TotpSecret.tenant_id == self.tenant.id,
            TotpSecret.user_id == user.id,
            TotpSecret.secret_encrypted.is_not(None),
        )
        passkey = exists().where(Passkey.tenant_id == self.tenant.id, Passkey.user_id == user.id)
        return Held(*self.db.execute(select(app, passkey)).one())

    def changed(self, user: User) -> Held:
        """Bring what hangs on the factors up to date, after one was added or removed."""
        held = self.held(user)
        if held and user.second_factor_at is None:
            user.second_factor_at = datetime.now(UTC)
        elif not held:
            user.second_factor_at = None
            RecoveryCodes(self.db, self.tenant).clear(user)
        self.db.flush()
        return held

    def forget(self, user: User) -> bool:
        """Remove all factors and recovery codes. Whether there were any."""
        had = bool(self.held(user))
        for model in (TotpSecret, Passkey, SecondStep):
            self.db.execute(
                delete(model)
                .where(model.tenant_id == self.tenant.id, model.user_id == user.id)
                .execution_options(synchronize_session=False)
            )
        self.changed(user)
        return had

    def reset(self, user: User, audit: AuditLog) -> bool:
        """The way back for somebody who has lost their phone or key: forget all factors, and end
        the sessions, of which one may be a finder's. Whether there were any."""
        if not self.forget(user):
            return False
        SessionService(self.db, self.tenant).end_all(user.id)
        audit.record("factor.reset", user.email)
        return True
