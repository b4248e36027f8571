"""The agents' first page: what waits for them, what waits for anybody, and the week in figures."""

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.resources import TenantResource
from portal.security.permissions import Permission
from portal.tickets.agent_page import from_query, list_url, view_groups
from portal.tickets.catalogue import UNASSIGNED, Tallies, read_tallies
from portal.tickets.filters import ME, Filters
from portal.tickets.home_sections import home_sections
from portal.tickets.models import State
from portal.tickets.queue import TicketLists
from portal.tickets.resources import TicketsResource
from portal.tickets.week import read_week
from portal.web import clock
from portal.web.i18n import N_, Message

#: Rows of each list of tickets.
SHOWN = 6

#: Of the reader's own tickets, those in which the customer wrote last.
MY_TURN = Filters(states=(State.NEW, State.OPEN), assignee=ME)


@view_defaults(context=TenantResource, request_method="GET", permission=Permission.USE_PORTAL)
class AgentHome:
    """The tenant's own address, for staff."""

    def __init__(self, context: TenantResource, request: Request) -> None:
        self.request = request
        self.tickets = TicketsResource(request, context, "tickets")
        self.lists = TicketLists(request.db, request.tenant, request.identity)

    @view_config(staff=True, renderer="portal:templates/tickets/agent_home.jinja2")
    def show(self) -> dict[str, Any]:
        """Two lists of tickets, the figures, and what other rooms bring."""
        request = self.request
        tallies = read_tallies(request.db, request.tenant, request.identity.user_id)
        above, below = home_sections(request)
        today = clock.now().astimezone(clock.zone(request.tenant.timezone)).date()
        return {
            "above": above,
            "below": below,
            "lists": [
                self._list(N_("Needs your reply"), MY_TURN, tallies),
                self._list(N_("Unassigned"), UNASSIGNED.filters, tallies),
            ],
            "week": read_week(request.db, request.tenant, request.identity.user_id, today),
            "tickets": self.tickets,
            "view_groups": view_groups(request, self.tickets, tallies, None),
        }

    def _list(self, title: Message, filters: Filters, tallies: Tallies) -> dict[str, Any]:
        return {
            "title": title,
            "count": tallies.count(filters),
            "rows": self.lists.filtered(filters).rows[:SHOWN],
            "url": list_url(self.request, self.tickets, filters),
            "ticket_query": from_query(filters),
        }
