"""The tables [[fields]] and [[topics]] of a tenant file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import select

from portal.people.models import Project, Team
from portal.tenants import rules
from portal.tenants.files import (
    Around,
    Choice,
    Field,
    Flag,
    Record,
    Section,
    Text,
    Texts,
    Work,
)
from portal.topics.administration import TopicAdministration, TopicRuleError
from portal.topics.models import CustomField, FieldKind, Topic
from portal.topics.rules import choice, key
from portal.topics.settings_words import PRIORITIES
from portal.web.i18n import translate

#: What the file calls a field's columns that have other names in the database.
_FLAGS = ("label", "hint", "choices", "for_customers", "required_to_open", "required_to_solve")


class FieldSection(Section):
    """`[[fields]]`; a condition names another field of the tenant, or of the file before it."""

    table = "fields"
    many = True
    order = 26
    key = "id"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The id tells fields apart; it and the kind stay."""
        return {
            "id": Text(rule=key),
            "label": Text(rule=rules.one_line),
            "kind": Choice(words=[kind.value for kind in FieldKind]),
            "hint": Text(rule=rules.one_line, empty=True),
            "choices": Texts(rule=choice),
            "for_customers": Flag(),
            "required_to_open": Flag(),
            "required_to_solve": Flag(),
            "only_if": Text(rule=key, empty=True),
            "only_if_is": Texts(rule=choice),
            "archived": Flag(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change fields, in the order of the file."""
        for record in records:
            self._apply(work, record)

    def _apply(self, work: Work, record: Record) -> None:
        service = TopicAdministration(work.db, work.tenant, work.audit)
        row, values = _field(work, record.values["id"]), record.given(*_FLAGS)
        if "only_if" in record.values:
            name = record.values["only_if"]
            other = _field(work, name) if name else None
            if name and other is None:
                work.wrong(record, "only_if", f'"{name}" is no field of this tenant')
                return
            values["condition_field_id"] = other.id if other is not None else None
            values["condition_values"] = record.values.get("only_if_is", []) if other else []
        elif "only_if_is" in record.values:
            values["condition_values"] = record.values["only_if_is"]
        try:
            if row is None:
                if not work.require(record, "label", "kind"):
                    return
                kind = FieldKind(record.values["kind"])
                row = service.create_field(record.values["id"], kind, values)
            elif record.values.get("kind", row.kind) != row.kind:
                work.wrong(record, "kind", f'is "{row.kind}" and cannot be changed')
                return
            else:
                service.change_field(row, values)
            archived = record.values.get("archived", row.archived_at is not None)
            service.archive_field(row, datetime.now(UTC) if archived else None)
        except TopicRuleError as refused:
            names = {"condition": "only_if", "key": "id"}
            text = translate("en", refused.message).rstrip(".")
            work.wrong(record, names.get(refused.field, refused.field), text)

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """All fields; what others depend on comes before them."""
        service = TopicAdministration(work.db, work.tenant, work.audit)
        rows = list(service.catalogue.all_fields(archived=True))
        keys = {row.id: row.key for row in rows}
        return [
            {
                "id": row.key,
                "label": row.label,
                "kind": row.kind,
                "hint": row.hint or None,
                "choices": row.choices or None,
                "for_customers": row.for_customers,
                "required_to_open": row.required_to_open or None,
                "required_to_solve": row.required_to_solve or None,
                "only_if": keys.get(row.condition_field_id or 0),
                "only_if_is": row.condition_values or None,
                "archived": True if row.archived_at else None,
            }
            for row in _dependants_last(rows)
        ]


class TopicSection(Section):
    """`[[topics]]`."""

    table = "topics"
    many = True
    order = 27
    key = "name"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The name tells topics apart."""
        return {
            "name": Text(rule=rules.one_line),
            "description": Text(rule=rules.one_line, empty=True),
            "for_customers": Flag(),
            "project": Text(rule=rules.vendor_id, empty=True),
            "team": Text(rule=rules.one_line, empty=True),
            "priority": Choice(words=list(PRIORITIES)),
            "fields": Texts(rule=key),
            "archived": Flag(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change topics."""
        for record in records:
            self._apply(work, record)

    def _apply(self, work: Work, record: Record) -> None:
        service = TopicAdministration(work.db, work.tenant, work.audit)
        values = record.given("description", "for_customers", "priority")
        for name, model, column in (
            ("project", Project, Project.key),
            ("team", Team, Team.name),
        ):
            if name not in record.values:
                continue
            wanted = record.values[name]
            found = work.db.scalar(
                select(model.id).where(model.tenant_id == work.tenant.id, column == wanted)
            )
            if wanted and found is None:
                work.wrong(record, name, f'"{wanted}" is no {name} of this tenant')
            values[f"{name}_id"] = found
        name = record.values["name"]
        row = work.db.scalar(
            select(Topic).where(Topic.tenant_id == work.tenant.id, Topic.name == name)
        )
        if row is None:
            row = service.create_topic(name, values)
        else:
            service.change_topic(row, values)
        if "fields" in record.values:
            service.set_fields(row, self._asked(work, record))
        archived = record.values.get("archived", row.archived_at is not None)
        service.archive_topic(row, datetime.now(UTC) if archived else None)

    def _asked(self, work: Work, record: Record) -> list[int]:
        found = {name: _field(work, name) for name in record.values["fields"]}
        for name, row in found.items():
            if row is None:
                work.wrong(record, "fields", f'"{name}" is no field of this tenant')
        return [row.id for row in found.values() if row is not None]

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """All topics, in their order."""
        catalogue = TopicAdministration(work.db, work.tenant, work.audit).catalogue
        keys = {row.id: row.key for row in catalogue.all_fields(archived=True)}
        asked = catalogue.asked_in()
        projects = select(Project.id, Project.key).where(Project.tenant_id == work.tenant.id)
        teams = select(Team.id, Team.name).where(Team.tenant_id == work.tenant.id)
        project_keys = dict(work.db.execute(projects).all())
        team_names = dict(work.db.execute(teams).all())
        return [
            {
                "name": row.name,
                "description": row.description or None,
                "for_customers": row.for_customers,
                "project": project_keys.get(row.project_id or 0),
                "team": team_names.get(row.team_id or 0),
                "priority": row.priority,
                "fields": [keys[field_id] for field_id in asked.get(row.id, ())] or None,
                "archived": True if row.archived_at else None,
            }
            for row in catalogue.topics(archived=True)
        ]


def _field(work: Work, name: str) -> CustomField | None:
    return work.db.scalar(
        select(CustomField).where(CustomField.tenant_id == work.tenant.id, CustomField.key == name)
    )


def _dependants_last(rows: Sequence[CustomField]) -> list[CustomField]:
    """The rows in their order, but each after the one that its condition names."""
    waiting, done = list(rows), list[CustomField]()
    while waiting:
        known = {row.id for row in done}
        ready = [row for row in waiting if row.condition_field_id in known | {None}] or waiting
        done.append(ready[0])
        waiting.remove(ready[0])
    return done


def includeme(config: Configurator) -> None:
    """Register the two tables."""
    for section in (FieldSection(), TopicSection()):
        config.add_tenant_file_section(section)
