"""The providers of one tenant, as its settings hold them."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.openid.models import OpenidProvider
from portal.openid.provider import Audience, Kind, Provider
from portal.people.models import Role
from portal.security.sealed import SealedColumn
from portal.security.secrets import SecretBox, SecretError
from portal.tenants.models import Tenant

_TOUCH_AFTER = timedelta(minutes=1)


def row_name(row: OpenidProvider) -> str:
    """What the secret of a provider is sealed for."""
    return f"openid_providers/{row.key}"


class Providers:
    """Reads and writes a tenant's providers."""

    def __init__(self, db: Session, tenant: Tenant, box: SecretBox) -> None:
        self.db = db
        self.tenant = tenant
        self.box = box

    def all(self) -> Sequence[OpenidProvider]:
        """Every one, in the order of the sign-in page."""
        return self.db.scalars(
            select(OpenidProvider)
            .where(OpenidProvider.tenant_id == self.tenant.id)
            .order_by(OpenidProvider.position, OpenidProvider.created_at, OpenidProvider.key)
        ).all()

    def row(self, key: str) -> OpenidProvider | None:
        """The one of that key."""
        if "\0" in key:
            return None
        return self.db.get(OpenidProvider, (self.tenant.id, key))

    def opened(self, row: OpenidProvider) -> Provider:
        """The provider with its secret. Raises SecretError where that does not open."""
        secret = None
        if row.secret_encrypted is not None:
            opened = self.box.open(
                row.secret_encrypted, tenant_id=self.tenant.id, row=row_name(row)
            )
            secret = opened.decode()
        return Provider(
            tenant_id=self.tenant.id,
            key=row.key,
            kind=Kind(row.kind),
            name=row.name,
            issuer=row.issuer,
            client_id=row.client_id,
            secret=secret,
            scopes=tuple(row.scopes),
            audience=Audience(row.audience),
            creates=row.provisioning == "create",
            email_domains=tuple(row.email_domains),
            trust_email=row.trust_email,
            group_claim=row.group_claim,
            group_roles={group: Role(role) for group, role in row.group_roles.items()},
            admins=row.admins,
        )

    def create(self, secret: str | None, **values: Any) -> OpenidProvider:
        """A new one, at the end of the list."""
        last = self.db.scalar(
            select(func.max(OpenidProvider.position)).where(
                OpenidProvider.tenant_id == self.tenant.id
            )
        )
        row = OpenidProvider(
            tenant_id=self.tenant.id,
            **({"key": f"{values.get('kind', 'other')}-{secrets.token_hex(4)}"} | values),
            position=0 if last is None else last + 1,
        )
        self.set_secret(row, secret)
        self.db.add(row)
        self.db.flush()
        return row

    def set_secret(self, row: OpenidProvider, secret: str | None) -> None:
        """Seal another secret; None: it is a public client."""
        row.secret_encrypted = (
            self.box.seal(secret.encode(), tenant_id=self.tenant.id, row=row_name(row))
            if secret
            else None
        )

    def has_secret(self, row: OpenidProvider, secret: str) -> bool:
        """Whether this is its secret already."""
        try:
            return self.opened(row).secret == secret
        except SecretError:
            return False

    def move(self, row: OpenidProvider, by: int) -> tuple[int, int]:
        """One place further up or down on the sign-in page; its places before and after."""
        rows = list(self.all())
        before = rows.index(row)
        place = max(0, min(len(rows) - 1, before + by))
        rows.remove(row)
        rows.insert(place, row)
        for position, each in enumerate(rows):
            each.position = position
        return before + 1, place + 1

    def used(self, key: str) -> None:
        """Remember that somebody signs in with it just now, at most once a minute."""
        now = datetime.now(UTC)
        self.db.execute(
            update(OpenidProvider)
            .where(
                OpenidProvider.tenant_id == self.tenant.id,
                OpenidProvider.key == key,
                OpenidProvider.last_used_at.is_(None)
                | (OpenidProvider.last_used_at < now - _TOUCH_AFTER),
            )
            .values(last_used_at=now)
            .execution_options(synchronize_session=False)
        )


def includeme(config: Configurator) -> None:
    """The secrets follow a new master key."""
    config.add_sealed_column(SealedColumn(OpenidProvider.secret_encrypted, row_name))
