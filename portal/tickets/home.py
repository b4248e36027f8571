"""The first page after signing in: a customer's overview; staff go straight to their queue."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.resources import TenantResource
from portal.security.permissions import Permission
from portal.tickets.customer_list import CustomerTicketList
from portal.web.redirects import page, see_other

#: Rows of each of the two short lists.
SHOWN = 5


@view_defaults(context=TenantResource, request_method="GET", permission=Permission.USE_PORTAL)
class HomeViews:
    """The tenant's own address."""

    def __init__(self, context: TenantResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(renderer="portal:templates/tickets/customer_home.jinja2")
    def customer(self) -> dict[str, Any]:
        """What waits for the customer, and what happened last."""
        request = self.request
        tickets = CustomerTicketList(request.db, request.tenant, request.identity)
        waiting = tickets.waiting(SHOWN)
        total = tickets.count_waiting() if len(waiting) == SHOWN else len(waiting)
        return {
            "nav_current": "help",
            "waiting": waiting,
            "waiting_total": total,
            "recent": tickets.others(SHOWN),
        }

    @view_config(staff=True)
    def staff(self) -> HTTPSeeOther:
        """Agents and admins begin at the queue."""
        return see_other(self.request, page(self.request, self.context, "tickets"))
