"""The table [[api_keys]] of a tenant file."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
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
    Moment,
    Record,
    Secret,
    SecretText,
    Section,
    Text,
    Texts,
    Work,
)
from portal.web.i18n import N_

#: Bytes of a secret from elsewhere.
SHORTEST_SECRET = 32


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


class Expiry(Moment):
    """A moment, or "" for a key that does not expire."""

    def parse(self, value: Any) -> datetime | None:  # type: ignore[override]  # the empty text is no moment
        """The moment in UTC, or None."""
        return None if value == "" else super().parse(value)


class ApiKeySection(Section):
    """`[[api_keys]]`: what the tenant's own servers call with."""

    table = "api_keys"
    many = True
    order = 40
    key = "id"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The id is public and unique in the installation."""
        return {
            "id": Text(rule=_public_id),
            "secret": Secret(shortest=SHORTEST_SECRET),
            "scopes": Texts(rule=_scope),
            "name": Text(rule=rules.one_line, empty=True),
            "expires_at": Expiry(),
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
                given = record.given("scopes", "name", "expires_at")
                work.update(row, given, "api_key.changed", public_id)
                self._set_secret(work, row, record.secret("secret"))

    def _add(self, work: Work, record: Record) -> None:
        secret = record.secret("secret")
        if not work.require(record, "secret", "scopes") or secret is None:
            return
        if secret.value is None:
            work.wrong(record, "secret", "is masked, and there is none to leave alone")
            return
        values = record.values
        row = ApiKeyService(work.db, work.tenant).put(
            values["id"], secret.value, values["scopes"], values.get("name", "")
        )
        row.expires_at = values.get("expires_at")
        work.audit.record("api_key.created", values["id"])

    def _set_secret(self, work: Work, row: ApiKey, secret: SecretText | None) -> None:
        if secret is None or secret.value is None:
            return
        if (hashed := secret_hash(secret.value)) != row.secret_hash:
            row.secret_hash = hashed
            row.former_secret_hash = row.former_not_after = None
            work.audit.record("api_key.secret_changed", row.public_id)

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """The keys that are not revoked."""
        live = select(ApiKey).where(ApiKey.tenant_id == work.tenant.id, ApiKey.revoked_at.is_(None))
        return [
            {
                "id": row.public_id,
                "name": row.name or None,
                "secret": MASK,
                "scopes": row.scopes,
                "expires_at": row.expires_at,
            }
            for row in work.db.scalars(live.order_by(ApiKey.public_id))
        ]


def _public_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(
            N_("Use letters a–z, digits, dots, dashes and underscores, at most 100 of them.")
        )
    return text


def _scope(text: str) -> str:
    if text not in SCOPES:
        raise ValueError(f'"{text[:60]}" is no scope: {", ".join(SCOPES)}')
    return text


def includeme(config: Configurator) -> None:
    """Register the table. This room is included before the tenants', whose directive it needs."""
    config.include("portal.tenants.files")
    config.add_tenant_file_section(ApiKeySection())
