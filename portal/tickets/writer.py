"""What every service that changes a ticket is made of: the lock, the change, its history."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from portal.people.models import Project, Team, User
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.happenings import Happening, announce
from portal.tickets.models import Event, EventKind, State, Ticket
from portal.topics.models import Topic

#: What changes of a ticket name.
Named = TypeVar("Named", User, Project, Team, Topic)


class TicketRuleError(Exception):
    """The change is against a rule, e.g. a reply to a closed ticket. `code` names it.

    What changes one ticket raises it before it has written anything.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TicketWriter:
    """Changes tickets of one tenant, for one person or, where `actor` is None, by itself."""

    def __init__(self, db: Session, tenant: Tenant, actor: Identity | None) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor
        #: Numbers of tickets that the caller has locked and read anew in this transaction: `lock`
        #: has nothing to do for them.
        self.held: Collection[int] = ()
        self._known: dict[tuple[type[Any], int], Any] = {}

    def get(self, number: int) -> Ticket:
        """The ticket of that number. Raises KeyError."""
        ticket = self.db.get(Ticket, (self.tenant.id, number))
        if ticket is None:
            raise KeyError(number)
        return ticket

    def lock(self, *tickets: Ticket) -> None:
        """Read the tickets anew and keep others from changing them until the transaction ends.

        Several are locked in the order of their numbers, so that two who want the same ones
        do not wait for each other.
        """
        free = [ticket for ticket in tickets if ticket.number not in self.held]
        if free:
            # A refresh forgets what an earlier call changed and nobody has flushed.
            self.db.flush()
        for ticket in sorted(free, key=lambda each: each.number):
            self.db.refresh(ticket, with_for_update={"of": Ticket})

    def refuse_closed(self, ticket: Ticket) -> None:
        """Raise TicketRuleError: "merged" for a ticket that goes on in another, "closed" for any
        other closed one."""
        if ticket.merged_into is not None:
            raise TicketRuleError("merged")
        if ticket.state == State.CLOSED:
            raise TicketRuleError("closed")

    def change(
        self,
        ticket: Ticket,
        kind: EventKind,
        column: str,
        value: Any,
        names: tuple[str | None, str | None] | None = None,
    ) -> None:
        """Set a column, and tell it in the history, unless it has that value already.

        `names` are what is called so before and after: history does not change when a person
        is renamed.
        """
        before = getattr(ticket, column)
        if before == value:
            return
        setattr(ticket, column, value)
        data: dict[str, Any] = {"from": before, "to": value}
        if names is not None:
            data |= {"from_name": names[0], "to_name": names[1]}
        self.record(ticket, kind, data)

    def record(self, ticket: Ticket, kind: EventKind, data: dict[str, Any]) -> None:
        """Tell in the ticket's history that something changed, and move it up in the lists."""
        now = datetime.now(UTC)
        ticket.updated_at = now
        event = Event(
            tenant_id=self.tenant.id,
            ticket_number=ticket.number,
            actor_id=self.actor.user_id if self.actor is not None else None,
            kind=kind,
            data=data,
            created_at=now,
        )
        self.db.add(event)
        announce(Happening(self.db, self.tenant, self.actor, ticket, event=event))

    def known(self, model: type[Named], key: int) -> Named | None:
        """A person, project, team or topic of the tenant, or None. Each is read once."""
        if (model, key) not in self._known:
            # It has nothing to do with what waits to be written.
            with self.db.no_autoflush:
                self._known[model, key] = self.db.get(model, (self.tenant.id, key))
        found: Named | None = self._known[model, key]
        return found

    def name_of(self, model: type[Named], key: int | None) -> str | None:
        """What one of these is called; None for none."""
        found = self.known(model, key) if key is not None else None
        return found.name if found is not None else None
