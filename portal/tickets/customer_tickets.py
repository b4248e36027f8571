"""The customer's tickets: the list, and the preview of what is being written."""

from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPUnprocessableEntity
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from portal.search.fragments import fragments
from portal.security.permissions import Permission
from portal.tickets import markdown
from portal.tickets.customer_list import CustomerTicketList, Scope, Tab, TicketRow
from portal.tickets.filters import MAX_QUERY
from portal.tickets.forms import MessageForm
from portal.tickets.resources import TicketsResource
from portal.web.forms import one_line
from portal.web.i18n import N_, Message
from portal.web.page import Link
from portal.web.paging import Cursor

_LIST = "portal:templates/tickets/customer_list.jinja2"

_TAB_WORDS = {
    Tab.ALL: N_("All"),
    Tab.WAITING: N_("Needs your reply"),
    Tab.OPEN: N_("Open"),
    Tab.CLOSED: N_("Closed"),
}


@view_defaults(context=TicketsResource, permission=Permission.LIST_TICKETS)
class CustomerTicketsViews:
    """The list, in three tabs. What is shown is in the address, so that it can be kept."""

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.tickets = CustomerTicketList(request.db, request.tenant, request.identity)
        self.query = one_line(request.GET.get("q"))[:MAX_QUERY]

    @view_config(request_method="GET", renderer=_LIST)
    def index(self) -> dict[str, Any]:
        """A page of the tickets in one tab."""
        waiting, drafts = self.tickets.counts()
        scope = self._scope()
        tab = self._tab(scope, waiting)
        shown = self.tickets.page(
            scope, tab, self.query, older=self._cursor("older"), newer=self._cursor("newer")
        )
        return {
            "nav_current": "tickets",
            "query": self.query,
            "drafts": drafts,
            "scope": scope,
            "tab": tab,
            "tabs": self._tabs(scope, tab, waiting),
            "scopes": self._scopes(scope),
            "rows": self._with_fragments(shown.rows),
            "newer": shown.newer and self._url(scope=scope, tab=tab, newer=shown.newer),
            "older": shown.older and self._url(scope=scope, tab=tab, older=shown.older),
        }

    def _with_fragments(self, rows: Sequence[TicketRow]) -> list[TicketRow]:
        """The rows of a search, with what was found in place of the last reply's start."""
        request, numbers = self.request, [row.number for row in rows]
        found = fragments(request.db, request.tenant, request.identity.user_id, self.query, numbers)
        return [row._replace(snippet=found.get(row.number, row.snippet)) for row in rows]

    def _scope(self) -> Scope:
        wanted = self.request.GET.get("whose") == Scope.ORGANISATION
        return Scope.ORGANISATION if wanted and self._shares else Scope.MINE

    @property
    def _shares(self) -> bool:
        identity = self.request.identity
        return identity.organisation_id is not None and identity.organisation_shared

    def _tab(self, scope: Scope, waiting: int) -> Tab:
        """The tab asked for; else all that a search found, what waits, or what is open."""
        wanted = self.request.GET.get("tab")
        if wanted in set(Tab) and (self.query or wanted != Tab.ALL):
            return Tab(wanted)
        if self.query:
            return Tab.ALL
        return Tab.WAITING if waiting and scope is Scope.MINE else Tab.OPEN

    def _cursor(self, name: str) -> Cursor | None:
        return Cursor.parse(self.request.GET.get(name, ""))

    def _tabs(self, scope: Scope, current: Tab, waiting: int) -> list[Link]:
        counted = waiting if waiting and scope is Scope.MINE and not self.query else None
        return [
            Link(
                _tab_words(tab, scope),
                self._url(scope=scope, tab=tab),
                current=tab is current,
                count=counted if tab is Tab.WAITING else None,
            )
            for tab in Tab
            if self.query or tab is not Tab.ALL
        ]

    def _scopes(self, current: Scope) -> list[Link]:
        """Mine, or everybody's at the organisation; nothing to choose where it does not share."""
        if not self._shares:
            return []
        everybody = N_("Everyone at %(name)s", name=self.request.identity.organisation_name)
        return [
            Link(words, self._url(scope=scope), current=scope is current)
            for scope, words in ((Scope.MINE, N_("My own")), (Scope.ORGANISATION, everybody))
        ]

    def _url(self, *, scope: Scope, tab: Tab | None = None, **cursor: Cursor) -> str:
        query = {
            "whose": scope if scope is Scope.ORGANISATION else None,
            "tab": tab,
            "q": self.query or None,
            **cursor,
        }
        url: str = self.request.place(self.context, query=query)
        return url


def _tab_words(tab: Tab, scope: Scope) -> Message:
    """Of everybody's tickets, those that wait need the reply of whoever opened them."""
    theirs = tab is Tab.WAITING and scope is Scope.ORGANISATION
    return N_("Needs a reply") if theirs else _TAB_WORDS[tab]


@view_config(
    context=TicketsResource,
    name="preview",
    request_method="POST",
    permission=Permission.OPEN_TICKET,
)
def preview(context: TicketsResource, request: Request) -> Response:
    """What a message will look like, as a piece of HTML for the page that asks."""
    form = MessageForm(request.POST)
    if not form.body.validate(form):
        raise HTTPUnprocessableEntity
    return Response(body=markdown.render(form.text).encode(), content_type="text/html")
