"""What admins do to topics and custom fields; each change is recorded in the audit log."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.tenants.audit import AuditLog, assign
from portal.tenants.models import Tenant
from portal.topics.catalogue import TopicCatalogue
from portal.topics.models import CustomField, FieldKind, Topic, TopicField
from portal.topics.values import NO, YES, cycle_through
from portal.web.i18n import N_, Message


class TopicRuleError(Exception):
    """A change that cannot be made; `field` is the form's field that it is about."""

    def __init__(self, field: str, message: Message) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class TopicAdministration:
    """Changes to the topics and fields of one tenant."""

    def __init__(self, db: Session, tenant: Tenant, audit: AuditLog) -> None:
        self.db = db
        self.tenant = tenant
        self.audit = audit
        self.catalogue = TopicCatalogue(db, tenant)

    def create_topic(
        self, name: str, values: Mapping[str, Any], field_ids: Sequence[int] = ()
    ) -> Topic:
        """A new topic, the last in the order. Raises TopicRuleError."""
        with self._unless_taken("name", _NAME_TAKEN):
            row = Topic(
                tenant_id=self.tenant.id, name=name, position=self._last(Topic) + 1, **values
            )
            self.db.add(row)
            self.db.flush()
        self.audit.record("topic.created", name)
        self.set_fields(row, field_ids)
        return row

    def change_topic(self, row: Topic, values: Mapping[str, Any]) -> None:
        """Change what a topic says and does. Raises TopicRuleError."""
        with self._unless_taken("name", _NAME_TAKEN):
            if changes := assign(row, values):
                self.db.flush()
                self.audit.record("topic.changed", row.name, changes)

    def set_fields(self, row: Topic, field_ids: Sequence[int]) -> None:
        """Exactly these fields are asked."""
        labels = {each.id: each.label for each in self.catalogue.all_fields(archived=True)}
        wanted = [key for key in labels if key in set(field_ids)]
        before = [key for key in labels if key in self.catalogue.asked_in().get(row.id, ())]
        if wanted == before:
            return
        self.db.execute(
            delete(TopicField).where(
                TopicField.tenant_id == self.tenant.id, TopicField.topic_id == row.id
            )
        )
        self.db.add_all(
            TopicField(tenant_id=self.tenant.id, topic_id=row.id, field_id=key, position=place)
            for place, key in enumerate(wanted)
        )
        self.db.flush()
        named = [[labels[key] for key in keys] for keys in (before, wanted)]
        self.audit.record("topic.changed", row.name, {"fields": named})

    def archive_topic(self, row: Topic, moment: datetime | None) -> None:
        """Archive, or with None restore."""
        if (row.archived_at is None) != (moment is None):
            row.archived_at = moment
            self.audit.record("topic.archived" if moment else "topic.restored", row.name)

    def create_field(self, key: str, kind: FieldKind, values: Mapping[str, Any]) -> CustomField:
        """A new field, the last in the order. Raises TopicRuleError."""
        row = CustomField(
            tenant_id=self.tenant.id,
            key=key,
            kind=kind.value,
            position=self._last(CustomField) + 1,
            **{"choices": [], "condition_values": [], **values},
        )
        self._check(row, is_new=True)
        with self._unless_taken("key", _KEY_TAKEN):
            self.db.add(row)
            self.db.flush()
        self.audit.record("field.created", row.label)
        return row

    def change_field(self, row: CustomField, values: Mapping[str, Any]) -> None:
        """Change a field; its key and its kind stay. Raises TopicRuleError."""
        with self._all_or_nothing():
            changes = assign(row, values)
            self._check(row)
            if changes:
                self.db.flush()
                self.audit.record("field.changed", row.label, changes)

    def archive_field(self, row: CustomField, moment: datetime | None) -> None:
        """Archive, or with None restore. Raises TopicRuleError while others depend on it."""
        if (row.archived_at is None) == (moment is None):
            return
        if moment is not None:
            for other in self._dependants(row):
                raise TopicRuleError("condition", _needed(other))
        row.archived_at = moment
        self.audit.record("field.archived" if moment else "field.restored", row.label)

    def move(self, row: Topic | CustomField, *, up: bool) -> None:
        """One place up or down in the order; at its end nothing happens."""
        rows: list[Topic | CustomField] = list(
            self.catalogue.topics(archived=True)
            if isinstance(row, Topic)
            else self.catalogue.all_fields(archived=True)
        )
        # Those that are archived are not in sight, so nobody is moved past them.
        shown = [each for each in rows if each.archived_at is None]
        if row not in shown:
            return
        place = shown.index(row) + (-1 if up else 1)
        if 0 <= place < len(shown):
            shown.remove(row)
            shown.insert(place, row)
        for position, each in enumerate([*shown, *(one for one in rows if one not in shown)]):
            each.position = position

    def _check(self, row: CustomField, *, is_new: bool = False) -> None:
        """Raises TopicRuleError for a field that could not be answered, or never be asked."""
        if row.kind == FieldKind.CHOICE and not row.choices:
            raise TopicRuleError("choices", N_("Enter at least one choice, each on its own line."))
        if row.condition_field_id is not None:
            self._check_condition(row, row.condition_field_id, is_new=is_new)
        for other in () if is_new else self._dependants(row):
            if not set(other.condition_values) <= set(answers_of(row)):
                raise TopicRuleError("choices", _needed(other))
            if other.for_customers and not row.for_customers:
                raise TopicRuleError("for_customers", _needed(other))

    def _check_condition(self, row: CustomField, condition_id: int, *, is_new: bool) -> None:
        other = self.db.get(CustomField, (self.tenant.id, condition_id))
        if other is None or not answers_of(other):
            raise TopicRuleError("condition", N_("Choose a field with choices, or a checkbox."))
        if not row.condition_values or not set(row.condition_values) <= set(answers_of(other)):
            raise TopicRuleError(
                "condition", N_("Choose values of “%(field)s”.", field=other.label)
            )
        if row.for_customers and not other.for_customers:
            raise TopicRuleError(
                "condition",
                N_(
                    "Customers do not see “%(field)s”, so it cannot decide what they are asked.",
                    field=other.label,
                ),
            )
        conditions = {each.id: each.condition_field_id for each in self._everything()}
        if not is_new and cycle_through(row.id, condition_id, conditions):
            raise TopicRuleError(
                "condition",
                N_(
                    "“%(field)s” is itself asked only where this field has a value: neither would "
                    "ever be asked.",
                    field=other.label,
                ),
            )

    def _dependants(self, row: CustomField) -> list[CustomField]:
        return [
            each
            for each in self._everything()
            if each.condition_field_id == row.id and each.archived_at is None
        ]

    def _everything(self) -> Sequence[CustomField]:
        with self.db.no_autoflush:
            return self.catalogue.all_fields(archived=True)

    def _last(self, model: type[Topic | CustomField]) -> int:
        last = self.db.scalar(
            select(func.max(model.position)).where(model.tenant_id == self.tenant.id)
        )
        return -1 if last is None else last

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """A savepoint: what was begun is undone, and the transaction stays usable."""
        with self.db.begin_nested():
            yield

    @contextmanager
    def _unless_taken(self, field: str, message: Message) -> Iterator[None]:
        try:
            with self._all_or_nothing():
                yield
        except IntegrityError as error:
            raise TopicRuleError(field, message) from error


def answers_of(row: CustomField) -> list[str]:
    """The answers that a condition can name; none for a field whose answers are endless."""
    match FieldKind(row.kind):
        case FieldKind.CHOICE:
            return list(row.choices)
        case FieldKind.CHECKBOX:
            return [YES, NO]
        case _:
            return []


def _needed(other: CustomField) -> Message:
    return N_(
        "“%(field)s” is asked only where this field has a certain value. Change that first.",
        field=other.label,
    )


_NAME_TAKEN = N_("There is a topic of this name already.")
_KEY_TAKEN = N_("There is a field of this ID already.")
