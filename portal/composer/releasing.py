"""Should the worker be down: whoever opens a list or a ticket sends what should have gone."""

from pyramid.events import ContextFound
from pyramid.request import Request

from portal.composer.held import due, release
from portal.tickets.resources import TicketResource, TicketsResource
from portal.tickets.thread import ticket_head


def release_due(request: Request, number: int | None = None) -> bool:
    """Send the tenant's replies, or those to one ticket, whose time is up; whether there were
    any. One query where there are none."""
    waiting = due(request.db, request.tenant.id, number)
    for held_id in waiting:
        release(request.db, request.tenant, held_id)
    return bool(waiting)


def before_a_list(event: ContextFound) -> None:
    """Subscriber: a list shows what has gone by now."""
    request: Request = event.request
    is_list = isinstance(request.context, TicketsResource) and request.view_name == ""
    if is_list and request.method == "GET" and request.identity is not None:
        release_due(request)


def refresh(request: Request, context: TicketResource) -> bool:
    """Send what is due to a ticket, and read its head anew; whether anything was due."""
    if not release_due(request, context.ticket.number):
        return False
    head = ticket_head(request.db, request.tenant.id, context.ticket.number)
    if head is not None:
        context.head = head
    return True
