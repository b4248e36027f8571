"""The table [tenant]: the tenant itself and its hosts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from portal.tenants import rules
from portal.tenants.files.fields import Choice, Field, Text, Texts, Whole
from portal.tenants.files.sections import Around, Record, Section, Work
from portal.tenants.models import DEFAULT_AUTHENTICATORS, Tenant, TenantHost

_PLAIN = ("name", "accent", "locale", "timezone", "reopen_days", "status")
_IDS = ("company_id", "account_id")


class TenantSection(Section):
    """Finds the tenant by its slug, or makes it."""

    table = "tenant"
    order = 0
    key = "slug"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The slug names the tenant; everything else may change."""
        return {
            "slug": Text(rule=rules.slug),
            "name": Text(rule=rules.one_line),
            "hosts": Texts(rule=rules.own_host(around.settings.hosts)),
            "company_id": Text(rule=rules.vendor_id, empty=True),
            "account_id": Text(rule=rules.vendor_id, empty=True),
            "accent": Text(rule=rules.accent),
            "locale": Text(rule=rules.language),
            "timezone": Text(rule=rules.time_zone),
            "reopen_days": Whole(low=1, high=rules.MAX_REOPEN_DAYS),
            "status": Choice(words=("active", "suspended")),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change the tenant, and bind the transaction to it."""
        (record,) = records
        slug: str = record.values["slug"]
        # Locked, so that two commands for one tenant run one after the other.
        found = work.db.scalar(select(Tenant).where(Tenant.slug == slug).with_for_update())
        if found is None:
            work.require(record, "name")
        values = record.given(*_PLAIN) | self._ids(work, record, found)
        self._check_hosts(work, record, found)
        if work.problems:
            return
        if found is None:
            work.tenant = Tenant(slug=slug, authenticators=list(DEFAULT_AUTHENTICATORS), **values)
            work.db.add(work.tenant)
            work.db.flush()
            work.db.bind_tenant(work.tenant.id)
            work.created = True
            work.audit.record("tenant.created", slug)
        else:
            work.tenant = found
            work.db.bind_tenant(found.id)
            if "accent" in values and values["accent"] != found.accent:
                found.brand_version += 1
            work.update(found, values, "tenant.changed", slug)
        if "hosts" in record.values:
            self._set_hosts(work, record.values["hosts"])

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """The tenant; ids that it does not have are left out."""
        tenant = work.tenant
        return [
            {
                "slug": tenant.slug,
                "name": tenant.name,
                "hosts": self._hosts(work),
                **{name: getattr(tenant, name) for name in (*_IDS, *_PLAIN[1:])},
            }
        ]

    def _ids(self, work: Work, record: Record, found: Tenant | None) -> dict[str, str | None]:
        """Ids of vendors' dialects, none of which another tenant may have."""
        ids = {name: value or None for name, value in record.given(*_IDS).items()}
        for name, value in ids.items():
            other = value and work.db.scalar(
                select(Tenant.slug).where(getattr(Tenant, name) == value)
            )
            if other and (found is None or other != found.slug):
                work.wrong(record, name, f'"{value}" belongs to the tenant {other}')
        return ids

    def _check_hosts(self, work: Work, record: Record, found: Tenant | None) -> None:
        taken = select(TenantHost.host, Tenant.slug, Tenant.id).join(
            Tenant, Tenant.id == TenantHost.tenant_id
        )
        wanted = record.values.get("hosts", [])
        for host, slug, tenant_id in work.db.execute(taken.where(TenantHost.host.in_(wanted))):
            if found is None or tenant_id != found.id:
                work.wrong(record, "hosts", f'"{host}" belongs to the tenant {slug}')

    def _hosts(self, work: Work) -> list[str]:
        own = select(TenantHost.host).where(TenantHost.tenant_id == work.tenant.id)
        return list(work.db.scalars(own.order_by(TenantHost.position)))

    def _set_hosts(self, work: Work, hosts: list[str]) -> None:
        before = self._hosts(work)
        if before == hosts:
            return
        work.db.execute(delete(TenantHost).where(TenantHost.tenant_id == work.tenant.id))
        work.db.add_all(
            TenantHost(host=host, tenant_id=work.tenant.id, position=position)
            for position, host in enumerate(hosts)
        )
        work.db.flush()
        work.audit.record("tenant.changed", work.tenant.slug, {"hosts": [before, hosts]})
