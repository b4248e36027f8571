"""A tenant's sign-in settings: read, changed and recorded."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.signin.models import SsoConfig
from portal.tenants.audit import AuditLog, assign
from portal.tenants.models import Tenant

LOCAL_PASSWORD = "local_password"  # noqa: S105 - names an authenticator


class SignInSettings:
    """The settings of one tenant; each change is recorded in its audit log."""

    def __init__(self, db: Session, tenant: Tenant, audit: AuditLog) -> None:
        self.db = db
        self.tenant = tenant
        self.audit = audit

    def config(self) -> SsoConfig:
        """The tenant's row, made with its defaults when there is none."""
        row = self.db.get(SsoConfig, self.tenant.id)
        if row is None:
            row = SsoConfig(tenant_id=self.tenant.id)
            self.db.add(row)
            self.db.flush()
            self.db.refresh(row)
        return row

    def update(self, values: Mapping[str, Any]) -> None:
        """Set what differs."""
        if changes := assign(self.config(), values):
            self.audit.record("signin.changed", "", changes)

    def taken_ids(self, ids: Mapping[str, str | None]) -> list[str]:
        """The names of those ids (`company_id`, `account_id`) that another tenant has."""
        others = select(Tenant.id).where(Tenant.id != self.tenant.id)
        return [
            name
            for name, value in ids.items()
            if value and self.db.scalar(others.where(getattr(Tenant, name) == value)) is not None
        ]

    def set_ids(self, ids: Mapping[str, str | None]) -> None:
        """Set the ids by which vendors' tokens name the tenant."""
        if changes := assign(self.tenant, ids):
            self.audit.record("tenant.changed", self.tenant.slug, changes)

    def set_authenticators(self, names: list[str]) -> None:
        """Switch these ways to sign in on, in this order, and all others off.

        The local sign-in of admins is not among them: it is always there.
        """
        before = list(self.tenant.authenticators)
        if before != names:
            self.tenant.authenticators = names
            self.audit.record("signin.changed", "", {"authenticators": [before, names]})

    def set_local_password(self, on: bool) -> None:
        """Let people sign in with a password of their own, after every other way, or not."""
        names = [name for name in self.tenant.authenticators if name != LOCAL_PASSWORD]
        if on != (LOCAL_PASSWORD in self.tenant.authenticators):
            self.set_authenticators([*names, LOCAL_PASSWORD] if on else names)
