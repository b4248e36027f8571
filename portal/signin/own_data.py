"""A person's lines of the sign-in log, for the download of their own data."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.people.models import User
from portal.people.own_data import OwnData
from portal.signin.models import SsoAttempt
from portal.tenants.models import Tenant


def sign_ins(db: Session, tenant: Tenant, user: User) -> OwnData:
    """Every try to sign in that the log ties to the person, the last one first."""
    attempts = db.scalars(
        select(SsoAttempt)
        .where(SsoAttempt.tenant_id == tenant.id, SsoAttempt.user_id == user.id)
        .order_by(SsoAttempt.created_at.desc(), SsoAttempt.id.desc())
    )
    return OwnData(
        "sign-ins",
        [
            {
                "at": attempt.created_at,
                "by": attempt.dialect or attempt.authenticator,
                "result": attempt.code,
                "ip": attempt.ip,
                "browser": attempt.user_agent,
                "reference": attempt.reference,
            }
            for attempt in attempts
        ],
    )
