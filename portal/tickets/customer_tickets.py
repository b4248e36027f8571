"""The customer's tickets: the list, a new one, and the preview of what is being written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPUnprocessableEntity
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from portal.composer.drafts import NEW_TICKET, NO_TICKET
from portal.composer.keeping import as_posted, bring_files, drafts, forget, keep
from portal.people.service import PeopleService
from portal.search.fragments import fragments
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets import markdown
from portal.tickets.customer_list import CustomerTicketList, Scope, Tab, TicketRow
from portal.tickets.filters import MAX_QUERY
from portal.tickets.forms import MessageForm, NewTicketForm, only_looks, preview_of
from portal.tickets.resources import TicketsResource
from portal.tickets.service import TicketService
from portal.web.forms import one_line
from portal.web.i18n import N_
from portal.web.page import Link
from portal.web.paging import Cursor
from portal.web.redirects import page, see_other

_LIST = "portal:templates/tickets/customer_list.jinja2"
_NEW = "portal:templates/tickets/customer_new.jinja2"

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
        waiting = self.tickets.count_waiting()
        scope = self._scope()
        tab = self._tab(scope, waiting)
        shown = self.tickets.page(
            scope, tab, self.query, older=self._cursor("older"), newer=self._cursor("newer")
        )
        return {
            "nav_current": "tickets",
            "query": self.query,
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
                _TAB_WORDS[tab],
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


@view_defaults(context=TicketsResource, permission=Permission.OPEN_TICKET)
class NewTicketViews:
    """A customer opens a ticket."""

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.projects = PeopleService(request.db, request.tenant).projects()

    @view_config(name="new", request_method="GET", renderer=_NEW)
    def blank(self) -> dict[str, Any]:
        """The form, as it was left."""
        draft = drafts(self.request).get(NO_TICKET, NEW_TICKET)
        if draft is None:
            return self._page(NewTicketForm(projects=self.projects))
        form = NewTicketForm(as_posted(draft), projects=self.projects)
        bring_files(self.request, form, draft)
        return self._page(form, draft_at=draft.updated_at)

    @view_config(name="new", request_method="POST", renderer=_NEW)
    def open(self) -> dict[str, Any] | Response:
        """The ticket, or the form as it was sent."""
        form = NewTicketForm(self.request.POST, projects=self.projects)
        form.keep_files(self.request)
        request = self.request
        if only_looks(request):
            keep(request, NO_TICKET, NEW_TICKET, form)
            return self._page(form)
        if not form.validate():
            keep(request, NO_TICKET, NEW_TICKET, form)
            return self._page(form, status=422)
        ticket = TicketService(request.db, request.tenant, request.identity).open(
            form.subject.data or "", form.new_ticket_draft(), project_id=form.project_id
        )
        forget(request, NO_TICKET, NEW_TICKET, form)
        _ = request.gettext
        flash(request, _("We have your ticket. You will find our answer here."))
        return see_other(request, page(request, self.context, ticket.number))

    def _page(
        self, form: NewTicketForm, status: int = 200, draft_at: datetime | None = None
    ) -> dict[str, Any]:
        self.request.response.status_int = status
        return {
            "nav_current": "tickets",
            "form": form,
            "preview": preview_of(self.request, form),
            "returned": only_looks(self.request),
            "draft_at": draft_at,
        }


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
