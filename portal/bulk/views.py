"""Pages of bulk changes: what is sent from a list, what is asked first, runs and their results."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.bulk.actions import Action, ActionError, Verb
from portal.bulk.field_form import ANSWERED, asks_for_field, field_action, field_form
from portal.bulk.jobs import enqueue_run, enqueue_undo
from portal.bulk.resources import BulkResource, BulkRunResource
from portal.bulk.runs import BATCH, MAX_TICKETS, BulkRuns, TooManyTickets
from portal.bulk.selections import Selection
from portal.bulk.words import REFUSALS, REFUSED, STATES, action_words, progress
from portal.security.permissions import Permission
from portal.security.policy import require
from portal.security.sessions import flash
from portal.tickets.absence import tell_absence
from portal.tickets.agent_page import view_groups
from portal.tickets.catalogue import read_tallies
from portal.tickets.snooze_times import snooze_until
from portal.web.clock import now
from portal.web.forms import one_line
from portal.web.i18n import N_
from portal.web.redirects import Blocked, page, safe_redirect, see_other

_PROBLEMS = {
    "tags": N_(
        "A tag is one word of letters, digits, and . : / + -, forty characters at the most."
    ),
    "no_tags": N_("Enter the tags, with spaces between them."),
    "unknown": N_("Choose what to do."),
}
#: Seconds after which a page of a run that goes on is read again.
REFRESH = 3


def _desk(request: Request) -> dict[str, Any]:
    """The column of views beside every page of this room."""
    tallies = read_tallies(request.db, request.tenant, request.identity.user_id)
    tickets = request.context_tenant["tickets"]
    return {"view_groups": view_groups(request, tickets, tallies, None), "tickets": tickets}


@view_defaults(context=BulkResource, permission=Permission.CHANGE_MANY)
class BulkViews:
    """`bulk`: one's runs, and where a list sends its selection."""

    def __init__(self, context: BulkResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.scope = (request.db, request.tenant, request.identity)
        self.runs = BulkRuns(request.db, request.tenant)

    @view_config(request_method="GET", renderer="portal:templates/bulk/runs.jinja2")
    def show(self) -> dict[str, Any]:
        """The runs that the reader started, the last first."""
        latest = self.runs.latest(self.request.identity.user_id)
        rows = [
            (run, action_words(self.request, Action.of(run.action)), STATES[run.state])
            for run in latest
        ]
        return {"rows": rows, **_desk(self.request)}

    @view_config(request_method="POST", renderer="portal:templates/bulk/confirm.jinja2")
    def take(self) -> dict[str, Any] | HTTPSeeOther:
        """Change what was selected: at once, by a run, or after a question."""
        selection = Selection.parse(self.request.POST)
        if not selection.everything and not selection.numbers:
            text = self.request.gettext("Nothing was changed: no ticket was selected.")
            flash(self.request, text, "amber")
            return self._back()
        if asks_for_field(self.request):
            return self._take_field(selection)
        try:
            action = self._action()
        except ActionError as error:
            self.request.response.status_int = 422
            return self._question(selection, None, _PROBLEMS[error.code])
        self._refuse_beyond(selection)
        if selection.everything and "sure" not in self.request.POST:
            return self._question(selection, action, None)
        return self._begin(selection, action)

    def _take_field(self, selection: Selection) -> dict[str, Any] | HTTPSeeOther:
        """Ask for the value of a field, or change it."""
        response, form = self.request.response, field_form(self.request)
        if form is None:
            response.status_int = 422
            return self._question(selection, None, _PROBLEMS["unknown"])
        is_answered = ANSWERED in self.request.POST
        if not is_answered or not form.check():
            response.status_int = 422 if is_answered else 200
            return {**self._question(selection, None, None), "answers": form}
        self._refuse_beyond(selection)
        return self._begin(selection, field_action(form))

    def _refuse_beyond(self, selection: Selection) -> None:
        """Raises HTTPForbidden for more tickets than the role allows at once."""
        may = self.request.identity.may(Permission.CHANGE_UNLIMITED)
        if not may and selection.count(*self.scope, BATCH + 1) > BATCH:
            require(self.request, Permission.CHANGE_UNLIMITED, self.context)

    def _action(self) -> Action:
        form, until = self.request.POST, None
        do = one_line(form.get("do"))
        if do.startswith("snooze:"):
            try:
                word = do.partition(":")[2]
                until = snooze_until(word, "", self.request.zone, now())
            except (ValueError, KeyError) as error:
                raise ActionError("unknown") from error
        return Action.parse(do, one_line(form.get("tags")), until)

    def _question(
        self, selection: Selection, action: Action | None, problem: str | None
    ) -> dict[str, Any]:
        form = self.request.POST
        count = selection.count(*self.scope, MAX_TICKETS + 1)
        return {
            "selection": selection,
            "words": action_words(self.request, action) if action else None,
            "problem": problem,
            "answers": None,
            "do": one_line(form.get("do")),
            "tags": one_line(form.get("tags")),
            "return_to": one_line(form.get("return_to")),
            "total": count,
            "is_too_many": count > MAX_TICKETS,
            "limit": MAX_TICKETS,
            **_desk(self.request),
        }

    def _begin(self, selection: Selection, action: Action) -> dict[str, Any] | HTTPSeeOther:
        request = self.request
        numbers = selection.statement(*self.scope)
        if numbers is None:
            flash(request, request.gettext("Nothing was changed: no ticket matches."), "amber")
            return self._back()
        if action.verb is Verb.ASSIGNEE and isinstance(action.value, int):
            tell_absence(request, action.value)
        try:
            run = self.runs.begin(request.identity, action, numbers, query=selection.query)
        except TooManyTickets:
            # They became more since the question.
            return self._question(selection, action, None)
        place = BulkRunResource(self.context, run)
        if (run.total or 0) > BATCH:
            enqueue_run(request.db, run)
            return see_other(request, page(request, place))
        while self.runs.step(run.id):
            pass
        if run.refused:
            return see_other(request, page(request, place))
        text = request.ngettext("%(num)s ticket changed.", "%(num)s tickets changed.", run.changed)
        undo = request.place(place, "undo") if run.changed else None
        flash(request, text, undo=undo)
        return self._back()

    def _back(self) -> HTTPSeeOther:
        """To the list that the form stood at, or to the first."""
        request = self.request
        back = safe_redirect(
            one_line(request.POST.get("return_to")),
            home=page(request, request.context_tenant),
            slug=request.tenant.slug,
        )
        first = page(request, request.context_tenant["tickets"])
        return see_other(request, first if isinstance(back, Blocked) else back)


@view_defaults(context=BulkRunResource, permission=Permission.CHANGE_MANY)
class BulkRunViews:
    """`bulk/7`: how a run stands, and what can still be done about it."""

    def __init__(self, context: BulkRunResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.run = context.run

    @view_config(request_method="GET", renderer="portal:templates/bulk/run.jinja2")
    def show(self) -> dict[str, Any]:
        """Progress while it goes on, and the result afterwards."""
        run = self.run
        going = run.state in ("waiting", "running", "undoing")
        if going:
            self.request.response.headers["Refresh"] = str(REFRESH)
        refused = [] if going else self.context.runs.refused(run)
        return {
            "run": run,
            "words": action_words(self.request, Action.of(run.action)),
            "state": STATES[run.state],
            "going": going,
            "percent": progress(run),
            "refused": [
                (number, subject, REFUSALS.get(code, REFUSED)) for number, subject, code in refused
            ],
            **_desk(self.request),
        }

    @view_config(name="stop", request_method="POST")
    def stop(self) -> HTTPSeeOther:
        """End it where it is."""
        self.context.runs.stop(self.run)
        return self._here()

    @view_config(name="undo", request_method="POST")
    def undo(self) -> HTTPSeeOther:
        """Put back what it changed: at once where that is little."""
        runs = self.context.runs
        if (self.run.total or 0) > BATCH:
            require(self.request, Permission.CHANGE_UNLIMITED, self.context)
        if not runs.begin_undo(self.run):
            flash(self.request, self.request.gettext("There is nothing to undo."), "amber")
        elif self.run.changed > BATCH:
            enqueue_undo(self.request.db, self.run)
        else:
            while runs.undo_step(self.run.id):
                pass
        return self._here()

    @view_config(name="stop", request_method="GET")
    @view_config(name="undo", request_method="GET")
    def to_run(self) -> HTTPSeeOther:
        """The address of a button, opened: the run."""
        return self._here()

    def _here(self) -> HTTPSeeOther:
        return see_other(self.request, page(self.request, self.context))
