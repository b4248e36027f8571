"""A tenant's sign-in settings: read, put in force and recorded, one change after the other."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.signin import lockout
from portal.signin.models import SsoConfig
from portal.signin.revisions import Revisions
from portal.signin.settings_values import OF_CONFIG, OF_TENANT, Values, differences, read
from portal.tenants.audit import AuditLog, Changes, assign
from portal.tenants.models import Tenant

LOCAL_PASSWORD = "local_password"  # noqa: S105 - names an authenticator

_IDS = ("company_id", "account_id")
#: What the audit log calls a change, by the kind of its revision.
_ACTIONS = {"promoted": "signin.promoted", "rolled_back": "signin.rolled_back"}


class SignInSettings:
    """The settings of one tenant; each change is recorded in its audit log and its history."""

    def __init__(self, db: Session, tenant: Tenant, audit: AuditLog) -> None:
        self.db = db
        self.tenant = tenant
        self.audit = audit
        self.revisions = Revisions(db, tenant)

    def config(self) -> SsoConfig:
        """The tenant's row, made with its defaults when there is none."""
        row = self.db.get(SsoConfig, self.tenant.id)
        if row is None:
            row = SsoConfig(tenant_id=self.tenant.id)
            self.db.add(row)
            self.db.flush()
            self.db.refresh(row)
        return row

    def values(self) -> Values:
        """The settings that are in force."""
        return read(self.config(), self.tenant)

    def lock(self) -> Values:
        """As `values`; whoever else changes the settings waits until this transaction ends.

        What was read before is read again: another change may have been waited for.
        """
        self.config()
        self.db.execute(
            select(SsoConfig)
            .where(SsoConfig.tenant_id == self.tenant.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        self.db.refresh(self.tenant, OF_TENANT)
        return self.values()

    def change(
        self,
        values: Mapping[str, Any],
        kind: str = "saved",
        *,
        test: Mapping[str, Any] | None = None,
    ) -> Changes:
        """Put these settings in force; what is not named stays. Gives what differed.

        `kind` is that of the revision this makes; before a "first" one there is nothing to go
        back to. `test` is the last test sign-in of a draft. Raises LockedOutError, and then nothing
        has been changed.
        """
        before = self.lock()
        after = before | {name: values[name] for name in before if name in values}
        changes = differences(before, after)
        if not changes:
            return {}
        lockout.check_settings(self.db, self.tenant, before, after, test=test)
        if kind != "first":
            self.revisions.catch_up(before)
        config = self.config()
        for name, (_, value) in changes.items():
            setattr(config if name in OF_CONFIG else self.tenant, name, value)
        self.revisions.add(kind, after, self._actor_name())
        self._record(kind, changes)
        return changes

    def update(self, values: Mapping[str, Any]) -> None:
        """Set what no draft and no revision holds: how long the log is kept."""
        if changes := assign(self.config(), values):
            self.audit.record("signin.changed", "", changes)

    def _record(self, kind: str, changes: Changes) -> None:
        if kind in _ACTIONS:
            self.audit.record(_ACTIONS[kind], "", changes)
            return
        ids = {name: pair for name, pair in changes.items() if name in _IDS}
        others = {name: pair for name, pair in changes.items() if name not in _IDS}
        if others:
            self.audit.record("signin.changed", "", others)
        if ids:
            self.audit.record("tenant.changed", self.tenant.slug, ids)

    def _actor_name(self) -> str:
        return self.audit.actor.name if self.audit.actor is not None else ""

    def taken_ids(self, ids: Mapping[str, str | None]) -> list[str]:
        """The names of those ids (`company_id`, `account_id`) that another tenant has."""
        others = select(Tenant.id).where(Tenant.id != self.tenant.id)
        return [
            name
            for name, value in ids.items()
            if name in _IDS
            and value
            and self.db.scalar(others.where(getattr(Tenant, name) == value)) is not None
        ]
