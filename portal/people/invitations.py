"""Links with which a person sets a password: an invitation, or a way back after losing it."""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.people.models import Invitation, User
from portal.people.passwords import good_password, hash_password
from portal.security.sessions import SessionService
from portal.tenants.models import Tenant

#: For somebody who has no password yet, and for somebody who lost it.
INVITED = timedelta(days=7)
RESET = timedelta(days=1)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class InvitationService:
    """The links of one tenant's people. Only the newest link of a person works, and once."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def make(self, user: User) -> tuple[str, datetime]:
        """A new link's token, to be shown once, and when it ends. Older links stop working."""
        self._forget(user)
        token = secrets.token_urlsafe(32)
        ends = datetime.now(UTC) + (INVITED if user.password_hash is None else RESET)
        self.db.add(
            Invitation(
                tenant_id=self.tenant.id,
                token_hash=_hash(token),
                user_id=user.id,
                expires_at=ends,
            )
        )
        self.db.flush()
        return token, ends

    def find(self, token: str, *, lock: bool = False) -> User | None:
        """Whose link it is; None for one that has been used, has ended or never was.

        With `lock`, a second use of the same link waits until the first has committed, and then
        finds nothing.
        """
        if not _TOKEN.fullmatch(token):
            return None
        statement = select(Invitation).where(
            Invitation.tenant_id == self.tenant.id,
            Invitation.token_hash == _hash(token),
            Invitation.expires_at > datetime.now(UTC),
        )
        found = self.db.scalar(statement.with_for_update() if lock else statement)
        if found is None:
            return None
        user = self.db.get(User, (self.tenant.id, found.user_id))
        return user if user is not None and user.disabled_at is None else None

    def accept(self, user: User, password: str, *, profile: str) -> None:
        """Set the password, use up every link of the user, and end the open sessions.

        Raises ValueError with one sentence, a `Message`, for a password that is not good enough.
        """
        good = good_password(password, user.name, user.email, self.tenant.name)
        user.password_hash = hash_password(good, profile)
        user.email_verified_at = datetime.now(UTC)
        self._forget(user)
        SessionService(self.db, self.tenant).end_all(user.id)

    def _forget(self, user: User) -> None:
        self.db.execute(
            delete(Invitation).where(
                Invitation.tenant_id == self.tenant.id, Invitation.user_id == user.id
            )
        )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("ascii")).digest()
