"""How long a solved ticket can be reopened: the rule that services, pages and jobs share."""

from datetime import datetime, timedelta

from portal.tenants.models import Tenant
from portal.tickets.models import State, Ticket


def reopen_until(tenant: Tenant, ticket: Ticket) -> datetime | None:
    """Until when its customer can reopen a solved ticket; None for any other state."""
    if ticket.state != State.SOLVED or ticket.solved_at is None:
        return None
    return ticket.solved_at + timedelta(days=tenant.reopen_days)


def is_over(tenant: Tenant, ticket: Ticket, present: datetime) -> bool:
    """Whether its customer can no longer go on with it: closed, or solved too long ago.

    The job that closes tickets may come a little later than that moment.
    """
    until = reopen_until(tenant, ticket)
    return ticket.state == State.CLOSED or (until is not None and until <= present)
