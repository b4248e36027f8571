"""The table [[api_keys]] of a tenant file."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import select

from portal.security.api_keys import SCOPES, ApiKeyService, secret_hash
from portal.security.models import ApiKey, ApiKeyDirectory
from portal.tenants import rules
from portal.tenants.files import (
    MASK,
    Around,
    Field,
    Record,
    Secret,
    SecretText,
    Section,
    Text,
    Texts,
    Work,
)

#: Bytes of a secret from elsewhere.
SHORTEST_SECRET = 32


class ApiKeySection(Section):
    """`[[api_keys]]`: what the tenant's own servers call with."""

    table = "api_keys"
    many = True
    order = 40
    key = "id"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The id is public and unique in the installation."""
        return {
            "id": Text(rule=rules.vendor_id),
            "secret": Secret(shortest=SHORTEST_SECRET),
            "scopes": Texts(rule=_scope),
            "name": Text(rule=rules.one_line, empty=True),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change keys. A revoked key does not come back."""
        for record in records:
            public_id = record.values["id"]
            row = work.db.get(ApiKey, (work.tenant.id, public_id))
            taken = work.db.scalar(
                select(ApiKeyDirectory.tenant_id).where(ApiKeyDirectory.public_id == public_id)
            )
            if row is None and taken is not None:
                work.wrong(record, "id", f'"{public_id}" belongs to another tenant')
            elif row is None:
                self._add(work, record)
            elif row.revoked_at is not None:
                work.wrong(record, "id", f'"{public_id}" was revoked; give the key another id')
            else:
                work.update(row, record.given("scopes", "name"), "api_key.changed", public_id)
                self._set_secret(work, row, record.secret("secret"))

    def _add(self, work: Work, record: Record) -> None:
        secret = record.secret("secret")
        if not work.require(record, "secret", "scopes") or secret is None:
            return
        if secret.value is None:
            work.wrong(record, "secret", "is masked, and there is none to leave alone")
            return
        values = record.values
        ApiKeyService(work.db, work.tenant).put(
            values["id"], secret.value, values["scopes"], values.get("name", "")
        )
        work.audit.record("api_key.created", values["id"])

    def _set_secret(self, work: Work, row: ApiKey, secret: SecretText | None) -> None:
        if secret is None or secret.value is None:
            return
        if (hashed := secret_hash(secret.value)) != row.secret_hash:
            row.secret_hash = hashed
            work.audit.record("api_key.secret_changed", row.public_id)

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """The keys that are not revoked."""
        live = select(ApiKey).where(ApiKey.tenant_id == work.tenant.id, ApiKey.revoked_at.is_(None))
        return [
            {"id": row.public_id, "name": row.name or None, "secret": MASK, "scopes": row.scopes}
            for row in work.db.scalars(live.order_by(ApiKey.public_id))
        ]


def _scope(text: str) -> str:
    if text not in SCOPES:
        raise ValueError(f'"{text[:60]}" is no scope: {", ".join(SCOPES)}')
    return text


def includeme(config: Configurator) -> None:
    """Register the table. This room is included before the tenants', whose directive it needs."""
    config.include("portal.tenants.files")
    config.add_tenant_file_section(ApiKeySection())
