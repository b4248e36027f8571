"""The first step of a new tenant that belongs to tickets: that there is one."""

from pyramid.request import Request
from sqlalchemy import select

from portal.tickets.counter_models import TicketCounter
from portal.web.first_steps import FirstStep
from portal.web.i18n import N_


def _has_tickets(request: Request) -> bool:
    statement = select(TicketCounter.last_number).where(
        TicketCounter.tenant_id == request.tenant.id
    )
    return bool(request.db.scalar(statement))


FIRST_TICKET = FirstStep(
    title=N_("Open the first ticket"),
    text=N_("Open one on behalf of a customer, and see what they will see."),
    verb=N_("New ticket"),
    path=("tickets", "new"),
    icon="ticket",
    order=40,
    done=_has_tickets,
)
