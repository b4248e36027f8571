"""Where a visitor was going when sent to sign in elsewhere: kept here for ten minutes.

Kept on our side and bound to the browser, so that it survives a company's site that drops every
parameter, and cannot be written by anyone but this browser.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.security.cookies import value_hash
from portal.signin.expiry import expired
from portal.signin.models import PendingLogin
from portal.tenants.models import Tenant

KEPT_FOR = timedelta(minutes=10)


class PendingLogins:
    """The sign-ins of one tenant that were started here and are not finished."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def remember(self, visitor: str, target: str) -> None:
        """The browser ``visitor`` (a cookie value) starts a sign-in and wants to go to ``target``,
        a URL as the redirect rules returned it, or "" for the home page."""
        now = datetime.now(UTC)
        values = {"target": target, "created_at": now, "expires_at": now + KEPT_FOR}
        self.db.execute(
            insert(PendingLogin)
            .add_cte(expired(PendingLogin, self.tenant.id, now))
            .values(tenant_id=self.tenant.id, visitor_hash=value_hash(visitor), **values)
            .on_conflict_do_update(
                index_elements=[PendingLogin.tenant_id, PendingLogin.visitor_hash], set_=values
            )
        )

    def target(self, visitor: str | None) -> str | None:
        """Where this browser was going; None when it started no sign-in here."""
        if visitor is None:
            return None
        return self.db.scalar(
            select(PendingLogin.target).where(
                PendingLogin.tenant_id == self.tenant.id,
                PendingLogin.visitor_hash == value_hash(visitor),
                PendingLogin.expires_at > datetime.now(UTC),
            )
        )

    def take(self, visitor: str | None) -> str | None:
        """As ``target``, and the sign-in is finished; unless it is refused, which aborts this."""
        if visitor is None:
            return None
        taken = self.db.execute(
            delete(PendingLogin)
            .where(
                PendingLogin.tenant_id == self.tenant.id,
                PendingLogin.visitor_hash == value_hash(visitor),
            )
            .returning(PendingLogin.target, PendingLogin.expires_at)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        return taken.target if taken is not None and taken.expires_at > datetime.now(UTC) else None
