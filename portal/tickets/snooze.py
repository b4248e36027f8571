"""Snoozing: a ticket leaves every queue until a moment, or until its customer writes."""

from datetime import datetime, timedelta

from portal.tickets.models import EventKind, Ticket
from portal.tickets.writer import TicketRuleError, TicketWriter
from portal.web.clock import now

#: The longest that a ticket may sleep.
LONGEST = timedelta(days=366)


class SnoozeService(TicketWriter):
    """Puts tickets to sleep and wakes them."""

    def snooze(self, ticket: Ticket, until: datetime) -> None:
        """Out of every queue until then (aware).

        Raises TicketRuleError: "closed", "not_unsolved" for a solved ticket, "past" and
        "too_far" for a moment that cannot be.
        """
        self.lock(ticket)
        self.refuse_closed(ticket)
        if ticket.solved_at is not None:
            raise TicketRuleError("not_unsolved")
        if until <= now():
            raise TicketRuleError("past")
        if until > now() + LONGEST:
            raise TicketRuleError("too_far")
        if ticket.snoozed_until == until:
            return
        ticket.snoozed_until = until
        self.record(ticket, EventKind.SNOOZED, {"until": until.isoformat()})

    def wake(self, ticket: Ticket) -> None:
        """Back into the queues; a ticket that is awake stays so."""
        self.lock(ticket)
        if ticket.snoozed_until is None:
            return
        ticket.snoozed_until = None
        self.record(ticket, EventKind.WOKEN, {})
