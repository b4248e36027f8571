"""Drafts over HTTP: pages save what is being written, and a list shows all that is one's own."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther, HTTPUnprocessableEntity
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.composer.drafts import (
    KINDS,
    NEW_TICKET,
    NO_TICKET,
    DraftConflict,
    DraftService,
    ListedDraft,
)
from portal.composer.keeping import MAX_BODY, drafts, written_in
from portal.security.permissions import Permission
from portal.security.policy import require
from portal.security.sessions import flash
from portal.tickets.agent_page import views_beside
from portal.tickets.forms import MessageForm
from portal.tickets.markdown import snippet
from portal.tickets.models import MessageKind
from portal.tickets.resources import TicketResource, TicketsResource
from portal.web.redirects import page, see_other

_LIST = "portal:templates/composer/drafts.jinja2"


class _Drafts:
    """What the drafts of tickets and those of new tickets have in common."""

    number: int
    kind: str

    def __init__(self, context: Any, request: Request) -> None:
        self.context = context
        self.request = request

    @property
    def service(self) -> DraftService:
        """The drafts of whoever asks."""
        return drafts(self.request)

    def save(self) -> dict[str, Any]:
        """Keep what a page has. 409 when another page saved, sent or discarded it meanwhile."""
        request = self.request
        written = written_in(request, MessageForm(request.POST))
        if len(written.body.encode("utf-8", "replace")) > MAX_BODY:
            raise HTTPUnprocessableEntity
        try:
            return {"revision": self.service.save(self.number, self.kind, written)}
        except DraftConflict as conflict:
            request.response.status_int = 409
            return {"revision": conflict.current.revision if conflict.current else 0}

    def discard(self) -> HTTPSeeOther:
        """Forget the draft."""
        self.service.discard(self.number, self.kind)
        flash(self.request, self.request.gettext("The draft is discarded."))
        return see_other(self.request, page(self.request, self.context, *self.back))

    @property
    def back(self) -> tuple[str, ...]:
        """Where one stands after a draft was discarded, below the context."""
        return ("drafts",) if "list" in self.request.GET else ()


@view_defaults(context=TicketResource, permission=Permission.VIEW_TICKET, request_method="POST")
class TicketDrafts(_Drafts):
    """Drafts of replies, notes and follow-ups: `?kind=reply`, `?kind=note`, `?kind=ticket`."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        super().__init__(context, request)
        self.number = context.ticket.number
        self.kind = request.GET.get("kind", MessageKind.REPLY)
        if self.kind not in KINDS:
            raise HTTPNotFound

    @view_config(name="draft", renderer="json")
    def save_one(self) -> dict[str, Any]:
        """Save the draft, for those who may send what it becomes."""
        is_note = self.kind == MessageKind.NOTE
        wanted = Permission.WRITE_NOTE if is_note else Permission.REPLY
        require(self.request, wanted, self.context)
        return self.save()

    @view_config(name="discard-draft")
    def discard_one(self) -> HTTPSeeOther:
        """Discard it."""
        if "list" in self.request.GET:
            self.context = self.context.__parent__
        return self.discard()


@view_defaults(context=TicketsResource, permission=Permission.OPEN_TICKET)
class NewTicketDrafts(_Drafts):
    """The draft of a new ticket, and the list of all drafts."""

    number = NO_TICKET
    kind = NEW_TICKET

    @view_config(name="draft", request_method="POST", renderer="json")
    def save_one(self) -> dict[str, Any]:
        """Save the draft of a new ticket."""
        return self.save()

    @view_config(name="discard-draft", request_method="POST")
    def discard_one(self) -> HTTPSeeOther:
        """Discard it."""
        return self.discard()

    @property
    def back(self) -> tuple[str, ...]:
        """An empty form, or the list."""
        return super().back or ("new",)

    @view_config(
        name="drafts", request_method="GET", permission=Permission.LIST_TICKETS, renderer=_LIST
    )
    def index(self) -> dict[str, Any]:
        """Everything that one has begun to write."""
        request = self.request
        values: dict[str, Any] = {
            "nav_current": "tickets",
            "drafts": self.service.listed(),
            "start": _start,
        }
        if request.identity.is_staff:
            values["view_groups"] = views_beside(request, self.context)
        return values


def _start(draft: ListedDraft) -> str:
    """The first words of a draft."""
    return snippet(draft.body)
