"""A ticket as its customer sees it: the conversation, the reply, "solved" and "not solved"."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.composer.beside import read_beside
from portal.composer.keeping import as_posted, bring_files, forget, keep
from portal.composer.mentions import without_mentions
from portal.composer.releasing import refresh
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.customer_words import MERGED, Banner, banner, banner_for_colleague, event_words
from portal.tickets.forms import AnswerForm, only_looks, preview_of
from portal.tickets.models import EventKind, MessageKind, State
from portal.tickets.reopening import is_over, reopen_until
from portal.tickets.resources import TicketResource
from portal.tickets.service import StaleThread, TicketRuleError, TicketService
from portal.tickets.shown_files import shown_files
from portal.tickets.timeline import Timeline, load_timeline, until_from
from portal.tickets.topic_panel import shown_fields
from portal.web.clock import now, say_time
from portal.web.i18n import N_, Message
from portal.web.redirects import page, see_other

_THREAD = "portal:templates/tickets/customer_thread.jinja2"

#: The parameter that says which ticket led to this one.
MERGED_HERE = "merged"

_MOVED_ON = N_(
    "There is a new message that you had not seen. Read it above, then send your reply again: "
    "it is still here, with its files."
)
_CLOSED_MEANWHILE = N_(
    "This ticket was closed while you were writing, so your reply was not sent. It is kept "
    "below: you can send it as a follow-up."
)


@view_defaults(context=TicketResource)
class CustomerThreadViews:
    """One ticket of a customer's, or of a colleague's where the organisation shares."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.ticket = context.ticket
        self.service = TicketService(request.db, request.tenant, request.identity)

    @view_config(request_method="GET", permission=Permission.VIEW_TICKET, renderer=_THREAD)
    def show(self) -> dict[str, Any] | HTTPSeeOther:
        """The conversation; whoever opens it has read it. A merged ticket leads on to where it
        goes on, if the reader may go there."""
        if (target := self._target()) is not None:
            query = {MERGED_HERE: str(self.ticket.number)}
            return see_other(self.request, page(self.request, target, query=query))
        request = self.request
        beside = read_beside(request.db, request.tenant, self.ticket, request.identity)
        if beside.is_due:
            refresh(request, self.context)
        draft = beside.drafts.get(MessageKind.REPLY)
        if draft is None:
            return self._page(AnswerForm())
        form = AnswerForm(as_posted(draft))
        bring_files(self.request, form, draft)
        return self._page(form, draft_at=draft.updated_at)

    @view_config(name="reply", request_method="GET", permission=Permission.VIEW_TICKET)
    def to_form(self) -> HTTPSeeOther:
        """The address that a reply was sent to, opened: the form it came from."""
        return see_other(self.request, page(self.request, self.context, anchor="answer"))

    @view_config(name="reply", request_method="POST", permission=Permission.REPLY, renderer=_THREAD)
    def reply(self) -> dict[str, Any] | HTTPSeeOther:
        """A reply. It never goes past a message that its writer has not seen."""
        form = AnswerForm(self.request.POST)
        form.keep_files(self.request)
        if only_looks(self.request):
            return self._kept(form)
        if not form.validate():
            return self._kept(form, status=422)
        try:
            message = self.service.reply(self.ticket, form.draft(), seen=form.seen_message)
        except StaleThread:
            seen = (form.seen_message, form.messages_seen)
            return self._kept(form, status=409, seen=seen, notice=_MOVED_ON)
        except TicketRuleError:
            return self._kept(form, status=409, notice=_CLOSED_MEANWHILE)
        forget(self.request, self.ticket.number, MessageKind.REPLY, form)
        flash(self.request, self.request.gettext("Your reply is sent."))
        return see_other(self.request, page(self.request, self.context, anchor=f"m{message.id}"))

    @view_config(name="solve", request_method="POST", permission=Permission.SOLVE)
    def solve(self) -> HTTPSeeOther:
        """“Problem solved.”"""
        try:
            self.service.solve(self.ticket)
        except TicketRuleError:
            return self._back(N_("This ticket is closed already."))
        return self._back(N_("Good to know that it is solved."), "green")

    @view_config(name="reopen", request_method="POST", permission=Permission.SOLVE)
    def reopen(self) -> HTTPSeeOther:
        """“It is not solved.”"""
        try:
            self.service.reopen(self.ticket)
        except TicketRuleError:
            # The second of two clicks finds it open, which is what was wanted.
            if not State(self.ticket.state).is_unsolved:
                return self._back(N_("This ticket was closed and cannot be reopened."))
        return self._back(N_("We look at it again. Tell us what is still wrong."), "green")

    def _back(self, text: Message, tone: str = "amber") -> HTTPSeeOther:
        flash(self.request, self.request.gettext(text), tone)
        return see_other(self.request, page(self.request, self.context))

    def _kept(self, form: AnswerForm, **options: Any) -> dict[str, Any]:
        """The form comes back, and what it says is kept, also for when the page is closed."""
        keep(self.request, self.ticket.number, MessageKind.REPLY, form)
        return self._page(form, **options)

    def _page(
        self,
        form: AnswerForm,
        *,
        status: int = 200,
        seen: tuple[int, int | None] | None = None,
        notice: Message | None = None,
        draft_at: datetime | None = None,
    ) -> dict[str, Any]:
        request, reader = self.request, self.request.identity
        timeline = load_timeline(
            request.db,
            request.tenant,
            self.ticket,
            reader,
            for_staff=False,
            seen=seen[0] if seen else None,
            seen_count=seen[1] if seen else None,
            marks=request.method != "HEAD",
            wanted=lambda entry: event_words(entry, reader.user_id),
            until=until_from(request),
        )
        form.seen.data = str(timeline.newest)
        form.seen_count.data = str(self.ticket.reply_count)
        request.response.status_int = status
        return {
            "nav_current": "tickets",
            "head": self.context.head,
            "banner": self._banner(),
            "topic_fields": shown_fields(
                request.db, request.tenant, self.ticket, for_customers=True
            ),
            "is_over": is_over(request.tenant, self.ticket, now()),
            "merged_here": self._merged_here(timeline),
            "timeline": timeline,
            "is_latest": until_from(request) is None,
            "words": lambda entry: event_words(entry, reader.user_id),
            "public_html": without_mentions,
            "shown": lambda files: shown_files(request, self.context, files),
            "may_reply": request.has_permission(Permission.REPLY, self.context),
            "form": form,
            "preview": preview_of(request, form),
            "notice": notice,
            "draft_at": draft_at,
            "returned": only_looks(request),
        }

    def _target(self) -> TicketResource | None:
        """The ticket that this one was merged into, for those who may see it."""
        number = self.ticket.merged_into
        if number is None:
            return None
        target = self.context.__parent__[str(number)]
        return target if self.request.has_permission(Permission.VIEW_TICKET, target) else None

    def _merged_here(self, timeline: Timeline) -> int | None:
        """The ticket whose address led here."""
        came_from = self.request.GET.get(MERGED_HERE)
        for line in timeline.lines:
            data = line.entry.data or {}
            is_merge = line.entry.event_kind == EventKind.MERGED and "from" in data
            if is_merge and str(data["from"]) == came_from:
                return int(data["from"])
        return None

    def _banner(self) -> Banner:
        requester = self.context.head.requester
        if self.ticket.merged_into is not None:
            return MERGED
        known = banner(self.ticket.state)
        until = reopen_until(self.request.tenant, self.ticket)
        if is_over(self.request.tenant, self.ticket, now()):
            known = banner(State.CLOSED)
        elif until is not None:
            request = self.request
            date = say_time(until, "date", request.locale.language, request.zone)
            known = replace(known, text=Message(known.text, date=date))
        if requester.id == self.request.identity.user_id:
            return known
        may_reply = self.request.has_permission(Permission.REPLY, self.context)
        return banner_for_colleague(known, requester.name, may_reply=bool(may_reply))
