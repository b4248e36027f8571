"""A customer's first page: what waits for them, and what happened last."""

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.resources import TenantResource
from portal.security.permissions import Permission
from portal.tickets.customer_list import CustomerTicketList

#: Rows of each of the two short lists.
SHOWN = 5


@view_defaults(context=TenantResource, request_method="GET", permission=Permission.USE_PORTAL)
class HomeViews:
    """The tenant's own address, for customers."""

    def __init__(self, context: TenantResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(renderer="portal:templates/tickets/customer_home.jinja2")
    def customer(self) -> dict[str, Any]:
        """What waits for the customer, and what happened last."""
        request = self.request
        tickets = CustomerTicketList(request.db, request.tenant, request.identity)
        counts = tickets.counts()
        return {
            "nav_current": "help",
            "waiting": tickets.waiting(SHOWN) if counts.waiting else (),
            "waiting_total": counts.waiting,
            "drafts": counts.drafts,
            "recent": tickets.others(SHOWN),
        }
