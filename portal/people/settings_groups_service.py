"""What admins do to organisations and projects; each change is recorded in the audit log."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.people.models import Organisation, OrganisationDomain, Project, Sharing
from portal.tenants.audit import AuditLog, assign
from portal.tenants.models import Tenant
from portal.web.i18n import N_, Message


class TakenError(Exception):
    """Another row of the tenant has the value of this field."""

    def __init__(self, field: str, message: Message) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class GroupAdministration:
    """Changes to the organisations and projects of one tenant."""

    def __init__(self, db: Session, tenant: Tenant, audit: AuditLog) -> None:
        self.db = db
        self.tenant = tenant
        self.audit = audit

    def all_domains(self) -> Mapping[int, list[str]]:
        """The e-mail domains of every organisation, by its id."""
        domains: dict[int, list[str]] = defaultdict(list)
        rows = self.db.execute(
            select(OrganisationDomain.organisation_id, OrganisationDomain.domain)
            .where(OrganisationDomain.tenant_id == self.tenant.id)
            .order_by(OrganisationDomain.domain)
        )
        for organisation_id, domain in rows:
            domains[organisation_id].append(domain)
        return domains

    def create_organisation(
        self, name: str, domains: Sequence[str], *, sharing: Sharing
    ) -> Organisation:
        """A new organisation. Raises TakenError."""
        with self._all_or_nothing("name", _NAME_TAKEN):
            row = Organisation(tenant_id=self.tenant.id, name=name)
            row.sharing = sharing
            self.db.add(row)
            self.db.flush()
            self.audit.record("organisation.created", name)
            self._set_domains(row, domains)
        return row

    def change_organisation(
        self, row: Organisation, name: str, domains: Sequence[str], *, sharing: Sharing
    ) -> None:
        """Change the name, the domains and what its members share. Raises TakenError."""
        with self._all_or_nothing("name", _NAME_TAKEN):
            if changes := assign(row, {"name": name, "sharing": sharing}):
                self.audit.record("organisation.changed", name, changes)
            self._set_domains(row, domains)

    def _set_domains(self, row: Organisation, domains: Sequence[str]) -> None:
        known = self.all_domains()
        before, wanted = known.get(row.id, []), sorted(domains)
        if before == wanted:
            return
        others = {domain for owner, each in known.items() if owner != row.id for domain in each}
        for domain in wanted:
            if domain in others:
                raise TakenError(
                    "domains", N_("“%(name)s” belongs to another organisation.", name=domain)
                )
        self.db.execute(
            delete(OrganisationDomain).where(
                OrganisationDomain.tenant_id == self.tenant.id,
                OrganisationDomain.organisation_id == row.id,
            )
        )
        self.db.add_all(
            OrganisationDomain(tenant_id=self.tenant.id, domain=domain, organisation_id=row.id)
            for domain in wanted
        )
        self.db.flush()
        self.audit.record("organisation.changed", row.name, {"domains": [before, wanted]})

    def create_project(self, key: str, name: str) -> Project:
        """A new project. Raises TakenError."""
        with self._all_or_nothing("key", _KEY_TAKEN):
            self._refuse_taken(key, name)
            row = Project(tenant_id=self.tenant.id, key=key, name=name)
            self.db.add(row)
            self.audit.record("project.created", key)
        return row

    def change_project(self, row: Project, key: str, name: str) -> None:
        """Change what it is called, here and on the tenant's site. Raises TakenError."""
        with self._all_or_nothing("key", _KEY_TAKEN):
            self._refuse_taken(key, name, row.id)
            if changes := assign(row, {"key": key, "name": name}):
                self.audit.record("project.changed", key, changes)

    def archive_project(self, row: Project, moment: datetime | None) -> None:
        """Archive, or with None restore."""
        if (row.archived_at is None) != (moment is None):
            row.archived_at = moment
            self.audit.record("project.archived" if moment else "project.restored", row.key)

    def _refuse_taken(self, key: str, name: str, project_id: int = 0) -> None:
        mine = select(Project.id).where(
            Project.tenant_id == self.tenant.id, Project.id != project_id
        )
        if self.db.scalar(mine.where(Project.key == key)) is not None:
            raise TakenError("key", _KEY_TAKEN)
        if self.db.scalar(mine.where(Project.name == name)) is not None:
            raise TakenError("name", N_("There is a project of this name already."))

    @contextmanager
    def _all_or_nothing(self, field: str, message: Message) -> Iterator[None]:
        """A savepoint: what was begun is undone when a value turns out to be taken, and the
        transaction stays usable for the page that says so."""
        try:
            with self.db.begin_nested():
                yield
        except IntegrityError as error:
            raise TakenError(field, message) from error


_NAME_TAKEN = N_("There is an organisation of this name already.")
_KEY_TAKEN = N_("There is a project of this ID already.")
