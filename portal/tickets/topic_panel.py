"""A ticket's custom fields as its page shows them, to agents and to customers."""

from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.tenants.models import Tenant
from portal.tickets.models import Ticket
from portal.topics.catalogue import TopicCatalogue
from portal.topics.models import CustomField, FieldKind
from portal.topics.values import Value, asked_of, in_words
from portal.web.i18n import N_, Message


class ShownField(NamedTuple):
    """A field of a ticket."""

    field: CustomField
    value: Value | None
    #: The value as people read it; None for no value.
    words: Message | str | date | None
    #: The ticket's topic asks it, and its condition holds. Otherwise there is an old value.
    is_asked: bool

    @property
    def choices(self) -> list[tuple[str, Message | str]]:
        """What a select offers; what is chosen now is always among it."""
        offered = dict.fromkeys(self.field.choices)
        if isinstance(self.value, str) and self.field.kind == FieldKind.CHOICE:
            offered.setdefault(self.value)
        if self.field.kind == FieldKind.CHECKBOX:
            return [("no", N_("No")), ("yes", N_("Yes"))]
        return [("", "–"), *((each, each) for each in offered)]

    @property
    def chosen(self) -> str:
        """The value as a control has it."""
        if self.field.kind == FieldKind.CHECKBOX:
            return "yes" if self.value is True else "no"
        return "" if self.value is None else str(self.value)


def shown_fields(
    db: Session, tenant: Tenant, ticket: Ticket, *, for_customers: bool = False
) -> list[ShownField]:
    """The fields that the ticket's topic asks, and those that it has values of; customers see
    theirs that have a value. One query at the most."""
    fields = TopicCatalogue(db, tenant).of_ticket(ticket.topic_id, list(ticket.custom))
    current = [each.field for each in fields if each.is_current]
    asked = {each.id for each in asked_of(current, ticket.custom)}
    shown = [
        ShownField(
            each.field,
            value := ticket.custom.get(each.field.key),
            in_words(each.field.kind, value),
            each.field.id in asked,
        )
        for each in fields
        if each.field.id in asked or each.field.key in ticket.custom
    ]
    if for_customers:
        return [each for each in shown if each.field.for_customers and each.words is not None]
    return shown
