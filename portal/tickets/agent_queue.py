"""The agent's queue: a view, or any other list of tickets that its address describes."""

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.tickets.agent_filters import FilterForm, chips
from portal.tickets.agent_page import from_query, list_title, list_url, view_groups
from portal.tickets.filters import Filters
from portal.tickets.options import read_options
from portal.tickets.queue import QueueRow, TicketLists
from portal.tickets.resources import TicketsResource
from portal.tickets.views_catalogue import FIRST, read_tallies
from portal.web.paging import Cursor, Page


@view_defaults(context=TicketsResource, permission=Permission.LIST_TICKETS, staff=True)
class AgentQueue:
    """Lists of tickets. One query each for the rows, the counters and the choices."""

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.filters = Filters.parse(request.GET) or FIRST.filters

    @view_config(request_method="GET", renderer="portal:templates/tickets/agent_queue.jinja2")
    def show(self) -> dict[str, Any]:
        """A page of the list."""
        request, filters = self.request, self.filters
        tallies = read_tallies(request.db, request.tenant, request.identity.user_id)
        options = read_options(request.db, request.tenant)
        page = self._page()
        return {
            "title": list_title(filters),
            "count": tallies.count(filters),
            "view_groups": view_groups(request, self.context, tallies, filters),
            "rows": page.rows,
            "newer": page.newer and self._url(filters, newer=page.newer),
            "older": page.older and self._url(filters, older=page.older),
            "ticket_query": from_query(filters),
            "chips": [
                (chip.label, chip.value, self._url(filters.without(chip.name)))
                for chip in chips(request, filters, options)
            ],
            "unfiltered_url": self._url(Filters()),
            "form": FilterForm(filters, options),
            "search": filters.text,
            "kept": filters.without("text").parameters(),
            "is_searched": bool(filters.text or filters.requester),
            "desk_is_empty": tallies.count(Filters()) == 0,
        }

    def _page(self) -> Page[QueueRow]:
        lists = TicketLists(self.request.db, self.request.tenant, self.request.identity)
        return lists.filtered(
            self.filters,
            older=Cursor.parse(self.request.GET.get("older", "")),
            newer=Cursor.parse(self.request.GET.get("newer", "")),
        )

    def _url(self, filters: Filters, **cursor: Cursor) -> str:
        return list_url(self.request, self.context, filters, **cursor)
