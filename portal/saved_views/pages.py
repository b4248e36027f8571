"""The pages of saved views: all that one sees, a new one from a list's address, one to change."""

from typing import Any
from urllib.parse import parse_qsl

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from webob.multidict import MultiDict

from portal.resources import Resource
from portal.saved_views.forms import SavedViewForm
from portal.saved_views.models import SavedView, Scope
from portal.saved_views.resources import SavedViewResource, SavedViewsResource
from portal.saved_views.service import MAX_VIEWS, SavedViewError, SavedViews
from portal.security.permissions import Permission
from portal.security.policy import require
from portal.security.sessions import flash
from portal.tenants.audit import AuditLog
from portal.tickets.agent_filters import chips
from portal.tickets.agent_page import views_beside
from portal.tickets.catalogue import FIRST, GROUPS
from portal.tickets.filters import Filters
from portal.tickets.listing import sort_of
from portal.tickets.options import read_options
from portal.tickets.ordering import Sort
from portal.web.i18n import N_
from portal.web.redirects import page, see_other

_LIST = "portal:templates/saved_views/views.jinja2"
_FORM = "portal:templates/saved_views/view.jinja2"
#: What the form brings back: the filters as a list's address has them.
QUERY = "query"

_REFUSED = {
    "scope": (
        "scope",
        N_("Your role does not include views that everybody sees. Choose who else sees it."),
    ),
    "team": ("team", N_("Choose one of your teams.")),
    "too_many": (
        "name",
        N_("You have made %(limit)s views. Delete one that you no longer need.", limit=MAX_VIEWS),
    ),
}


class _Pages:
    """What the pages share."""

    context: Resource

    def __init__(self, context: Resource, request: Request) -> None:
        self.context = context
        self.request = request
        audit = AuditLog(request.db, request.tenant, request.identity, request.remote_addr)
        self.service = SavedViews(request.db, request.tenant, request.identity, audit)
        self.tickets: Resource = request.context_tenant["tickets"]

    def form(self, filters: Filters, view: SavedView | None = None) -> SavedViewForm:
        """The form as it was sent, or as it begins."""
        request = self.request
        return SavedViewForm(
            request.POST if request.method == "POST" else None,
            filters=filters,
            teams=self.service.teams(),
            shares=self.service.shares,
            view=view,
            sort=sort_of(request.GET, filters) or Sort.UPDATED,
            columns=request.identity.preferences.columns,
        )

    def show_form(self, form: SavedViewForm, filters: Filters, status: int = 200) -> dict[str, Any]:
        """The page of the form, with the filters in words."""
        request = self.request
        request.response.status_int = status
        return {
            "form": form,
            "query": filters.query_string(),
            "chips": chips(request, filters, read_options(request.db, request.tenant)),
            "list_url": request.place(self.tickets, query=filters.parameters()),
            "view_groups": views_beside(request, self.tickets),
        }

    def refuse(self, form: SavedViewForm, error: SavedViewError) -> None:
        """Say a broken rule beside its field."""
        name, message = _REFUSED[error.code]
        field = form[name if name in form._fields else "scope"]
        field.errors = [*field.errors, message]

    def to_list(self, view: SavedView, text: str) -> HTTPSeeOther:
        """To the view itself."""
        flash(self.request, self.request.gettext(text, name=view.name))
        return see_other(
            self.request, page(self.request, self.tickets, query={"view": str(view.id)})
        )


@view_defaults(context=SavedViewsResource, permission=Permission.LIST_TICKETS, staff=True)
class SavedViewsPages(_Pages):
    """`views` and `views/new`."""

    context: SavedViewsResource

    @view_config(request_method="GET", renderer=_LIST)
    def show(self) -> dict[str, Any]:
        """All that one sees, as they stand in the column."""
        request = self.request
        views = self.service.visible()
        may_change = {view.id for view in views if self._may_change(view)}
        groups = [
            (words, [view for view in views if view.scope == scope])
            for scope, words in GROUPS.items()
        ]
        return {
            "saved": [(words, rows) for words, rows in groups if rows],
            "may_change": may_change,
            "tickets": self.tickets,
            "view_groups": views_beside(request, self.tickets),
        }

    def _may_change(self, view: SavedView) -> bool:
        place = SavedViewResource(self.context, view)
        return bool(self.request.has_permission(Permission.CHANGE_VIEW, place))

    @view_config(name="new", request_method="GET", renderer=_FORM)
    def ask(self) -> dict[str, Any]:
        """The form for a list whose filters the address says."""
        filters = Filters.parse(self.request.GET) or FIRST.filters
        return self.show_form(self.form(filters), filters)

    @view_config(name="new", request_method="POST", renderer=_FORM)
    def create(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep it."""
        filters = _filters(self.request)
        form = self.form(filters)
        if form.validate():
            try:
                view = self.service.create(filters, form.saving)
            except SavedViewError as error:
                self.refuse(form, error)
            else:
                return self.to_list(view, N_("“%(name)s” stands among the views now."))
        return self.show_form(form, filters, status=422)


@view_defaults(context=SavedViewResource, permission=Permission.CHANGE_VIEW, staff=True)
class SavedViewPages(_Pages):
    """`views/7`."""

    context: SavedViewResource

    @view_config(request_method="GET", renderer=_FORM)
    def show(self) -> dict[str, Any]:
        """The form, filled in; with the filters of the address, if it has any."""
        view = self.context.row
        filters = Filters.parse(self.request.GET) or _stored(view)
        return self.show_form(self.form(filters, view), filters)

    @view_config(request_method="POST", renderer=_FORM)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it."""
        view, filters = self.context.row, _filters(self.request)
        form = self.form(filters, view)
        if form.validate():
            try:
                self.service.change(view, form.saving, filters)
            except SavedViewError as error:
                self.refuse(form, error)
            else:
                return self.to_list(view, N_("“%(name)s” is saved."))
        return self.show_form(form, filters, status=422)

    @view_config(name="filters", request_method="POST")
    def narrow(self) -> HTTPSeeOther:
        """Filters and order of a list that was made from the view become its own."""
        self._refuse_for_all()
        filters = _filters(self.request)
        self.service.narrow(
            self.context.row, filters, sort_of(self.request.POST, filters) or Sort.UPDATED
        )
        return self.to_list(self.context.row, N_("“%(name)s” is saved."))

    @view_config(name="delete", request_method="POST")
    def delete(self) -> HTTPSeeOther:
        """Take it away, for all who see it."""
        self.service.delete(self.context.row)
        text = N_("“%(name)s” is deleted. Its tickets are where they were.")
        flash(self.request, self.request.gettext(text, name=self.context.row.name))
        return self._to_views()

    @view_config(name="move", request_method="POST")
    def move(self) -> HTTPSeeOther:
        """One place up or down."""
        self._refuse_for_all()
        self.service.move(self.context.row, up=self.request.POST.get("to") == "up")
        return self._to_views()

    def _refuse_for_all(self) -> None:
        """Raises HTTPForbidden for a view that everybody sees, where one's role lacks that."""
        if self.context.row.scope == Scope.ALL:
            require(self.request, Permission.SHARE_WITH_ALL, self.request.context_tenant)

    def _to_views(self) -> HTTPSeeOther:
        return see_other(self.request, page(self.request, self.context.__parent__))


def _filters(request: Request) -> Filters:
    """The filters that a form brings back."""
    written = str(request.POST.get(QUERY, ""))[:4000]
    return Filters.parse(MultiDict(parse_qsl(written))) or FIRST.filters


def _stored(view: SavedView) -> Filters:
    return Filters.parse(MultiDict(parse_qsl(view.query))) or Filters()
