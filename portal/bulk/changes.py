"""One action on one ticket, by the services that everybody uses, and back again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.bulk.actions import Action, Verb
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.custom_fields import CustomFieldService
from portal.tickets.models import Priority, State, Ticket
from portal.tickets.service import TicketService
from portal.tickets.snooze import SnoozeService
from portal.tickets.tags import TagService
from portal.tickets.writer import TicketRuleError

#: What was and what is, by what was changed; None: nothing was.
Values = dict[str, Any]


class Changes:
    """Does actions to tickets and takes them back, for one person."""

    def __init__(
        self, db: Session, tenant: Tenant, actor: Identity, *, held: Collection[int] = ()
    ) -> None:
        """`held`: numbers of tickets that the caller has locked, see `TicketWriter.held`."""
        self.tickets = TicketService(db, tenant, actor)
        self.tags = TagService(db, tenant, actor)
        self.snooze = SnoozeService(db, tenant, actor)
        self.fields = CustomFieldService(db, tenant, actor)
        for each in (self.tickets, self.tags, self.snooze, self.fields):
            each.held = held

    def do(self, ticket: Ticket, action: Action) -> tuple[Values, Values] | None:
        """Change the ticket: the values before and after, or None where nothing had to change.

        Raises TicketRuleError as the services do.
        """
        if action.verb in (Verb.ADD_TAGS, Verb.REMOVE_TAGS):
            return self._retag(ticket, action)
        self.tickets.lock(ticket)
        before = _value(ticket, action)
        match action.verb:
            case Verb.ASSIGNEE:
                self.tickets.set_assignee(ticket, action.key)
            case Verb.TEAM:
                self.tickets.set_team(ticket, action.key)
            case Verb.STATE:
                self.tickets.set_state(ticket, State(action.word))
            case Verb.PRIORITY:
                self.tickets.set_priority(ticket, Priority(action.word))
            case Verb.TOPIC:
                self.fields.set_topic(ticket, action.key)
            case Verb.FIELD:
                self._set_field(ticket, action, action.value)
            case _:
                self.snooze.snooze(ticket, action.moment)
        after = _value(ticket, action)
        return None if before == after else ({"value": before}, {"value": after})

    def undo(self, ticket: Ticket, action: Action, before: Values, after: Values) -> bool:
        """Put back what was; False where somebody has changed it since, and it is left alone.

        Raises TicketRuleError as the services do.
        """
        if action.verb in (Verb.ADD_TAGS, Verb.REMOVE_TAGS):
            self.tags.add_and_remove(ticket, add=before["tags"], remove=after["tags"])
            return True
        self.tickets.lock(ticket)
        if _value(ticket, action) != after["value"]:
            return False
        was = before["value"]
        match action.verb:
            case Verb.ASSIGNEE:
                self.tickets.set_assignee(ticket, was)
            case Verb.TEAM:
                self.tickets.set_team(ticket, was)
            case Verb.STATE:
                self.tickets.set_state(ticket, State(was))
            case Verb.PRIORITY:
                self.tickets.set_priority(ticket, Priority(was))
            case Verb.TOPIC:
                self.fields.set_topic(ticket, was)
            case Verb.FIELD:
                self._set_field(ticket, action, was)
            case _:
                self._sleep_as_before(ticket, was)
        return True

    def _retag(self, ticket: Ticket, action: Action) -> tuple[Values, Values] | None:
        adds = action.verb is Verb.ADD_TAGS
        add, remove = (action.tags, ()) if adds else ((), action.tags)
        added, removed = self.tags.add_and_remove(ticket, add=add, remove=remove)
        if not added and not removed:
            return None
        # In the order in which they were typed.
        return (
            {"tags": [tag for tag in action.tags if tag in removed]},
            {"tags": [tag for tag in action.tags if tag in added]},
        )

    def _set_field(self, ticket: Ticket, action: Action, value: Any) -> None:
        key, _label = action.field or ("", "")
        try:
            self.fields.set_value(ticket, key, value)
        except ValueError as error:
            # The field is another one than when the run began.
            raise TicketRuleError("value") from error

    def _sleep_as_before(self, ticket: Ticket, was: str | None) -> None:
        if was is None:
            self.snooze.wake(ticket)
        else:
            self.snooze.snooze(ticket, datetime.fromisoformat(was))


def _value(ticket: Ticket, action: Action) -> Any:
    match action.verb:
        case Verb.TOPIC:
            return ticket.topic_id
        case Verb.FIELD:
            return ticket.custom.get(action.field[0]) if action.field else None
        case Verb.ASSIGNEE:
            return ticket.assignee_id
        case Verb.TEAM:
            return ticket.team_id
        case Verb.STATE:
            return str(ticket.state)
        case Verb.PRIORITY:
            return str(ticket.priority)
        case _:
            return ticket.snoozed_until.isoformat() if ticket.snoozed_until else None
