"""The browsers that a person is signed in with, for the download of their own data."""

from sqlalchemy.orm import Session

from portal.people.models import User
from portal.people.own_data import OwnData
from portal.security.sessions import SessionService
from portal.tenants.models import Tenant


def sessions(db: Session, tenant: Tenant, user: User) -> OwnData:
    """Live sessions: where from and since when; never what would sign anybody in."""
    return OwnData(
        "sessions",
        [
            {
                "signed_in_at": session.created_at,
                "last_used_at": session.seen_at,
                "ends_at": session.expires_at,
                "by": session.authenticator,
                "ip": session.ip,
                "browser": session.user_agent,
            }
            for session in SessionService(db, tenant).of_user(user.id)
        ],
    )
