"""What is unread: known to every page, and read by whoever opens the ticket that it is about."""

from pyramid.events import BeforeRender, ContextFound
from pyramid.request import Request

from portal.notifications.service import NotificationService
from portal.security.identity import Identity
from portal.security.session_cookie import read_beside_session
from portal.tickets.resources import TicketResource

#: The name of the column beside the session, and of the part of the pulse.
UNREAD = "unread"


def unread_notifications(request: Request) -> int:
    """`request.unread_notifications`: how many the signed-in person has not read."""
    return read_beside_session(request, UNREAD) or 0


def add_unread(event: BeforeRender) -> None:
    """Subscriber: the bell of every page shows how many there are."""
    request: Request | None = event.get("request")
    if request is not None and request.tenant is not None:
        event.setdefault("unread_notifications", request.unread_notifications)


def read_at_ticket(event: ContextFound) -> None:
    """Subscriber: whoever opens a ticket has read what they were told of it. One query, and only
    where something is unread."""
    request: Request = event.request
    is_page = isinstance(request.context, TicketResource) and request.view_name == ""
    reader = request.identity if is_page and request.method == "GET" else None
    if isinstance(reader, Identity) and request.unread_notifications:
        service = NotificationService(request.db, request.tenant, reader)
        request.unread_notifications -= service.mark_read_at(request.context.ticket.number)
