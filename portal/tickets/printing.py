"""A ticket on paper: all of it that is shown, and nothing to click."""

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.tickets.agent_history import event_words
from portal.tickets.resources import TicketResource
from portal.tickets.tags import TagService
from portal.tickets.thread import ThreadReader
from portal.tickets.timeline import until_from
from portal.tickets.topic_panel import shown_fields


@view_defaults(
    context=TicketResource, permission=Permission.VIEW_TICKET, staff=True, request_method="GET"
)
class TicketOnPaper:
    """The print view. Notes are on it unless the reader leaves them out."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(name="print", renderer="portal:templates/tickets/agent_print.jinja2")
    def show(self) -> dict[str, Any]:
        """The thread from top to bottom; `?notes=no` is what a customer may be given."""
        request, ticket = self.request, self.context.ticket
        with_notes = request.GET.get("notes") != "no"
        scope = (request.db, request.tenant)
        reader = ThreadReader(*scope, ticket, for_staff=True, until=until_from(request))
        entries = reader.entries()
        if not with_notes:
            entries = [entry for entry in entries if entry.kind == "reply"]
        return {
            "head": self.context.head,
            "entries": entries,
            "files": reader.files(),
            "earlier": reader.earlier,
            "event_words": event_words,
            "tags": TagService(*scope, request.identity).of(ticket),
            "answers": shown_fields(*scope, ticket, for_customers=not with_notes),
            "with_notes": with_notes,
        }
