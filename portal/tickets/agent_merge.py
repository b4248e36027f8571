"""Two tickets that are one: the page that merges them, links between tickets, and the way back."""

from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.tickets.agent_change import TicketChange
from portal.tickets.agent_marks import TEMPLATE
from portal.tickets.agent_page import from_query, view_groups
from portal.tickets.catalogue import read_tallies
from portal.tickets.choosing import TicketChooser, number_of
from portal.tickets.filters import MAX_QUERY
from portal.tickets.merging import MergeService
from portal.tickets.resources import TicketResource
from portal.tickets.thread import TicketHead, ticket_head
from portal.tickets.writer import TicketRuleError
from portal.web.forms import one_line
from portal.web.i18n import N_, Message

_MERGE = "portal:templates/tickets/agent_merge.jinja2"

#: The parameter with the other ticket's number, or words that find it.
WITH = "with"

_UNKNOWN = N_("There is no ticket with this number.")
_REFUSED = {
    "same": N_("This is the ticket itself. Choose another one."),
    "merged": N_("One of the two was merged before. Choose the ticket where it goes on."),
    "closed": N_("That ticket is closed and takes nothing more. Choose one that is not."),
}

_NOT_TAKEN_BACK = {
    "not_merged": N_("This ticket is not merged any more."),
    "merged_on": N_("The other ticket was merged, too. Take that back first."),
}


@view_defaults(context=TicketResource, permission=Permission.WORK_TICKET, staff=True)
class AgentMerge(TicketChange):
    """What brings a ticket and others together."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        super().__init__(context, request)
        self.service = MergeService(request.db, request.tenant, request.identity)

    @view_config(
        name="merge",
        request_method="GET",
        permission=Permission.MERGE_TICKETS,
        renderer=_MERGE,
    )
    def choose(self) -> dict[str, Any]:
        """Choose the other ticket; once it is chosen, what will become of both."""
        text = one_line(self.request.GET.get(WITH))[:MAX_QUERY]
        number = number_of(text)
        if number is None:
            return self._page(text)
        target = ticket_head(self.request.db, self.request.tenant.id, number)
        return self._page(text, target, self._why_not(target))

    @view_config(
        name="merge",
        request_method="POST",
        permission=Permission.MERGE_TICKETS,
        renderer=_MERGE,
    )
    def merge(self) -> dict[str, Any] | HTTPSeeOther:
        """Merge the ticket into the one that was looked at."""
        text = one_line(self.request.POST.get(WITH))
        target = self._head(number_of(text))
        try:
            if target is None:
                return self._page(text, None, _UNKNOWN, status=422)
            self.service.merge(self.ticket, target.ticket)
        except TicketRuleError as refused:
            return self._page(text, target, _REFUSED[refused.code], status=422)
        self.done(
            N_("#%(source)s was merged into this ticket.", source=self.ticket.number), "green"
        )
        return self.to_ticket(TicketResource(self.context.__parent__, target))

    @view_config(name="unmerge", request_method="POST", permission=Permission.MERGE_TICKETS)
    def take_back(self) -> HTTPSeeOther:
        """Make two tickets of them again."""
        try:
            self.service.take_apart(self.ticket)
        except TicketRuleError as refused:
            return self.done(_NOT_TAKEN_BACK[refused.code], "amber")
        return self.done(N_("The merge was taken back. These are two tickets again."))

    @view_config(name="link", request_method="POST", renderer=TEMPLATE)
    def link(self) -> dict[str, Any] | HTTPSeeOther:
        """Say that another ticket has to do with this one."""
        typed = one_line(self.request.POST.get("other"))
        other = self._head(number_of(typed))
        if other is None:
            return self.refuse("other", _UNKNOWN, typed)
        try:
            self.service.link(self.ticket, other.ticket)
        except TicketRuleError as refused:
            return self.refuse("other", _REFUSED[refused.code], typed)
        return self.done(N_("Saved."))

    @view_config(name="unlink", request_method="POST")
    def unlink(self) -> HTTPSeeOther:
        """Say that it has not."""
        other = self._head(number_of(one_line(self.request.POST.get("other"))))
        if other is None:
            raise HTTPBadRequest
        self.service.unlink(self.ticket, other.ticket)
        return self.done(N_("Saved."))

    @view_config(name="link", request_method="GET")
    @view_config(name="unlink", request_method="GET")
    @view_config(name="unmerge", request_method="GET")
    def opened(self) -> HTTPSeeOther:
        """The address that a form was sent to, opened: the ticket."""
        return self.to_ticket(self.context)

    def _head(self, number: int | None) -> TicketHead | None:
        if number is None:
            return None
        return ticket_head(self.request.db, self.request.tenant.id, number)

    def _why_not(self, target: TicketHead | None) -> Message | None:
        if target is None:
            return _UNKNOWN
        other = target.ticket
        if other.number == self.ticket.number:
            return _REFUSED["same"]
        if other.merged_into is not None or self.ticket.merged_into is not None:
            return _REFUSED["merged"]
        return _REFUSED["closed"] if other.state == "closed" else None

    def _page(
        self,
        text: str,
        target: TicketHead | None = None,
        problem: Message | None = None,
        status: int = 200,
    ) -> dict[str, Any]:
        request, tickets = self.request, self.context.__parent__
        chooser = TicketChooser(request.db, request.tenant, request.identity, self.ticket)
        words = text if number_of(text) is None else ""
        chosen = target is not None and problem is None
        tallies = read_tallies(request.db, request.tenant, request.identity.user_id)
        request.response.status_int = status
        return {
            "head": self.context.head,
            "target": target if chosen else None,
            "problem": problem,
            "text": text,
            "offered": [] if chosen else chooser.found(words) if words else chooser.of_requester(),
            "searched": bool(words),
            "kept": from_query(self.ticket_page.list),
            "tickets": tickets,
            "view_groups": view_groups(request, tickets, tallies, self.ticket_page.list),
        }
