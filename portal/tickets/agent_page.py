"""What the agent's ticket pages share: the column of views, and the list one came from."""

from typing import Any
from urllib.parse import parse_qsl

from pyramid.request import Request
from webob.multidict import MultiDict

from portal.resources import Resource
from portal.tickets.filters import Filters
from portal.tickets.views_catalogue import BUILT_IN, FIRST, Tallies, read_tallies, view_of
from portal.web.i18n import N_
from portal.web.page import Link, LinkGroup

#: The parameter in which a ticket's address keeps the filters of the list it was opened from.
FROM = "from"


def list_url(request: Request, tickets: Resource, filters: Filters, **cursor: Any) -> str:
    """The address of a list; the first view has the plainest."""
    url: str = request.place(tickets, query=list_query(filters) | cursor)
    return url


def list_query(filters: Filters) -> dict[str, Any]:
    """The parameters of a list's address."""
    return {} if filters == FIRST.filters else {**filters.parameters()}


def came_from(request: Request) -> Filters:
    """The filters of the list that the ticket was opened from; the first view's by default."""
    named = request.GET.get(FROM, "")
    return Filters.parse(MultiDict(parse_qsl(named[:2000]))) or FIRST.filters


def from_query(filters: Filters) -> dict[str, str]:
    """What a link to a ticket carries, so that the ticket knows the way back."""
    return {} if filters == FIRST.filters else {FROM: filters.query_string()}


def list_title(filters: Filters) -> str:
    """The list's name: its view's, or that of all lists."""
    view = view_of(filters)
    return view.label if view else N_("Tickets")


def view_groups(
    request: Request, tickets: Resource, tallies: Tallies, current: Filters | None
) -> list[LinkGroup]:
    """The column of views with their counts; the one that is shown is marked."""
    groups: dict[str | None, list[Link]] = {}
    for view in BUILT_IN:
        link = Link(
            view.label,
            list_url(request, tickets, view.filters),
            view.icon,
            current=view.filters == current,
            count=tallies.count(view.filters),
        )
        groups.setdefault(view.group, []).append(link)
    return [LinkGroup(tuple(links), title) for title, links in groups.items()]


def views_beside(request: Request, tickets: Resource) -> list[LinkGroup]:
    """The column of views beside a page that is none of them. One query."""
    tallies = read_tallies(request.db, request.tenant, request.identity.user_id)
    return view_groups(request, tickets, tallies, None)
