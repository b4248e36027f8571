"""A ticket's topic and the values of its fields: who may solve it without them, and who may not."""

from typing import Any

from sqlalchemy.orm import Session

from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.models import EventKind, State, Ticket
from portal.tickets.writer import TicketRuleError, TicketWriter
from portal.topics.catalogue import TopicCatalogue
from portal.topics.models import CustomField, FieldKind, Topic
from portal.topics.values import Moment, missing, parse
from portal.web.i18n import Message


class FieldsMissing(TicketRuleError):
    """Fields that are required to solve the ticket have no value. Nothing was changed."""

    def __init__(self, labels: dict[str, str], messages: dict[str, Message]) -> None:
        super().__init__("fields")
        #: What the fields are called, and what to say beside each, by the field's key.
        self.labels = labels
        self.messages = messages

    @property
    def named(self) -> str:
        """The labels of the fields, as a list."""
        return ", ".join(f"“{label}”" for label in self.labels.values())


class AskedFields:
    """The fields that topics ask. Those of a topic are read once."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self._db = db
        self._catalogue = TopicCatalogue(db, tenant)
        self._read: dict[int | None, list[CustomField]] = {}

    def of(self, topic_id: int | None) -> list[CustomField]:
        """In their order."""
        if topic_id not in self._read:
            with self._db.no_autoflush:
                self._read[topic_id] = self._catalogue.fields(topic_id)
        return self._read[topic_id]


class CustomFieldService(TicketWriter):
    """Changes the topic and the custom fields of tickets."""

    def __init__(self, db: Session, tenant: Tenant, actor: Identity | None) -> None:
        super().__init__(db, tenant, actor)
        self.asked = AskedFields(db, tenant)

    def set_topic(self, ticket: Ticket, topic_id: int | None) -> None:
        """Another topic, or None. Values stay, also of fields that the new one does not ask.

        Raises TicketRuleError("topic") for one that cannot be chosen.
        """
        self.lock(ticket)
        topic = self.known(Topic, topic_id) if topic_id is not None else None
        is_offered = topic_id is None or (topic is not None and topic.archived_at is None)
        if not is_offered and topic_id != ticket.topic_id:
            raise TicketRuleError("topic")
        names = (self.name_of(Topic, ticket.topic_id), self.name_of(Topic, topic_id))
        self.change(ticket, EventKind.TOPIC, "topic_id", topic_id, names)

    def set_value(self, ticket: Ticket, key: str, typed: object) -> None:
        """The value of one field; an empty one clears it.

        Raises TicketRuleError("field") for a field that the ticket's topic does not ask, and
        ValueError with a sentence for what the field does not take.
        """
        self.lock(ticket)
        asked = self.field(ticket, key)
        if asked is None:
            raise TicketRuleError("field")
        before = ticket.custom.get(key)
        if asked.kind == FieldKind.CHOICE and typed == before:
            return  # it may be a choice that is no longer on offer
        value = parse(asked, typed)
        if value == before:
            return
        others = {name: each for name, each in ticket.custom.items() if name != key}
        ticket.custom = others if value is None else {**others, key: value}
        told: dict[str, Any] = {
            "key": key,
            "label": asked.label,
            "kind": asked.kind,
            "from": before,
            "to": value,
        }
        if asked.kind == FieldKind.CHECKBOX:
            told |= {"from": before is True, "to": value is True}
        self.record(ticket, EventKind.FIELD, told)

    def field(self, ticket: Ticket, key: str) -> CustomField | None:
        """The field of that key, if the ticket's topic asks it."""
        fields = self.asked.of(ticket.topic_id)
        return next((each for each in fields if each.key == key), None)


def refuse_unfinished(asked: AskedFields, ticket: Ticket, state: State | None) -> None:
    """Raise FieldsMissing where the state is one of solved tickets, and something is missing.

    Tickets that are solved already may be closed as they are.
    """
    if state is None or state.is_unsolved or not State(ticket.state).is_unsolved:
        return
    fields = asked.of(ticket.topic_id)
    messages = missing(fields, ticket.custom, Moment.SOLVE)
    if messages:
        labels = {each.key: each.label for each in fields if each.key in messages}
        raise FieldsMissing(labels, messages)
