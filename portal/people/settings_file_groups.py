"""The tables of a tenant file that people belong to: organisations and projects."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select

from portal.people.models import Organisation, OrganisationDomain, Project
from portal.people.service import PeopleService
from portal.tenants import rules
from portal.tenants.files import Around, Field, Flag, Record, Section, Text, Texts, Work


class OrganisationSection(Section):
    """`[[organisations]]`."""

    table = "organisations"
    many = True
    order = 10
    key = "name"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The name tells organisations apart."""
        return {
            "name": Text(rule=rules.one_line),
            "domains": Texts(rule=rules.domain),
            "shared": Flag(),
            "members_reply": Flag(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change organisations."""
        for record in records:
            name = record.values["name"]
            row = work.db.scalar(
                select(Organisation).where(
                    Organisation.tenant_id == work.tenant.id, Organisation.name == name
                )
            )
            if row is None:
                row = Organisation(
                    tenant_id=work.tenant.id, name=name, **record.given("shared", "members_reply")
                )
                work.db.add(row)
                work.db.flush()
                work.audit.record("organisation.created", name)
            else:
                work.update(
                    row, record.given("shared", "members_reply"), "organisation.changed", name
                )
            if "domains" in record.values:
                self._set_domains(work, record, row)

    def _set_domains(self, work: Work, record: Record, row: Organisation) -> None:
        wanted: list[str] = record.values["domains"]
        owners = dict(
            work.db.execute(
                select(OrganisationDomain.domain, OrganisationDomain.organisation_id).where(
                    OrganisationDomain.tenant_id == work.tenant.id
                )
            ).all()
        )
        before = sorted(domain for domain, owner in owners.items() if owner == row.id)
        taken = [domain for domain in wanted if owners.get(domain, row.id) != row.id]
        for domain in taken:
            work.wrong(record, "domains", f'"{domain}" belongs to another organisation')
        if taken or before == sorted(wanted):
            return
        work.db.execute(
            delete(OrganisationDomain).where(
                OrganisationDomain.tenant_id == work.tenant.id,
                OrganisationDomain.organisation_id == row.id,
            )
        )
        work.db.add_all(
            OrganisationDomain(tenant_id=work.tenant.id, domain=domain, organisation_id=row.id)
            for domain in wanted
        )
        work.db.flush()
        work.audit.record("organisation.changed", row.name, {"domains": [before, sorted(wanted)]})

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """All organisations, by name."""
        domains: dict[int, list[str]] = defaultdict(list)
        statement = select(OrganisationDomain).where(OrganisationDomain.tenant_id == work.tenant.id)
        for row in work.db.scalars(statement.order_by(OrganisationDomain.domain)):
            domains[row.organisation_id].append(row.domain)
        return [
            {
                "name": row.name,
                "domains": domains[row.id],
                "shared": row.shared,
                "members_reply": row.members_reply or None,
            }
            for row in PeopleService(work.db, work.tenant).organisations()
        ]


class ProjectSection(Section):
    """`[[projects]]`; `id` is what the tenant's own site calls a project."""

    table = "projects"
    many = True
    order = 11
    key = "id"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The id tells projects apart, and names are unique as well."""
        return {
            "id": Text(rule=rules.vendor_id),
            "name": Text(rule=rules.one_line),
            "archived": Flag(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change projects."""
        for record in records:
            key = record.values["id"]
            mine = select(Project).where(Project.tenant_id == work.tenant.id)
            row = work.db.scalar(mine.where(Project.key == key))
            values = record.given("name")
            if "name" in values and (
                other := work.db.scalar(
                    mine.where(Project.name == values["name"], Project.key != key)
                )
            ):
                work.wrong(record, "name", f'"{other.name}" is the name of {other.key} already')
                continue
            if row is None:
                if not work.require(record, "name"):
                    continue
                row = Project(tenant_id=work.tenant.id, key=key, **values)
                work.db.add(row)
                work.db.flush()
                work.audit.record("project.created", key)
            else:
                work.update(row, values, "project.changed", key)
            self._archive(work, record, row)

    def _archive(self, work: Work, record: Record, row: Project) -> None:
        archived = record.values.get("archived", row.archived_at is not None)
        if archived != (row.archived_at is not None):
            row.archived_at = datetime.now(UTC) if archived else None
            work.audit.record("project.archived" if archived else "project.restored", row.key)

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """All projects, by name."""
        return [
            {"id": row.key, "name": row.name, "archived": True if row.archived_at else None}
            for row in PeopleService(work.db, work.tenant).projects(archived=True)
        ]
