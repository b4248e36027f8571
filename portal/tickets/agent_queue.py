"""The agent's queue: a view, or any other list of tickets that its address describes."""

from dataclasses import replace
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.people.preferences import Density
from portal.search.grammar import parse
from portal.search.understanding import Understanding
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.absence import agent_choices
from portal.tickets.agent_filters import FilterForm, chips, is_unasked
from portal.tickets.agent_page import from_query, list_title, list_url, view_groups, view_url
from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.catalogue import BUILT_IN, Tallies, View, read_tallies
from portal.tickets.empty_words import empty_words
from portal.tickets.filters import Filters
from portal.tickets.listing import Listing, sort_of
from portal.tickets.models import State
from portal.tickets.options import read_options
from portal.tickets.ordering import Place, Sort, sorts_for
from portal.tickets.queue import QueueRow, TicketLists
from portal.tickets.queue_columns import ColumnsForm
from portal.tickets.resources import TicketsResource
from portal.tickets.snooze_times import SNOOZE_WORDS
from portal.web.i18n import N_
from portal.web.page import Link
from portal.web.paging import PAGE_ROWS, Page
from portal.web.redirects import page, see_other

#: Closing is left out: it happens by itself some time after solving.
BULK_STATES = (State.OPEN, State.PENDING, State.ON_HOLD, State.SOLVED)
SORT_WORDS = {
    Sort.UPDATED: N_("Last changed first"),
    Sort.OLDEST: N_("Longest unchanged first"),
    Sort.CREATED: N_("Newest first"),
    Sort.URGENCY: N_("Most urgent first"),
}


@view_defaults(context=TicketsResource, permission=Permission.LIST_TICKETS, staff=True)
class AgentQueue:
    """Lists of tickets. One query each for the rows, the views with their counters, the choices."""

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.listing = Listing.parse(request.GET)

    @view_config(request_method="GET", renderer="portal:templates/tickets/agent_queue.jinja2")
    def show(self) -> dict[str, Any] | HTTPSeeOther:
        """A page of the list."""
        request = self.request
        if (spelled_out := self._spelled_out()) is not None:
            return spelled_out
        tallies = read_tallies(
            request.db,
            request.tenant,
            request.identity.user_id,
            self.listing.filters,
            Filters(),
        )
        view = self._open(tallies)
        if self.listing.view is not None and view is None:
            flash(request, request.gettext("That view is gone. Here is what is open."), "amber")
            return see_other(request, page(request, self.context))
        listing, filters = self.listing, self.listing.filters
        options = read_options(request.db, request.tenant)
        rows = self._page()
        return {
            "title": list_title(listing, tallies),
            "view": view,
            "changes": self._changes(view),
            "count": tallies.count(filters),
            "at_least": self._at_least(rows),
            "view_groups": view_groups(request, self.context, tallies, listing),
            "rows": rows.rows,
            "newer": rows.newer and self._url(listing, newer=rows.newer),
            "older": rows.older and self._url(listing, older=rows.older),
            "ticket_query": from_query(listing),
            "chips": [
                (chip.label, chip.value, self._url(listing.changed(filters.without(chip.name))))
                for chip in chips(request, filters, options)
            ],
            "unfiltered_url": self._url(listing.changed(Filters())),
            "form": FilterForm(filters, options),
            "unasked": {key: kept for key, kept in filters.parameters().items() if is_unasked(key)},
            "sorts": self._sorts(),
            "sort": listing.sort,
            "search": filters.text,
            "kept": listing.changed(filters.without("text")).parameters(),
            "base": listing.view or listing.base,
            "capped": any(row.more for row in rows.rows),
            "save_query": filters.parameters() | {"sort": str(listing.sort)},
            "columns": self._columns(view),
            "columns_form": ColumnsForm(obj=request.identity.preferences),
            "is_compact": request.identity.preferences.density is Density.COMPACT,
            "here": self._url(listing),
            "options": options,
            "agents": agent_choices(request, options),
            "bulk_query": filters.query_string(),
            "bulk_states": [(state, STATE_WORDS[state]) for state in BULK_STATES],
            "bulk_priorities": list(PRIORITY_WORDS.items()),
            "snoozes": list(SNOOZE_WORDS.items()),
            **self._nothing(view, tallies),
        }

    def _spelled_out(self) -> HTTPSeeOther | None:
        """To the same list, where operators stand among its words (`state:open hinge`): they are
        filters. What cannot be understood is said on the page of the search."""
        listing, request = self.listing, self.request
        if not parse(listing.filters.text).operators:
            return None
        meaning = Understanding(request.db, request.tenant, request.identity)
        understood = meaning.read(listing.filters.text)
        others = listing.filters.without("text")
        if understood.faults:
            text = f"{meaning.write(others)} {listing.filters.text}".strip()
            return see_other(request, page(request, self.context, "search", query={"q": text}))
        meant = listing.changed(others.narrowed_by(understood.filters))
        return see_other(request, page(request, self.context, query=meant.address()))

    def _open(self, tallies: Tallies) -> View | None:
        """The saved view that the address names, or that its list was made from: as it is now, in
        the order that was asked for."""
        view = tallies.view(self.listing.view or self.listing.base or 0)
        if view is None:
            self.listing = replace(self.listing, base=None)
        elif self.listing.view is not None or self.listing.filters == view.filters:
            wanted = sort_of(self.request.GET, view.filters) or view.sort
            self.listing = replace(Listing.of_view(view), sort=wanted)
        return view

    def _changes(self, view: View | None) -> dict[str, Any] | None:
        """What can be done about a view whose filters or order are others here; None where they
        are its own."""
        listing, request = self.listing, self.request
        if view is None or (listing.base is None and listing.sort is view.sort):
            return None
        place = request.context_tenant["views"][str(view.id)]
        may_save = request.has_permission(Permission.CHANGE_VIEW, place)
        return {
            "save_url": request.place(place, "filters") if may_save else None,
            "query": listing.filters.query_string(),
            "reset_url": view_url(request, self.context, view),
        }

    def _page(self) -> Page[QueueRow]:
        lists = TicketLists(self.request.db, self.request.tenant, self.request.identity)
        sort = self.listing.sort
        return lists.filtered(
            self.listing.filters,
            sort=sort,
            older=Place.read(self.request.GET.get("older", ""), sort),
            newer=Place.read(self.request.GET.get("newer", ""), sort),
        )

    def _at_least(self, rows: Page[QueueRow]) -> int | None:
        """For a list that no counter knows: how many there are for certain."""
        return None if rows.newer else min(len(rows.rows), PAGE_ROWS)

    def _nothing(self, view: View | None, tallies: Tallies) -> dict[str, Any]:
        """What is said where no row is, and where it leads to."""
        words = empty_words(
            self.listing.filters,
            is_saved=view is not None,
            desk_is_empty=tallies.count(Filters()) == 0,
        )
        may_open = self.request.has_permission(Permission.OPEN_FOR_CUSTOMER, self.context)
        if words.offer == "new" and may_open:
            url = self.request.place(self.context, "new")
            return {"nothing": words, "offer": Link(N_("New ticket"), url, "plus")}
        for other in BUILT_IN:
            if other.key == words.offer:
                url = self._url(other.filters)
                return {"nothing": words, "offer": Link(other.label, url, other.icon)}
        return {"nothing": words, "offer": Link(N_("Show everything"), self._url(Filters()))}

    def _columns(self, view: View | None) -> tuple[str, ...]:
        if view is not None and view.columns is not None:
            return view.columns
        columns: tuple[str, ...] = self.request.identity.preferences.columns
        return columns

    def _sorts(self) -> list[Link]:
        return [
            Link(
                SORT_WORDS[sort],
                self._url(self.listing.ordered(sort)),
                current=sort is self.listing.sort,
            )
            for sort in sorts_for(self.listing.filters)
        ]

    def _url(self, which: Filters | Listing, **cursor: Any) -> str:
        return list_url(self.request, self.context, which, **cursor)
