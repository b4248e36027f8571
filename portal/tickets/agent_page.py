"""What the agent's ticket pages share: the column of views, and the list one came from."""

from typing import Any
from urllib.parse import parse_qsl

from pyramid.request import Request
from webob.multidict import MultiDict

from portal.resources import Resource
from portal.tickets.catalogue import Tallies, View, read_tallies, view_of
from portal.tickets.filters import Filters
from portal.tickets.listing import Listing
from portal.tickets.models import Ticket
from portal.tickets.ordering import Place
from portal.web.i18n import N_
from portal.web.page import Link, LinkGroup

#: The parameter in which a ticket's address keeps the list it was opened from.
FROM = "from"


def list_url(request: Request, tickets: Resource, which: Filters | Listing, **cursor: Any) -> str:
    """The address of a list; the first view has the plainest."""
    url: str = request.place(tickets, query=list_query(which) | cursor)
    return url


def list_query(which: Filters | Listing) -> dict[str, Any]:
    """The parameters of a list's address."""
    return Listing.of(which).address()


def view_url(request: Request, tickets: Resource, view: View) -> str:
    """The address of a view."""
    if view.id is None:
        return list_url(request, tickets, view.filters)
    url: str = request.place(tickets, query={"view": view.id})
    return url


def came_from(request: Request, ticket: Ticket | None = None) -> Listing:
    """The list that the ticket was opened from, the first view by default; with the ticket's place
    in it, which stays what it was when the list was left."""
    named = request.GET.get(FROM, "")
    found = Listing.parse(MultiDict(parse_qsl(named[:2000])))
    return found if ticket is None else found.at(Place.of(ticket, found.sort))


def from_query(which: Filters | Listing) -> dict[str, str]:
    """What a link to a ticket carries, so that the ticket knows the way back."""
    query = Listing.of(which).query_string()
    return {FROM: query} if query else {}


def list_title(which: Filters | Listing, tallies: Tallies | None = None) -> str:
    """The list's name: its view's, or that of all lists."""
    listing = Listing.of(which)
    made_from = listing.view or listing.base
    if made_from is not None and tallies is not None:
        saved = tallies.view(made_from)
        if saved is not None:
            return saved.label
    view = view_of(listing.filters)
    return view.label if view else N_("Tickets")


def view_groups(
    request: Request, tickets: Resource, tallies: Tallies, current: Filters | Listing | None
) -> list[LinkGroup]:
    """The column of views with their counts; the one that is shown is marked."""
    shown = None if current is None else Listing.of(current)
    groups: dict[str | None, list[Link]] = {}
    for view in tallies.views:
        link = Link(
            view.label,
            view_url(request, tickets, view),
            view.icon,
            current=_is_shown(view, shown),
            count=tallies.count(view.filters),
        )
        groups.setdefault(view.group, []).append(link)
    if tallies.drafts:
        address = request.place(tickets, "drafts")
        here = request.path == address
        link = Link(N_("Your drafts"), address, "pencil", current=here, count=tallies.drafts)
        groups.setdefault(None, []).append(link)
    manage = Link(
        N_("Manage views"), request.place(request.context_tenant, "views"), "sliders-horizontal"
    )
    made = [LinkGroup(tuple(links), title) for title, links in groups.items()]
    return [*made, LinkGroup((manage,))]


def views_beside(request: Request, tickets: Resource) -> list[LinkGroup]:
    """The column of views beside a page that is none of them. One query."""
    tallies = read_tallies(request.db, request.tenant, request.identity.user_id)
    return view_groups(request, tickets, tallies, None)


def _is_shown(view: View, shown: Listing | None) -> bool:
    if shown is None:
        return False
    made_from = shown.view or shown.base
    if made_from is not None:
        return made_from == view.id
    return view.id is None and view.filters == shown.filters
