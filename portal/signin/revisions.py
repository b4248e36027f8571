"""The sign-in settings as they were in force, newest first, to look at and to go back to."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.signin.models import SsoRevision
from portal.signin.settings_values import Values, differences
from portal.tenants.audit import Changes
from portal.tenants.models import Tenant

KEPT = 50


class Revisions:
    """The revisions of one tenant. Whoever adds one holds the lock on the settings."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def latest(self, limit: int = KEPT) -> Sequence[SsoRevision]:
        """The newest ones, the newest first."""
        return self.db.scalars(
            select(SsoRevision)
            .where(SsoRevision.tenant_id == self.tenant.id)
            .order_by(SsoRevision.id.desc())
            .limit(limit)
        ).all()

    def find(self, revision_id: int) -> SsoRevision | None:
        """The revision of that number."""
        return self.db.get(SsoRevision, (self.tenant.id, revision_id))

    def catch_up(self, now: Values) -> None:
        """Before a change: have the settings as they are on record, so that the change can be
        undone. They are not when this is the first one, or when they were changed elsewhere."""
        newest = next(iter(self.latest(1)), None)
        if newest is None:
            self._add("first", now, "")
        elif differences(newest.values, now):
            self._add("file", now, "")

    def add(self, kind: str, values: Values, made_by: str) -> SsoRevision:
        """The settings are these from now on. `made_by`: a name; empty for the command line."""
        row = self._add(kind, values, made_by)
        oldest_kept = (
            select(SsoRevision.id)
            .where(SsoRevision.tenant_id == self.tenant.id)
            .order_by(SsoRevision.id.desc())
            .offset(KEPT - 1)
            .limit(1)
            .scalar_subquery()
        )
        self.db.execute(
            delete(SsoRevision)
            .where(SsoRevision.tenant_id == self.tenant.id, SsoRevision.id < oldest_kept)
            .execution_options(synchronize_session=False)
        )
        return row

    def _add(self, kind: str, values: Values, made_by: str) -> SsoRevision:
        row = SsoRevision(tenant_id=self.tenant.id, kind=kind, values=values, made_by=made_by)
        self.db.add(row)
        self.db.flush()
        return row


def changes_of(rows: Sequence[SsoRevision]) -> list[Changes]:
    """What each revision changed against the one that follows it in the list, the one before it in
    time; the last has none."""
    before = [row.values for row in rows[1:]]
    return [differences(old, row.values) for row, old in zip(rows, before, strict=False)] + (
        [{}] if rows else []
    )
