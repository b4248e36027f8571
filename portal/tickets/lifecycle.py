"""What happens to tickets with time: what was solved is closed, what sleeps wakes, and a closed
ticket goes on in a follow-up."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.mark_models import TicketLink
from portal.tickets.models import EventKind, State, Ticket
from portal.tickets.reopening import is_over
from portal.tickets.service import Draft, TicketService
from portal.tickets.snooze import SnoozeService
from portal.tickets.writer import TicketRuleError, TicketWriter
from portal.web.clock import now

#: Tickets that one transaction changes.
AT_ONCE = 200


class LifecycleService(TicketWriter):
    """What the portal does to tickets by itself."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        super().__init__(db, tenant, None)

    def close_solved(self, present: datetime) -> int:
        """Close some of the tickets that can no longer be reopened; how many.

        They keep their place in the lists: nothing happened that anybody waits for. Those that
        somebody is changing right now are left for the next time.
        """
        solved_before = present - timedelta(days=self.tenant.reopen_days)
        tickets = self.db.scalars(
            select(Ticket)
            .where(
                Ticket.tenant_id == self.tenant.id,
                Ticket.state == State.SOLVED.value,
                Ticket.solved_at <= solved_before,
            )
            .order_by(Ticket.solved_at, Ticket.number)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True, of=Ticket)
        ).all()
        for ticket in tickets:
            updated_at = ticket.updated_at
            self.change(ticket, EventKind.STATE, "state", State.CLOSED.value)
            ticket.updated_at = updated_at
        return len(tickets)

    def wake_due(self, present: datetime) -> int:
        """Wake some of the tickets whose time has come; how many."""
        tickets = self.db.scalars(
            select(Ticket)
            .where(Ticket.tenant_id == self.tenant.id, Ticket.snoozed_until <= present)
            .order_by(Ticket.snoozed_until, Ticket.number)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True, of=Ticket)
        ).all()
        snoozing = SnoozeService(self.db, self.tenant, None)
        for ticket in tickets:
            snoozing.wake(ticket)
        return len(tickets)


class FollowUpService(TicketWriter):
    """Goes on with tickets that take no more replies."""

    actor: Identity

    def __init__(self, db: Session, tenant: Tenant, actor: Identity) -> None:
        super().__init__(db, tenant, actor)

    def open(self, earlier: Ticket, subject: str, draft: Draft) -> Ticket:
        """A new ticket of the actor's, linked to the one it goes on with, in both histories.

        It belongs where the earlier one did and is about the same, but it is nobody's yet. The
        same form sent twice gives the same ticket. Raises TicketRuleError("not_over") for a ticket
        that still takes replies, "merged" for one that goes on in another already.
        """
        self.lock(earlier)
        if earlier.merged_into is not None:
            raise TicketRuleError("merged")
        if not is_over(self.tenant, earlier, now()):
            raise TicketRuleError("not_over")
        ticket = TicketService(self.db, self.tenant, self.actor).open(subject, draft)
        if ticket.follow_up_of is not None:
            return ticket
        ticket.follow_up_of = earlier.number
        ticket.project_id, ticket.team_id = earlier.project_id, earlier.team_id
        ticket.topic_id, ticket.custom = earlier.topic_id, dict(earlier.custom)
        link = insert(TicketLink).values(
            tenant_id=self.tenant.id, ticket_number=earlier.number, other_number=ticket.number
        )
        self.db.execute(link.on_conflict_do_nothing())
        told = {"of": earlier.number, "subject": earlier.subject}
        self.record(ticket, EventKind.FOLLOW_UP, told)
        told = {"in": ticket.number, "subject": ticket.subject}
        self.record(earlier, EventKind.FOLLOW_UP, told)
        self.db.flush()
        return ticket
