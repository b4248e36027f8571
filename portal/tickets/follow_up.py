"""A customer goes on with a ticket that takes no more replies: in a new one, linked to it.

What is written is kept as a draft of the ticket that it goes on with. A reply that did not go
before that ticket was closed is where a follow-up begins.
"""

from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from wtforms import StringField

from portal.composer.drafts import NEW_TICKET, DraftService
from portal.composer.keeping import as_posted, bring_files, drafts, forget, keep
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.forms import (
    MAX_SUBJECT,
    MessageForm,
    body_field,
    files_field,
    only_looks,
    preview_of,
)
from portal.tickets.lifecycle import FollowUpService
from portal.tickets.models import MessageKind
from portal.tickets.reopening import is_over
from portal.tickets.resources import TicketResource
from portal.tickets.writer import TicketRuleError
from portal.web.clock import now
from portal.web.forms import AtMost, Required, one_line
from portal.web.i18n import N_
from portal.web.redirects import page, see_other

TEMPLATE = "portal:templates/tickets/customer_follow_up.jinja2"


_TAKES_REPLIES = N_("This ticket takes replies again: reply there instead.")


class FollowUpForm(MessageForm):
    """A new ticket: what it is about is known."""

    # In the order of the page, which is also that of the list of errors.
    subject = StringField(
        N_("Subject"),
        [
            Required(N_("Say in a few words what this is about.")),
            AtMost(MAX_SUBJECT, N_("Use at most %(limit)s characters: this has %(surplus)s more.")),
        ],
        filters=[one_line],
    )
    body = body_field(N_("Description"))
    files = files_field()


@view_defaults(
    context=TicketResource, name="follow-up", permission=Permission.REPLY, renderer=TEMPLATE
)
class FollowUpViews:
    """The form for a follow-up. Where the ticket still takes replies, the ticket itself."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.earlier = context.ticket

    @view_config(request_method="GET")
    def blank(self) -> dict[str, Any] | HTTPSeeOther:
        """The form as it was left; at first it has the subject of the earlier ticket."""
        needless = self._is_needless()
        draft = self.drafts.get(self.earlier.number, NEW_TICKET)
        if draft is None and needless:
            return self._to(self.earlier.number)
        if draft is None:
            return self._page(self._begun())
        form = FollowUpForm(as_posted(draft))
        bring_files(self.request, form, draft)
        if needless:
            form.form_errors = [_TAKES_REPLIES]
        return self._page(form, draft_at=draft.updated_at)

    def _begun(self) -> FollowUpForm:
        """A new form, with what was written as a reply and did not go."""
        unsent = self.drafts.get(self.earlier.number, MessageKind.REPLY)
        form = FollowUpForm(subject=self.earlier.subject, body=unsent.body if unsent else "")
        if unsent is not None:
            bring_files(self.request, form, unsent)
        return form

    @view_config(request_method="POST")
    def open(self) -> dict[str, Any] | HTTPSeeOther:
        """The new ticket, or the form as it was sent."""
        request = self.request
        form = FollowUpForm(request.POST)
        form.keep_files(request)
        if only_looks(request):
            return self._kept(form)
        if not form.validate():
            return self._kept(form, status=422)
        subject = form.subject.data or ""
        service = FollowUpService(request.db, request.tenant, request.identity)
        try:
            ticket = service.open(self.earlier, subject, form.draft(subject))
        except TicketRuleError:
            form.form_errors = [_TAKES_REPLIES]
            return self._kept(form, status=409)
        self._forget(form)
        _ = request.gettext
        flash(request, _("We have your ticket. You will find our reply here."))
        return self._to(ticket.number)

    @property
    def drafts(self) -> DraftService:
        """The drafts of whoever writes."""
        return drafts(self.request)

    def _kept(self, form: FollowUpForm, status: int = 200) -> dict[str, Any]:
        keep(self.request, self.earlier.number, NEW_TICKET, form)
        return self._page(form, status)

    def _forget(self, form: FollowUpForm) -> None:
        """The drafts of what was sent: its own, and that of the reply which it began with."""
        number = self.earlier.number
        forget(self.request, number, NEW_TICKET, form)
        unsent = self.drafts.get(number, MessageKind.REPLY)
        if unsent is not None and unsent.body.strip() in form.text:
            self.drafts.discard(number, MessageKind.REPLY)

    def _is_needless(self) -> bool:
        earlier = self.earlier
        over = is_over(self.request.tenant, earlier, now())
        return not over or earlier.merged_into is not None

    def _to(self, number: int) -> HTTPSeeOther:
        return see_other(self.request, page(self.request, self.context.__parent__, number))

    def _page(
        self, form: FollowUpForm, status: int = 200, draft_at: datetime | None = None
    ) -> dict[str, Any]:
        self.request.response.status_int = status
        return {
            "nav_current": "tickets",
            "earlier": self.earlier,
            "form": form,
            "preview": preview_of(self.request, form),
            "returned": only_looks(self.request),
            "draft_at": draft_at,
        }
