"""The pages of macros: all that one can use, a new one, one to change."""

from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.macros.forms import MacroForm
from portal.macros.models import Macro, MacroScope
from portal.macros.resources import MacroResource, MacrosResource
from portal.macros.sample import sample
from portal.macros.service import MAX_MACROS, MAX_NAME, MacroError, Macros
from portal.macros.variables import VARIABLES, fill, problem_of
from portal.macros.words import macro_chips
from portal.resources import Resource
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tenants.audit import AuditLog
from portal.tickets import markdown
from portal.tickets.agent_page import views_beside
from portal.tickets.forms import PREVIEW
from portal.tickets.markdown import snippet
from portal.tickets.options import Options, read_options
from portal.web.forms import one_line
from portal.web.i18n import N_
from portal.web.page import Link
from portal.web.redirects import page, see_other

_LIST = "portal:templates/macros/macros.jinja2"
_FORM = "portal:templates/macros/macro.jinja2"
_PREVIEW = "portal:templates/macros/_preview.jinja2"
#: The macro that a new one begins as a copy of.
COPY_OF = "copy"

_GROUPS = {
    MacroScope.MINE: N_("Your own"),
    MacroScope.TEAM: N_("Of a team"),
    MacroScope.ALL: N_("For everybody"),
}
_REFUSED = {
    "team": ("team", N_("Choose one of your teams.")),
    "scope": ("scope", N_("Your role does not include macros for everybody.")),
    "name": (
        "name",
        N_("There is a macro of this name already, perhaps an archived one. Choose another name."),
    ),
    "too_many": (
        "name",
        N_("You have made %(limit)s macros. Delete one that you no longer need.", limit=MAX_MACROS),
    ),
}


class _Pages:
    """What the pages share."""

    context: Resource

    def __init__(self, context: Resource, request: Request) -> None:
        self.context = context
        self.request = request
        audit = AuditLog(request.db, request.tenant, request.identity, request.remote_addr)
        self.service = Macros(request.db, request.tenant, request.identity, audit)

    def form(self, options: Options, macro: Macro | None = None) -> MacroForm:
        """The form as it was sent, or as it begins."""
        request = self.request
        return MacroForm(
            request.POST if request.method == "POST" else None,
            options=options,
            teams=self.service.teams(),
            shares=self.service.shares,
            macro=macro,
        )

    def show_form(self, form: MacroForm, options: Options, status: int = 200) -> dict[str, Any]:
        """The page of the form, with what it makes of a ticket beside it."""
        request = self.request
        request.response.status_int = status
        return {
            "form": form,
            "variables": VARIABLES,
            "view_groups": views_beside(request, request.context_tenant["tickets"]),
            **self.shown(form, options),
        }

    def shown(self, form: MacroForm, options: Options) -> dict[str, Any]:
        """What the preview reads: the text with a made-up ticket's values, and the changes."""
        text = fill(form.body.data or "", sample(self.request).values())
        fits = len(text.encode("utf-8", "replace")) <= markdown.MAX_BODY
        return {
            "preview": markdown.shown(text) if fits else None,
            "problem": problem_of(form.body.data or ""),
            "is_note": form.kind.data == "note",
            "chips": macro_chips(form.actions, self.request.identity.user_id, options),
        }

    def refuse(self, form: MacroForm, error: MacroError) -> None:
        """Say a broken rule beside its field."""
        name, message = _REFUSED[error.code]
        field = form[name if name in form._fields else "scope"]
        field.errors = [*field.errors, message]

    def to_list(self, text: str, macro: Macro, **query: str) -> HTTPSeeOther:
        """To all macros."""
        flash(self.request, self.request.gettext(text, name=macro.name))
        return see_other(
            self.request, page(self.request, self.request.context_tenant["macros"], query=query)
        )


@view_defaults(context=MacrosResource, permission=Permission.LIST_TICKETS, staff=True)
class MacrosPages(_Pages):
    """`macros` and `macros/new`."""

    context: MacrosResource

    @view_config(request_method="GET", renderer=_LIST)
    def show(self) -> dict[str, Any]:
        """All that one sees, by who can use them."""
        request = self.request
        text, archived = one_line(request.GET.get("q"))[:200], "archived" in request.GET
        listed = self.service.listed(text, archived=archived)
        groups = [
            (words, [each for each in listed if each.macro.scope == scope])
            for scope, words in _GROUPS.items()
        ]
        own = self.service.own_teams()
        may_change = self.service.may_change
        options = read_options(request.db, request.tenant)
        actor_id = request.identity.user_id
        return {
            "found": [(words, rows) for words, rows in groups if rows],
            "may_change": {each.macro.id for each in listed if may_change(each.macro, own)},
            "chips": lambda macro: macro_chips(macro.actions, actor_id, options),
            "start": lambda macro: snippet(macro.body),
            "text": text,
            "archived": archived,
            "kept": [
                Link(N_("In use"), request.place(self.context), current=not archived),
                Link(
                    N_("Archived"),
                    request.place(self.context, query={"archived": "1"}),
                    current=archived,
                ),
            ],
            "view_groups": views_beside(request, request.context_tenant["tickets"]),
        }

    @view_config(name="new", request_method="GET", renderer=_FORM)
    def ask(self) -> dict[str, Any]:
        """The form of a new one: empty, or like the one that it is to be a copy of."""
        options = read_options(self.request.db, self.request.tenant)
        copied = self.request.GET.get(COPY_OF)
        if copied is None:
            return self.show_form(self.form(options), options)
        row = self.service.seen(int(copied)) if copied.isdigit() and len(copied) < 19 else None
        if row is None:
            raise HTTPNotFound
        form = MacroForm(
            options=options,
            teams=self.service.teams(),
            shares=self.service.shares,
            macro=row,
            is_copy=True,
        )
        form.name.data = self._copy_of(row.name)
        return self.show_form(form, options)

    def _copy_of(self, name: str) -> str:
        said = self.request.gettext("Copy of %(name)s", name=name)
        return str(said)[:MAX_NAME]

    @view_config(name="new", request_method="POST", renderer=_FORM)
    def create(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep it, or show what it would be."""
        options = read_options(self.request.db, self.request.tenant)
        form = self.form(options)
        if PREVIEW in self.request.POST:
            return self.show_form(form, options)
        if form.validate():
            try:
                macro = self.service.create(form.saving)
            except MacroError as error:
                self.refuse(form, error)
            else:
                return self.to_list(N_("“%(name)s” can be used now."), macro)
        return self.show_form(form, options, status=422)

    @view_config(name="preview", request_method="POST", renderer=_PREVIEW)
    def preview(self) -> dict[str, Any]:
        """What a form makes of a ticket, as a piece of HTML for the page that asks."""
        options = read_options(self.request.db, self.request.tenant)
        return self.shown(self.form(options), options)


@view_defaults(context=MacroResource, permission=Permission.CHANGE_MACRO, staff=True)
class MacroPages(_Pages):
    """`macros/7`."""

    context: MacroResource

    @view_config(request_method="GET", renderer=_FORM)
    def show(self) -> dict[str, Any]:
        """The form, filled in."""
        options = read_options(self.request.db, self.request.tenant)
        return self.show_form(self.form(options, self.context.row), options)

    @view_config(request_method="POST", renderer=_FORM)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it, or show what it would be."""
        macro = self.context.row
        options = read_options(self.request.db, self.request.tenant)
        form = self.form(options, macro)
        if PREVIEW in self.request.POST:
            return self.show_form(form, options)
        if form.validate():
            try:
                self.service.change(macro, form.saving)
            except MacroError as error:
                self.refuse(form, error)
            else:
                return self.to_list(N_("“%(name)s” is saved."), macro)
        return self.show_form(form, options, status=422)

    @view_config(name="archive", request_method="POST")
    def archive(self) -> HTTPSeeOther:
        """Offer it no longer."""
        macro = self.context.row
        self.service.archive(macro, datetime.now(UTC))
        return self.to_list(N_("“%(name)s” is archived. It can be restored."), macro)

    @view_config(name="restore", request_method="POST")
    def restore(self) -> HTTPSeeOther:
        """Offer it again."""
        macro = self.context.row
        self.service.archive(macro, None)
        return self.to_list(N_("“%(name)s” can be used again."), macro)

    @view_config(name="delete", request_method="POST")
    def delete(self) -> HTTPSeeOther:
        """Take it away, for all who have it."""
        macro = self.context.row
        self.service.delete(macro)
        return self.to_list(N_("“%(name)s” is deleted. What was sent with it stays."), macro)
