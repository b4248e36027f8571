"""What forms around a ticket have in common: back to it, or its page with what is wrong."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request

from portal.security.sessions import flash
from portal.tickets.agent_composer import Composer
from portal.tickets.agent_page import from_query
from portal.tickets.agent_ticket import TicketPage, Wrong
from portal.tickets.resources import TicketResource
from portal.web.i18n import Message
from portal.web.redirects import page, see_other


class TicketChange:
    """A view that changes something about a ticket."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.ticket = context.ticket
        self.ticket_page = TicketPage(context, request)

    def done(self, message: Message, tone: str = "") -> HTTPSeeOther:
        """Say so, and go back to the ticket."""
        if tone:
            flash(self.request, self.request.gettext(message), tone)
        else:
            flash(self.request, self.request.gettext(message))
        return self.to_ticket(self.context)

    def to_ticket(self, ticket: TicketResource) -> HTTPSeeOther:
        """The page of a ticket, with the way back to the list."""
        query = from_query(self.ticket_page.list)
        return see_other(self.request, page(self.request, ticket, query=query))

    def refuse(self, name: str, message: Message, typed: str) -> dict[str, Any]:
        """The page of the ticket, with the message beside the control of that name."""
        return self.ticket_page.values(Composer(), Wrong(name, message, typed))
