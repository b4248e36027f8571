"""The sign-in log, read: newest first, filtered, and counted."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.signin.attempts import SIGNED_IN
from portal.signin.emails import mask_email
from portal.signin.expiry import kept_since
from portal.signin.models import SsoAttempt
from portal.signin.sites import WAY as SITE
from portal.tenants.models import Tenant
from portal.web.clock import now
from portal.web.paging import Cursor, Direction, Page, next_rows, read_page

REFUSED, NOTICED, ACCEPTED = "refused", "notice", "signed_in"
#: The figures count at most so many attempts of the last day: a page that counts more is slow.
MOST_COUNTED = 10_000
_REFERENCE = re.compile(r"([0-9A-Z]{4})-?([0-9A-Z]{4})", re.ASCII)


class Figures(NamedTuple):
    """The last 24 hours."""

    attempts: int
    refused: int
    #: The most frequent code, and how often; None when nothing was refused.
    reason: str | None
    reason_count: int

    @property
    def is_capped(self) -> bool:
        """Whether there were more than are counted."""
        return self.attempts >= MOST_COUNTED


class LogReader:
    """Reads the sign-in log of a tenant, newest first."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def page(
        self,
        *,
        words: str = "",
        outcome: str = "",
        way: str = "",
        code: str = "",
        since: datetime | None = None,
        older: str = "",
        newer: str = "",
    ) -> Page[SsoAttempt]:
        """Attempts. `words`: a reference, a network address or an e-mail address. `way`: a
        dialect or an authenticator. `since`: a moment, or None for all that is kept."""
        where: list[ColumnElement[bool]] = [
            SsoAttempt.tenant_id == self.tenant.id,
            SsoAttempt.created_at >= kept_since(self.tenant.id, now()),
        ]
        if since is not None:
            where.append(SsoAttempt.created_at >= since)
        if code:
            where.append(SsoAttempt.code == code)
        if words:
            where.append(_about(words))
        if outcome == REFUSED:
            where.append(SsoAttempt.code != SIGNED_IN)
        elif outcome in (NOTICED, ACCEPTED):
            where.append(SsoAttempt.code == SIGNED_IN)
        if outcome == NOTICED:
            where.append(func.cardinality(SsoAttempt.warnings) > 0)
        if way:
            where.append((SsoAttempt.dialect == way) | (SsoAttempt.authenticator == way))

        def fetch(direction: Direction, cursor: Cursor | None, limit: int) -> Sequence[SsoAttempt]:
            rows = select(SsoAttempt).where(*where)
            order = (SsoAttempt.created_at, SsoAttempt.id)
            return self.db.scalars(next_rows(rows, *order, direction, cursor, limit)).all()

        return read_page(
            fetch,
            lambda row: Cursor(row.created_at, row.id),
            older=Cursor.parse(older),
            newer=Cursor.parse(newer),
        )

    def figures(self) -> Figures:
        """How the last 24 hours went: of the ways in, for sites come and go all day."""
        recent = (
            select(SsoAttempt.code)
            .where(
                SsoAttempt.tenant_id == self.tenant.id,
                SsoAttempt.created_at > now() - timedelta(hours=24),
                SsoAttempt.created_at >= kept_since(self.tenant.id, now()),
                SsoAttempt.authenticator != SITE,
            )
            # From the end of the index: the latest, where there are too many.
            .order_by(SsoAttempt.created_at.desc())
            .limit(MOST_COUNTED)
            .subquery()
        )
        total = func.count()
        rows = self.db.execute(select(recent.c.code, total).group_by(recent.c.code)).all()
        refused = {code: count for code, count in rows if code != SIGNED_IN}
        # Of equally frequent ones always the same.
        reason = min(refused, key=lambda code: (-refused[code], code), default=None)
        return Figures(
            attempts=sum(count for _, count in rows),
            refused=sum(refused.values()),
            reason=reason,
            reason_count=refused[reason] if reason is not None else 0,
        )


def _about(words: str) -> ColumnElement[bool]:
    """A condition for what somebody read out: a reference, or an address of either kind."""
    if match := _REFERENCE.fullmatch(words.strip().upper()):
        return SsoAttempt.reference == f"{match[1]}-{match[2]}"
    try:
        return SsoAttempt.ip == str(ip_address(words.strip()))
    except ValueError:
        return SsoAttempt.masked_email == mask_email(words.strip().lower())
