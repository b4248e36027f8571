"""What every service that changes a ticket is made of: the lock, the change, its history."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.people.models import Project, Team, User
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.happenings import Happening, announce
from portal.tickets.models import Event, EventKind, State, Ticket


class TicketRuleError(Exception):
    """The change is against a rule, e.g. a reply to a closed ticket. `code` names it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TicketWriter:
    """Changes tickets of one tenant, for one person or, where `actor` is None, by itself."""

    def __init__(self, db: Session, tenant: Tenant, actor: Identity | None) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor

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
        # A refresh forgets what an earlier call changed and nobody has flushed.
        self.db.flush()
        for ticket in sorted(tickets, key=lambda each: each.number):
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

    def name_of(self, model: type[User | Project | Team], key: int | None) -> str | None:
        """The name of a person, project or team of the tenant; None for none."""
        if key is None:
            return None
        name: str | None = self.db.scalar(
            select(model.name).where(model.tenant_id == self.tenant.id, model.id == key)
        )
        return name
