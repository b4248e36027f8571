"""A ticket's fields, changed one at a time, so that two agents do not undo each other."""

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.absence import tell_absence
from portal.tickets.agent_composer import Composer
from portal.tickets.agent_page import came_from, from_query
from portal.tickets.agent_ticket import TEMPLATE, TicketPage
from portal.tickets.custom_fields import CustomFieldService, FieldsMissing
from portal.tickets.models import Priority, State
from portal.tickets.resources import TicketResource
from portal.tickets.service import TicketRuleError, TicketService
from portal.web.i18n import N_
from portal.web.redirects import page, see_other

_REFUSED = {
    "closed": N_("A closed ticket stays closed. Nothing was changed."),
    "merged": N_("This ticket was merged into another one. Nothing was changed."),
    "assignee": N_("This person no longer takes tickets. Nothing was changed."),
    "project": N_("This project is no longer on offer. Nothing was changed."),
    "topic": N_("This topic is no longer on offer. Nothing was changed."),
    "team": N_("This team is no longer on offer. Nothing was changed."),
}


@view_defaults(context=TicketResource, permission=Permission.WORK_TICKET, staff=True)
class AgentFields:
    """The forms of the properties: each sends one field."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.ticket = context.ticket
        self.service = TicketService(request.db, request.tenant, request.identity)

    @view_config(name="fields", request_method="GET")
    def to_ticket(self) -> HTTPSeeOther:
        """The address that a field was sent to, opened: the ticket."""
        query = from_query(came_from(self.request))
        return see_other(self.request, page(self.request, self.context, query=query))

    @view_config(name="fields", request_method="POST", renderer=TEMPLATE)
    def change(self) -> dict[str, Any] | HTTPSeeOther:
        """Set the field that was sent, and only that."""
        name, value = self._sent()
        _ = self.request.gettext
        try:
            self._setters[name](value)
        except ValueError as error:
            raise HTTPBadRequest from error
        except FieldsMissing as refused:
            ticket_page = TicketPage(self.context, self.request)
            ticket_page.missing = refused.messages
            return ticket_page.values(Composer())
        except TicketRuleError as refused:
            flash(self.request, _(_REFUSED[refused.code]), "amber")
        else:
            flash(self.request, _("Saved."))
            if name == "assignee":
                tell_absence(self.request, self.ticket.assignee_id)
        return self.to_ticket()

    def _sent(self) -> tuple[str, str]:
        sent = [(name, self.request.POST.get(name)) for name in self._setters]
        match [(name, value) for name, value in sent if isinstance(value, str)]:
            case [one]:
                return one
            case _:
                raise HTTPBadRequest

    @property
    def _setters(self) -> dict[str, Callable[[str], Any]]:
        service, ticket = self.service, self.ticket
        custom = CustomFieldService(self.request.db, self.request.tenant, self.request.identity)
        return {
            "assignee": lambda value: service.set_assignee(ticket, _key(value)),
            "state": lambda value: service.set_state(ticket, State(value)),
            "priority": lambda value: service.set_priority(ticket, Priority(value)),
            "project": lambda value: service.set_project(ticket, _key(value)),
            "team": lambda value: service.set_team(ticket, _key(value)),
            "topic": lambda value: custom.set_topic(ticket, _key(value)),
        }


def _key(value: str) -> int | None:
    """An id of a form, or None for the empty choice. Raises ValueError."""
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise ValueError(value)
    return int(value)
