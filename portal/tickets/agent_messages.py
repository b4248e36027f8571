"""Replies and notes of agents: sent, looked at, or changed from one into the other."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.agent_composer import Composer, Send
from portal.tickets.agent_page import from_query
from portal.tickets.agent_ticket import COMPOSE, TEMPLATE, TicketPage
from portal.tickets.forms import MessageForm, only_looks, preview_of
from portal.tickets.models import Message, MessageKind
from portal.tickets.resources import TicketResource
from portal.tickets.service import StaleThread, TicketRuleError, TicketService
from portal.web.i18n import N_
from portal.web.redirects import page, see_other

#: The button that makes a reply a note, or a note a reply; the second is asked about once.
BECOME = "become"
SURE = "reply-sure"

_MOVED_ON = N_(
    "Nothing was sent: somebody wrote while you did. Read what is new above, then send again."
)
_CLOSED = N_(
    "Nothing was sent: this ticket is closed and takes no more replies. "
    "What you wrote is kept here as a note."
)


@view_defaults(context=TicketResource, permission=Permission.WORK_TICKET, staff=True)
class AgentMessages:
    """What the composer sends. Nothing that was typed is lost, whatever the answer is."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.ticket = context.ticket
        self.ticket_page = TicketPage(context, request)
        self.service = TicketService(request.db, request.tenant, request.identity)

    @view_config(name="reply", request_method="GET")
    @view_config(name="note", request_method="GET")
    def to_form(self) -> HTTPSeeOther:
        """The address that a message was sent to, opened: the form it came from."""
        return self._to_ticket(**{COMPOSE: self.request.view_name})

    @view_config(name="reply", request_method="POST", renderer=TEMPLATE)
    def reply(self) -> dict[str, Any] | HTTPSeeOther:
        """Send a reply to the customer, and set the state that was chosen with it."""
        return self._take(MessageKind.REPLY)

    @view_config(name="note", request_method="POST", renderer=TEMPLATE)
    def note(self) -> dict[str, Any] | HTTPSeeOther:
        """Add an internal note."""
        return self._take(MessageKind.NOTE)

    def _take(self, kind: MessageKind) -> dict[str, Any] | HTTPSeeOther:
        form = MessageForm(self.request.POST)
        form.keep_files(self.request)
        if (wanted := self.request.POST.get(BECOME)) is not None:
            return self._show(_changed(form, kind, wanted))
        if only_looks(self.request):
            return self._show(Composer(kind, form, preview=preview_of(self.request, form)))
        if not form.validate():
            return self._show(Composer(kind, form, status=422))
        try:
            message = self._send(kind, form)
        except StaleThread:
            stale = Composer(
                kind, form, notice=_MOVED_ON, moved_on_from=form.seen_message, status=409
            )
            return self._show(stale)
        except TicketRuleError:
            return self._show(Composer(MessageKind.NOTE, form, notice=_CLOSED, status=409))
        self._say_sent(kind)
        return self._to_ticket(anchor=f"m{message.id}")

    def _send(self, kind: MessageKind, form: MessageForm) -> Message:
        # The kind is part of the form's key: a note that became a reply is another message.
        draft, seen = form.draft(kind), form.seen_message
        if kind is MessageKind.NOTE:
            return self.service.note(self.ticket, draft, seen=seen)
        wanted = self.request.POST.get("then")
        send = Send(wanted) if wanted in set(Send) else Send.PLAIN
        return self.service.reply(self.ticket, draft, seen=seen, state=send.state)

    def _say_sent(self, kind: MessageKind) -> None:
        _ = self.request.gettext
        if kind is MessageKind.NOTE:
            flash(self.request, _("Note added. Only your team sees it."))
        else:
            name = self.context.head.requester.name
            flash(self.request, _("Reply sent to %(name)s.", name=name))

    def _show(self, composer: Composer) -> dict[str, Any]:
        return self.ticket_page.values(composer)

    def _to_ticket(self, anchor: str | None = None, **query: str) -> HTTPSeeOther:
        kept = from_query(self.ticket_page.list)
        return see_other(
            self.request, page(self.request, self.context, query=query | kept, anchor=anchor)
        )


def _changed(form: MessageForm, kind: MessageKind, wanted: object) -> Composer:
    """The composer for the other kind; a note with words in it asks before it is a reply."""
    if kind is MessageKind.NOTE and wanted != SURE and form.text:
        return Composer(MessageKind.NOTE, form, asks=wanted == MessageKind.REPLY)
    to_note = wanted == MessageKind.NOTE
    return Composer(MessageKind.NOTE if to_note else MessageKind.REPLY, form)
