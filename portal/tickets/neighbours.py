"""The tickets before and after one in the list that it was opened from.

The links do not say which tickets these are: they are looked for when somebody goes there, so
that a page costs nothing for them, and the list is the one of that moment.
"""

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.agent_page import came_from, from_query, list_query
from portal.tickets.ordering import Place
from portal.tickets.queue import TicketLists
from portal.tickets.resources import TicketResource
from portal.web.i18n import N_
from portal.web.paging import Direction
from portal.web.redirects import page, see_other


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
        number = self._beside(direction)
        if number is not None:
            # What the link carries is the list, not the place of this ticket in it.
            query = from_query(self.listing.elsewhere())
            return see_other(request, page(request, tickets, number, query=query))
        flash(request, request.gettext(at_the_end))
        return see_other(request, page(request, tickets, query=list_query(self.listing)))

    def _beside(self, direction: Direction) -> int | None:
        """The number of the ticket before ("newer") or after ("older") this one. One query."""
        place = self.listing.place or Place.of(self.context.ticket, self.listing.sort)
        lists = TicketLists(self.request.db, self.request.tenant, self.request.identity)
        return lists.beside(self.listing.filters, place, direction)
