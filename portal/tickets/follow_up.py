"""A customer goes on with a ticket that takes no more replies: in a new one, linked to it."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from wtforms import StringField

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
from portal.tickets.reopening import is_over
from portal.tickets.resources import TicketResource
from portal.tickets.writer import TicketRuleError
from portal.web.clock import now
from portal.web.forms import AtMost, Required, one_line
from portal.web.i18n import N_
from portal.web.redirects import page, see_other

TEMPLATE = "portal:templates/tickets/customer_follow_up.jinja2"


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
        """The form, with the subject of the ticket that it goes on with."""
        if self._is_needless():
            return self._to(self.earlier.number)
        return self._page(FollowUpForm(subject=self.earlier.subject))

    @view_config(request_method="POST")
    def open(self) -> dict[str, Any] | HTTPSeeOther:
        """The new ticket, or the form as it was sent."""
        request = self.request
        form = FollowUpForm(request.POST)
        form.keep_files(request)
        if only_looks(request):
            return self._page(form)
        if not form.validate():
            return self._page(form, status=422)
        subject = form.subject.data or ""
        service = FollowUpService(request.db, request.tenant, request.identity)
        try:
            ticket = service.open(self.earlier, subject, form.draft(subject))
        except TicketRuleError:
            form.form_errors = [N_("This ticket takes replies again: reply there instead.")]
            return self._page(form, status=409)
        _ = request.gettext
        flash(request, _("We have your ticket. You will find our reply here."))
        return self._to(ticket.number)

    def _is_needless(self) -> bool:
        earlier = self.earlier
        over = is_over(self.request.tenant, earlier, now())
        return not over or earlier.merged_into is not None

    def _to(self, number: int) -> HTTPSeeOther:
        return see_other(self.request, page(self.request, self.context.__parent__, number))

    def _page(self, form: FollowUpForm, status: int = 200) -> dict[str, Any]:
        self.request.response.status_int = status
        return {
            "nav_current": "tickets",
            "earlier": self.earlier,
            "form": form,
            "preview": preview_of(self.request, form),
            "returned": only_looks(self.request),
        }
