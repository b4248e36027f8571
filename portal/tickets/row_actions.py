"""What the buttons in the rows of a list do: star a ticket, put it to sleep, wake it."""

from collections.abc import Callable

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.security.policy import require
from portal.security.sessions import flash
from portal.tickets.models import Ticket
from portal.tickets.queue_columns import back_to_list
from portal.tickets.resources import TicketResource, TicketsResource
from portal.tickets.snooze import SnoozeService
from portal.tickets.snooze_times import Snooze, snooze_until
from portal.tickets.stars import StarService
from portal.tickets.writer import TicketRuleError
from portal.web.clock import now, request_zone
from portal.web.forms import one_line
from portal.web.i18n import N_

#: What more is needed than for a mark of one's own.
_NEEDS = {"snooze": Permission.WORK_TICKET, "wake": Permission.WORK_TICKET}


@view_defaults(
    context=TicketsResource,
    name="rows",
    permission=Permission.LIST_TICKETS,
    staff=True,
    request_method="POST",
)
class RowActions:
    """`tickets/rows`: the name of the button is what to do, its value the ticket's number."""

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.scope = (request.db, request.tenant, request.identity)

    @view_config()
    def act(self) -> HTTPSeeOther:
        """Do it, and go back to the list. Raises HTTPNotFound for what cannot be meant."""
        actions: dict[str, Callable[[Ticket], str]] = {
            "star": self._star,
            "unstar": self._unstar,
            "snooze": self._snooze,
            "wake": self._wake,
        }
        name = next((name for name in actions if name in self.request.POST), None)
        if name is None:
            raise HTTPNotFound
        permission = _NEEDS.get(name, Permission.WRITE_NOTE)
        ticket = self._ticket(one_line(self.request.POST.get(name)), permission)
        try:
            flash(self.request, actions[name](ticket))
        except TicketRuleError:
            text = N_("Nothing was changed: ticket #%(number)s is solved.")
            flash(self.request, self._said(text, ticket), "amber")
        return back_to_list(self.context, self.request)

    def _ticket(self, number: str, permission: Permission) -> Ticket:
        try:
            found: TicketResource = self.context[number]
        except KeyError:
            raise HTTPNotFound from None
        require(self.request, permission, found)
        return found.ticket

    def _star(self, ticket: Ticket) -> str:
        StarService(*self.scope).star(ticket)
        return self._said(N_("Ticket #%(number)s has a star now. Only you see it."), ticket)

    def _unstar(self, ticket: Ticket) -> str:
        StarService(*self.scope).unstar(ticket)
        return self._said(N_("Ticket #%(number)s has no star any more."), ticket)

    def _snooze(self, ticket: Ticket) -> str:
        until = snooze_until(Snooze.TOMORROW, "", request_zone(self.request), now())
        SnoozeService(*self.scope).snooze(ticket, until)
        return self._said(N_("Ticket #%(number)s sleeps until tomorrow morning."), ticket)

    def _wake(self, ticket: Ticket) -> str:
        SnoozeService(*self.scope).wake(ticket)
        return self._said(N_("Ticket #%(number)s is back in its queues."), ticket)

    def _said(self, sentence: str, ticket: Ticket) -> str:
        said: str = self.request.gettext(sentence, number=ticket.number)
        return said
