"""Replies and notes of agents: sent, looked at, or changed from one into the other."""

import re
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.composer.held import THEN, HeldReplies, SomebodySends
from portal.composer.keeping import forget, keep
from portal.composer.models import HeldReply
from portal.macros.refusals import refusal, unfinished
from portal.people.preferences import AfterSend
from portal.security.permissions import Permission
from portal.security.policy import require
from portal.security.sessions import flash
from portal.tickets.agent_composer import Composer, Send
from portal.tickets.agent_form import AgentForm
from portal.tickets.agent_page import from_query, list_query
from portal.tickets.agent_ticket import COMPOSE, TEMPLATE, TicketPage
from portal.tickets.custom_fields import FieldsMissing
from portal.tickets.forms import only_looks, preview_of
from portal.tickets.models import Message, MessageKind
from portal.tickets.resources import TicketResource
from portal.tickets.service import StaleThread, TicketRuleError
from portal.web.i18n import N_
from portal.web.i18n import Message as Words
from portal.web.redirects import page, see_other

#: The button that makes a reply a note, or a note a reply; the second is asked about once.
BECOME = "become"
SURE = "reply-sure"
#: The anchor of a reply that can still be undone.
SENDING = "sending"
#: However long somebody asks for, a customer does not wait longer.
MOST_SECONDS = 60

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

_MOVED_ON = N_(
    "Nothing was sent: somebody wrote while you did. Read what is new above, then send again."
)
_CAME_ALONG = N_(
    "Nothing was sent: another ticket was merged into this one while you wrote. Read what is new "
    "above, then send again."
)
_CLOSED = N_(
    "Nothing was sent: this ticket is closed and takes no more replies. "
    "What you wrote is kept here as a note."
)


@view_defaults(context=TicketResource, permission=Permission.WRITE_NOTE, staff=True)
class AgentMessages:
    """What the composer sends. Nothing that was typed is lost, whatever the answer is."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.ticket = context.ticket
        self.ticket_page = TicketPage(context, request)
        self.service = HeldReplies(request.db, request.tenant, request.identity)

    @view_config(name="reply", request_method="GET")
    @view_config(name="note", request_method="GET")
    def to_form(self) -> HTTPSeeOther:
        """The address that a message was sent to, opened: the form it came from."""
        return self._to_ticket(**{COMPOSE: self.request.view_name})

    @view_config(
        name="reply", request_method="POST", permission=Permission.REPLY, renderer=TEMPLATE
    )
    def reply(self) -> dict[str, Any] | HTTPSeeOther:
        """Send a reply to the customer, and set the state that was chosen with it."""
        return self._take(MessageKind.REPLY)

    @view_config(name="undo", request_method="POST")
    def undo(self) -> HTTPSeeOther:
        """Take a reply back that has not gone yet."""
        held = str(self.request.GET.get("held"))
        undone = self.service.undo(int(held)) if _NUMBER.fullmatch(held) else None
        _ = self.request.gettext
        if undone is None:
            flash(self.request, _("It was too late: the reply has been sent."), "amber")
            return self._to_ticket()
        flash(self.request, _("Your reply was not sent. It is back in the composer."))
        # The field itself: it has the focus then, which a part of the page that holds it has not.
        return self._to_ticket(anchor="body", **{COMPOSE: MessageKind.REPLY})

    @view_config(name="note", request_method="POST", renderer=TEMPLATE)
    def note(self) -> dict[str, Any] | HTTPSeeOther:
        """Add an internal note."""
        return self._take(MessageKind.NOTE)

    def _take(self, kind: MessageKind) -> dict[str, Any] | HTTPSeeOther:
        form = AgentForm(self.request.POST)
        form.keep_files(self.request)
        if (wanted := self.request.POST.get(BECOME)) is not None:
            return self._become(_changed(form, kind, wanted), kind)
        if only_looks(self.request):
            composer = Composer(kind, form, preview=preview_of(self.request, form))
            return self._become(self.ticket_page.macros.applied(composer), kind)
        if not form.validate():
            return self._keep(Composer(kind, form, status=422))
        try:
            sent = self._send(kind, form)
        except StaleThread:
            return self._keep(self._stale(kind, form))
        except SomebodySends as somebody:
            return self._keep(Composer(kind, form, notice=_sends(somebody.name), status=409))
        except FieldsMissing as lacking:
            self.ticket_page.missing = lacking.messages
            new_topic = any(each.key != self.ticket.topic_id for each in form.carried.topic)
            notice = unfinished(lacking.named, asked_by_change=new_topic)
            return self._keep(Composer(kind, form, notice=notice, then=Send.SOLVED, status=422))
        except TicketRuleError as refused:
            if refused.code == "merged":
                return self._at_target(kind, form)
            if (why := refusal(refused.code, kind)) is not None:
                return self._keep(Composer(kind, form, notice=why, status=409))
            return self._become(Composer(MessageKind.NOTE, form, notice=_CLOSED, status=409), kind)
        forget(self.request, self.ticket.number, kind, form)
        return self._after(kind, sent)

    def _send(self, kind: MessageKind, form: AgentForm) -> Message | HeldReply:
        # The kind is part of the form's key: a note that became a reply is another message.
        draft, seen = form.draft(kind), form.seen_message
        if kind is MessageKind.NOTE:
            return self.service.note_with(self.ticket, draft, form.carried, seen=seen)
        wanted = self.request.POST.get(THEN)
        send = Send(wanted) if wanted in set(Send) else Send.PLAIN
        seconds = self.request.identity.preferences.undo_seconds
        if seconds > 0 and self.ticket.requester_id != self.request.identity.user_id:
            return self.service.hold(
                self.ticket,
                draft,
                seen=seen,
                state=send.state,
                carried=form.carried,
                seconds=min(seconds, MOST_SECONDS),
            )
        self.service.refuse_others(self.ticket)
        return self.service.reply_with(
            self.ticket, draft, form.carried, seen=seen, state=send.state
        )

    def _stale(self, kind: MessageKind, form: AgentForm) -> Composer:
        """The form comes back, below what its writer had not seen."""
        is_newer = self.ticket.last_message_id > form.seen_message
        return Composer(
            kind,
            form,
            notice=_MOVED_ON if is_newer else _CAME_ALONG,
            moved_on_from=form.seen_message,
            seen_count=form.messages_seen,
            status=409,
        )

    def _at_target(self, kind: MessageKind, form: AgentForm) -> dict[str, Any]:
        """The ticket that this one was merged into, with what was written in its composer."""
        target = self.context
        while (number := target.ticket.merged_into) is not None:
            target = self.context.__parent__[str(number)]
        # What the page links to, and where its forms post, is the other ticket.
        self.request.context = target
        form.seen.data = form.seen_count.data = ""
        keep(self.request, target.ticket.number, kind, form)
        composer = Composer(kind, form, notice=_merged(self.ticket.number), status=409)
        return TicketPage(target, self.request).values(composer)

    def _after(self, kind: MessageKind, sent: Message | HeldReply) -> HTTPSeeOther:
        """Say what happened, and go where the agent prefers to go."""
        if isinstance(sent, Message):
            self._say_sent(kind)
            anchor = f"m{sent.id}"
        else:
            name = self.context.head.requester.name
            text = self.request.gettext("Your reply to %(name)s is on its way.", name=name)
            undo = self.ticket_page.url("undo", held=str(sent.id))
            seconds = self.request.identity.preferences.undo_seconds
            flash(self.request, text, undo=undo, seconds=seconds)
            anchor = SENDING
        if kind is MessageKind.REPLY:
            wanted = self.request.identity.preferences.after_send
            if wanted is AfterSend.NEXT:
                kept = from_query(self.ticket_page.list)
                return see_other(self.request, page(self.request, self.context, "next", query=kept))
            if wanted is AfterSend.LIST:
                query = list_query(self.ticket_page.list)
                tickets = self.context.__parent__
                return see_other(self.request, page(self.request, tickets, query=query))
        return self._to_ticket(anchor=anchor)

    def _keep(self, composer: Composer) -> dict[str, Any]:
        """The form comes back, and what it says is kept, also for when the page is closed."""
        if composer.kind is not None:
            keep(self.request, self.ticket.number, composer.kind, composer.form)
        return self._show(composer)

    def _become(self, composer: Composer, before: MessageKind) -> dict[str, Any]:
        """The draft changes its kind with the form."""
        if composer.kind is MessageKind.REPLY:
            require(self.request, Permission.REPLY, self.context)
        if composer.kind is not before:
            forget(self.request, self.ticket.number, before, composer.form)
            composer.form.revision.data = "0"
        return self._keep(composer)

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


def _merged(number: int) -> Words:
    return N_(
        "Nothing was sent: #%(number)s was merged into this ticket while you wrote. Read what is "
        "here, then send what you wrote from here.",
        number=number,
    )


def _sends(name: str) -> Words:
    return N_(
        "Nothing was sent: %(name)s is sending a reply to this ticket right now. Read it first, "
        "then send yours.",
        name=name,
    )


def _changed(form: AgentForm, kind: MessageKind, wanted: object) -> Composer:
    """The composer for the other kind; a note with words in it asks before it is a reply."""
    if kind is MessageKind.NOTE and wanted != SURE and form.text:
        return Composer(MessageKind.NOTE, form, asks=wanted == MessageKind.REPLY)
    to_note = wanted == MessageKind.NOTE
    return Composer(MessageKind.NOTE if to_note else MessageKind.REPLY, form)
