"""Where a visitor was going when sent to sign in elsewhere: kept here for ten minutes.

Kept on our side and bound to the browser, so that it survives a company's site that drops every
parameter, and cannot be written by anyone but this browser.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, null, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.security.cookies import value_hash
from portal.signin.expiry import expired
from portal.signin.models import PendingLogin
from portal.tenants.models import Tenant

KEPT_FOR = timedelta(minutes=10)
_COLUMNS = (PendingLogin.target, PendingLogin.state_hash, PendingLogin.nonce_hash)


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that this browser started here."""

    #: A URL of the tenant as the redirect rules returned it, or "" for the home page.
    target: str
    #: As ``text_hash`` gives them; None for dialects that bring nothing back.
    state_hash: bytes | None = None
    nonce_hash: bytes | None = None


def text_hash(text: str) -> bytes:
    """What is kept of a state or a nonce: SHA-256, 32 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class PendingLogins:
    """The sign-ins of one tenant that were started here and are not finished."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def remember(self, visitor: str, target: str) -> None:
        """The browser ``visitor`` (a cookie value) starts a sign-in and wants to go to ``target``,
        a URL as the redirect rules returned it, or "" for the home page.

        A state that it was given before stays: the sign-in page was only looked at again.
        """
        now = datetime.now(UTC)

        def kept(column: Any) -> Any:
            return case((PendingLogin.expires_at > now, column), else_=null())

        self._write(
            visitor,
            {"target": target, "tries_draft": False},
            {
                "state_hash": kept(PendingLogin.state_hash),
                "nonce_hash": kept(PendingLogin.nonce_hash),
            },
            now,
        )

    def start(
        self, visitor: str, target: str, *, state: str, nonce: str, tries_draft: bool = False
    ) -> None:
        """As ``remember``, and the browser takes ``state`` and ``nonce`` along, to bring back.

        ``tries_draft``: an admin's browser, whose next token is judged by the draft.
        """
        hashes = {"state_hash": text_hash(state), "nonce_hash": text_hash(nonce)}
        values = {"target": target, "tries_draft": tries_draft, **hashes}
        self._write(visitor, values, {}, datetime.now(UTC))

    def _write(
        self, visitor: str, values: dict[str, Any], on_conflict: dict[str, Any], now: datetime
    ) -> None:
        values = values | {"created_at": now, "expires_at": now + KEPT_FOR}
        self.db.execute(
            insert(PendingLogin)
            .add_cte(expired(PendingLogin, self.tenant.id, now))
            .values(tenant_id=self.tenant.id, visitor_hash=value_hash(visitor), **values)
            .on_conflict_do_update(
                index_elements=[PendingLogin.tenant_id, PendingLogin.visitor_hash],
                set_=values | on_conflict,
            )
        )

    def find(self, visitor: str | None, *, tries_draft: bool = False) -> Started | None:
        """The sign-in that this browser started here and has not finished; or the test of a
        draft, which is never taken for a sign-in."""
        if visitor is None:
            return None
        row = self.db.execute(
            select(*_COLUMNS).where(
                *self._of(visitor, tries_draft), PendingLogin.expires_at > datetime.now(UTC)
            )
        ).one_or_none()
        return Started(*row) if row is not None else None

    def take(self, visitor: str | None, *, tries_draft: bool = False) -> Started | None:
        """As ``find``, and the sign-in is finished; unless it is refused, which aborts this."""
        if visitor is None:
            return None
        row = self.db.execute(
            delete(PendingLogin)
            .where(*self._of(visitor, tries_draft))
            .returning(PendingLogin.expires_at, *_COLUMNS)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is None or row.expires_at <= datetime.now(UTC):
            return None
        return Started(*row[1:])

    def _of(self, visitor: str, tries_draft: bool) -> tuple[ColumnElement[bool], ...]:
        return (
            PendingLogin.tenant_id == self.tenant.id,
            PendingLogin.visitor_hash == value_hash(visitor),
            PendingLogin.tries_draft.is_(tries_draft),
        )
