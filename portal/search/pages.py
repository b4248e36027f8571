"""The page of results: people and organisations above, tickets below, the words marked."""

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from portal.search.people import NameSearch
from portal.search.results import MOST, PAGE_ROWS, Order, Results, TicketSearch
from portal.search.understanding import Understanding, Understood
from portal.search.words import Words
from portal.security.permissions import Permission
from portal.tickets.agent_page import from_query, views_beside
from portal.tickets.filters import MAX_QUERY, Filters
from portal.tickets.resources import TicketsResource
from portal.topics.catalogue import TopicCatalogue
from portal.web.forms import one_line
from portal.web.i18n import N_
from portal.web.page import Link
from portal.web.redirects import page, see_other

#: People and organisations that are shown.
NAMES = 5
_PAGES = range(1, MOST // PAGE_ROWS + 1)


@view_defaults(
    context=TicketsResource,
    name="search",
    request_method="GET",
    permission=Permission.LIST_TICKETS,
)
class SearchPage:
    """`tickets/search?q=…`. What is shown is in the address, so that it can be kept."""

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.text = one_line(request.GET.get("q"))[:MAX_QUERY].strip()

    @view_config(staff=True, renderer="portal:templates/search/results.jinja2")
    def staff(self) -> dict[str, Any] | Response:
        """The results; a search without words is a list of tickets, and is shown as one."""
        understanding = Understanding(self.request.db, self.request.tenant, self.request.identity)
        understood = understanding.read(self.text)
        if understood.faults:
            self.request.response.status_int = 422
            return self._page(understood)
        if understood.has_operators and not understood.terms:
            return self._elsewhere(query={**understood.filters.parameters()})
        return self._page(understood)

    @view_config()
    def customer(self) -> Response:
        """Customers search in their list."""
        return self._elsewhere(query={"q": self.text or None})

    def _elsewhere(self, *elements: str, query: dict[str, Any]) -> Response:
        return see_other(self.request, page(self.request, self.context, *elements, query=query))

    def _page(self, understood: Understood) -> dict[str, Any]:
        request = self.request
        searched = bool(understood.terms and not understood.faults)
        results, names = Results(), []
        if searched:
            words = Words.of(understood.terms)
            results = TicketSearch(request.db, request.tenant, request.identity).page(
                words, understood.filters, number=self._number, order=self._order
            )
            may_see_people = request.has_permission(Permission.VIEW_PEOPLE, self.context)
            if (
                may_see_people
                and self._number == 1
                and understood.filters.without("text") == Filters()
            ):
                search = NameSearch(request.db, request.tenant, request.identity.user_id)
                names = search.find(understood.terms, NAMES)
            if results.hits:
                # Nobody asked for who is only called nearly so.
                names = [found for found in names if found.is_exact]
        return {
            "text": self.text,
            "faults": understood.faults,
            "searched": searched,
            # Where the help stands open, it names the tenant's own fields.
            "fields": [] if searched else TopicCatalogue(request.db, request.tenant).all_fields(),
            "results": results,
            "names": names,
            "orders": self._orders(),
            "newer": self._url(page=self._number - 1) if self._number > 1 else None,
            "older": self._url(page=self._number + 1)
            if results.total > self._number * PAGE_ROWS
            else None,
            "view_groups": views_beside(request, self.context),
            "list_url": request.place(self.context, query=understood.filters.parameters()),
            "ticket_query": from_query(understood.filters),
            "nav_current": "search",
        }

    @property
    def _number(self) -> int:
        wanted = self.request.GET.get("page", "")
        return int(wanted) if wanted in {str(each) for each in _PAGES} else 1

    @property
    def _order(self) -> Order:
        return "newest" if self.request.GET.get("order") == "newest" else "best"

    def _orders(self) -> list[Link]:
        words: list[tuple[Order, str]] = [
            ("best", N_("Best first")),
            ("newest", N_("Newest first")),
        ]
        return [
            Link(label, self._url(order=order, page=None), current=order == self._order)
            for order, label in words
        ]

    def _url(self, **changed: Any) -> str:
        query = {
            "q": self.text or None,
            "order": self._order if self._order != "best" else None,
            **changed,
        }
        if query["order"] == "best":
            query["order"] = None
        url: str = self.request.place(self.context, "search", query=query)
        return url
