"""Applying a tenant file, and showing a tenant as one."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyramid.registry import Registry
from sqlalchemy import select

from portal.tenants.files.document import Document, Reader, TenantFileError, parse
from portal.tenants.files.sections import Around, Change, Record, Section, Work, sections
from portal.tenants.files.writer import write
from portal.tenants.models import Tenant


class UnknownTenant(Exception):
    """No tenant has the slug."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a file: the tenant's slug, and what was changed."""

    slug: str
    changes: tuple[Change, ...]


class TenantFiles:
    """Tenant files of one installation. `registry` is that of a configured application."""

    def __init__(self, registry: Registry) -> None:
        self._sections: list[Section] = sections(registry)
        self._around = Around(registry["portal.settings"], registry)
        self._sessions = registry["db.sessionmaker"]

    def apply_text(self, text: str, environ: Mapping[str, str]) -> Applied:
        """Apply a file. `environ` is where `env:NAME` is looked up. Raises TenantFileError."""
        return self.apply(parse(text), environ)

    def apply(self, document: Document, environ: Mapping[str, str]) -> Applied:
        """Apply a parsed file, whole or not at all. Raises TenantFileError."""
        records = Reader(self._sections, self._around, environ).read(document)
        with self._sessions() as db, db.begin():
            work = Work(db, self._around)
            self._apply(work, records)
            if work.problems:
                raise TenantFileError(work.problems)
            return Applied(work.tenant.slug, tuple(work.changes))

    def _apply(self, work: Work, records: Mapping[str, list[Record]]) -> None:
        for section in self._sections:
            if section.table in records or work.created:
                section.apply(work, records.get(section.table, []))
            if not hasattr(work, "tenant"):
                return  # without its tenant, nothing else can be looked at
            work.db.flush()

    def show(self, slug: str) -> str:
        """The tenant as a file, secrets masked. Raises UnknownTenant."""
        with self._sessions() as db, db.begin():
            tenant = db.scalar(select(Tenant).where(Tenant.slug == slug))
            if tenant is None:
                raise UnknownTenant(slug)
            db.bind_tenant(tenant.id)
            work = Work(db, self._around)
            work.tenant = tenant
            return write((section.heading, section.show(work)) for section in self._sections)
