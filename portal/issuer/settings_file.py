"""The table [[sites]] of a tenant file."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.config import Configurator

from portal.issuer.clients import Clients, secret_hash
from portal.issuer.models import IssuerClient
from portal.issuer.rules import client_address
from portal.tenants import rules
from portal.tenants.files import (
    MASK,
    Around,
    Choice,
    Field,
    Flag,
    Record,
    Secret,
    SecretText,
    Section,
    Text,
    Texts,
    Work,
)
from portal.web.clock import now
from portal.web.i18n import N_

#: Bytes of a secret from elsewhere.
SHORTEST_SECRET = 32
#: Keys of [[sites]], and the columns that they are.
_COLUMNS = {
    "name": "name",
    "redirect_urls": "redirect_uris",
    "logout_urls": "post_logout_redirect_uris",
    "login_url": "login_url",
    "backchannel_logout_url": "backchannel_logout_uri",
    "backchannel_needs_sid": "backchannel_logout_session_required",
    "third_party": "third_party",
}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


class SiteSection(Section):
    """`[[sites]]`: the sites that sign their people in here."""

    table = "sites"
    many = True
    order = 50
    key = "id"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The id is public: the site's software knows it as the client ID."""
        return {
            "id": Text(rule=_client_id),
            "name": Text(rule=rules.one_line),
            "kind": Choice(words=("confidential", "public")),
            "secret": Secret(shortest=SHORTEST_SECRET),
            "redirect_urls": Texts(rule=client_address),
            "logout_urls": Texts(rule=client_address),
            "login_url": Text(rule=client_address, empty=True),
            "backchannel_logout_url": Text(rule=client_address, empty=True),
            "backchannel_needs_sid": Flag(),
            "third_party": Flag(),
            "disabled": Flag(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change sites."""
        for record in records:
            row = work.db.get(IssuerClient, (work.tenant.id, record.values["id"]))
            if record.values.get("redirect_urls") == []:
                work.wrong(record, "redirect_urls", "must name at least one address")
            elif row is None:
                self._add(work, record)
            elif record.values.get("kind", row.kind) != row.kind:
                work.wrong(record, "kind", f'is "{row.kind}" and stays so; make another site')
            else:
                self._change(work, row, record)

    def _add(self, work: Work, record: Record) -> None:
        values = record.values
        public, secret = values.get("kind") == "public", record.secret("secret")
        needed = ("name", "redirect_urls") if public else ("name", "redirect_urls", "secret")
        if not work.require(record, *needed) or not self._may_have(work, record, public, secret):
            return
        if secret is not None and secret.value is None:
            work.wrong(record, "secret", "is masked, and there is none to leave alone")
            return
        row = Clients(work.db, work.tenant).create(
            values["name"],
            values["redirect_urls"],
            client_id=values["id"],
            kind="public" if public else "confidential",
        )
        if secret is not None and secret.value is not None:
            row.secret_hash = secret_hash(secret.value)
        for key, column in _COLUMNS.items():
            if key in values:
                setattr(row, column, values[key])
        row.disabled_at = now() if values.get("disabled") else None
        work.audit.record("issuer.client_added", row.name)

    def _change(self, work: Work, row: IssuerClient, record: Record) -> None:
        secret = record.secret("secret")
        if not self._may_have(work, record, row.kind == "public", secret):
            return
        given = {_COLUMNS[key]: value for key, value in record.given(*_COLUMNS).items()}
        work.update(row, given, "issuer.client_changed", row.name)
        if secret is not None and secret.value is not None:
            hashed = secret_hash(secret.value)
            if hashed != row.secret_hash:
                row.secret_hash = hashed
                row.former_secret_hash = row.former_not_after = None
                work.audit.record("issuer.secret_made", row.name)
        off = record.values.get("disabled", row.disabled_at is not None)
        if off != (row.disabled_at is not None):
            row.disabled_at = now() if off else None
            action = "issuer.client_disabled" if off else "issuer.client_enabled"
            work.audit.record(action, row.name)

    def _may_have(
        self, work: Work, record: Record, public: bool, secret: SecretText | None
    ) -> bool:
        if public and secret is not None:
            work.wrong(record, "secret", "is nothing for a public site, which cannot keep one")
            return False
        return True

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """Every site, also those that are switched off."""
        return [
            {
                "id": row.client_id,
                "name": row.name,
                "kind": row.kind,
                "secret": MASK if row.secret_hash is not None else None,
                "redirect_urls": row.redirect_uris,
                "logout_urls": row.post_logout_redirect_uris or None,
                "login_url": row.login_url or None,
                "backchannel_logout_url": row.backchannel_logout_uri or None,
                "backchannel_needs_sid": row.backchannel_logout_session_required or None,
                "third_party": row.third_party,
                "disabled": row.disabled_at is not None,
            }
            for row in Clients(work.db, work.tenant).all()
        ]


def _client_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(
            N_("Use letters a–z, digits, dots, dashes and underscores, at most 100 of them.")
        )
    return text


def includeme(config: Configurator) -> None:
    """Register the table."""
    config.add_tenant_file_section(SiteSection())
