"""What the command palette offers of tickets: the views, or a customer's tabs, and a new one."""

from collections.abc import Iterable

from pyramid.request import Request

from portal.security.permissions import Permission
from portal.tickets.agent_page import list_url
from portal.tickets.catalogue import BUILT_IN
from portal.tickets.resources import TicketsResource
from portal.web.i18n import N_
from portal.web.page import Link, LinkGroup


def palette_places(request: Request) -> Iterable[LinkGroup]:
    """Links to lists, without their counts: the palette asks the database nothing."""
    tickets = TicketsResource(request, request.context_tenant, "tickets")
    new = Link(N_("New ticket"), request.place(tickets, "new"), "plus", shortcut="c")
    if request.identity.is_staff:
        views = (Link(v.label, list_url(request, tickets, v.filters), v.icon) for v in BUILT_IN)
        may_open = request.has_permission(Permission.OPEN_FOR_CUSTOMER, request.context_tenant)
        return [LinkGroup((*([new] if may_open else []), *views), N_("Tickets"))]
    tabs = (
        Link(label, request.place(tickets, query={"tab": tab}), icon)
        for tab, label, icon in (
            ("waiting", N_("Needs your reply"), "message-square"),
            ("open", N_("Open"), "clock"),
            ("closed", N_("Closed"), "archive"),
        )
    )
    return [LinkGroup((new, *tabs), N_("My tickets"))]
