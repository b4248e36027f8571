"""The tickets before and after one in the list that it was opened from.

The links do not say which tickets these are: they are looked for when somebody goes there, so
that a page costs nothing for them, and the list is the one of that moment.
"""

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.resources import Resource
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.agent_page import came_from, from_query, list_query
from portal.tickets.filters import Filters
from portal.tickets.listing import Listing
from portal.tickets.models import Ticket
from portal.tickets.ordering import Place
from portal.tickets.queue import TicketLists
from portal.tickets.resources import TicketResource
from portal.web.i18n import N_
from portal.web.paging import Direction
from portal.web.redirects import page, see_other


def next_in_view(request: Request, ticket: Ticket, which: Filters | Listing) -> str | None:
    """The path of the ticket that comes after one in a list, or None after the last.

    Of a listing, the place that it holds counts, which is where the ticket was when it was
    opened; else ask before the ticket is changed. One query.
    """
    beside = number_beside(request, ticket, Listing.of(which), "older")
    if beside is None:
        return None
    tickets: Resource = request.context_tenant["tickets"]
    url: str = request.place(tickets, beside, query=_query(which))
    return url


def number_beside(
    request: Request, ticket: Ticket, listing: Listing, direction: Direction
) -> int | None:
    """The number of the ticket before ("newer") or after ("older") one in its list. One query."""
    place = listing.at(Place.of(ticket, listing.sort)).place
    lists = TicketLists(request.db, request.tenant, request.identity)
    return lists.beside(listing.filters, place, direction) if place else None


def _query(which: Filters | Listing) -> dict[str, str]:
    """What the link to another ticket of the list carries: not the place of this one."""
    return from_query(Listing.of(which).elsewhere())


@view_defaults(
    context=TicketResource,
    permission=Permission.VIEW_TICKET,
    staff=True,
    request_method="GET",
)
class Neighbours:
    """`tickets/42/next` and `tickets/42/previous`."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.listing = came_from(request, context.ticket)

    @view_config(name="next")
    def next(self) -> HTTPSeeOther:
        """To the ticket after this one; after the last, to the list."""
        return self._go("older", N_("That was the last ticket of this list."))

    @view_config(name="previous")
    def previous(self) -> HTTPSeeOther:
        """To the ticket before this one; before the first, to the list."""
        return self._go("newer", N_("That was the first ticket of this list."))

    def _go(self, direction: Direction, at_the_end: str) -> HTTPSeeOther:
        request, tickets = self.request, self.context.__parent__
        number = number_beside(request, self.context.ticket, self.listing, direction)
        if number is not None:
            return see_other(request, page(request, tickets, number, query=_query(self.listing)))
        flash(request, request.gettext(at_the_end))
        return see_other(request, page(request, tickets, query=list_query(self.listing)))
