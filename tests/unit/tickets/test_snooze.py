"""A ticket sleeps until a moment, or until its customer writes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.tickets.counter_models import TicketTally
from portal.tickets.models import State, Ticket
from portal.tickets.service import Draft, TicketService
from portal.tickets.snooze import SnoozeService
from portal.tickets.writer import TicketRuleError
from portal.web.clock import now
from tests.factories import TenantFactory


def test_sleeping_and_waking(tenants: TenantFactory) -> None:
    seed = tenants.create()
    number = tenants.ticket(seed).number
    tomorrow = now() + timedelta(days=1)
    with tenants.session(seed.tenant.id) as db:
        ben, cleo = tenants.identity(seed, "ben"), tenants.identity(seed, "cleo")
        service = SnoozeService(db, seed.tenant, ben)
        ticket = service.get(number)

        def states() -> set[str]:
            db.flush()
            return set(db.scalars(select(TicketTally.state).where(TicketTally.tickets > 0)))

        service.snooze(ticket, tomorrow)
        assert states() == {"snoozed"}
        service.wake(ticket)
        service.wake(ticket)
        assert states() == {State.NEW}

        service.snooze(ticket, tomorrow)
        TicketService(db, seed.tenant, cleo).reply(
            ticket, Draft("Hello?"), seen=ticket.last_message_id
        )
        assert ticket.snoozed_until is None

        service.snooze(ticket, tomorrow)
        TicketService(db, seed.tenant, ben).solve(ticket)
        assert ticket.snoozed_until is None


@pytest.mark.parametrize(
    ("days", "state", "code"),
    [
        (-1, State.OPEN, "past"),
        (400, State.OPEN, "too_far"),
        (1, State.SOLVED, "not_unsolved"),
        (1, State.CLOSED, "closed"),
    ],
)
def test_refusals(tenants: TenantFactory, days: int, state: State, code: str) -> None:
    seed = tenants.create()
    number = tenants.ticket(seed).number
    with tenants.session(seed.tenant.id) as db:
        ben = tenants.identity(seed, "ben")
        ticket: Ticket = SnoozeService(db, seed.tenant, ben).get(number)
        TicketService(db, seed.tenant, ben).set_state(ticket, state)
        with pytest.raises(TicketRuleError, match=code):
            SnoozeService(db, seed.tenant, ben).snooze(ticket, now() + timedelta(days=days))
