"""The fields of a ticket's topic, changed by agents one at a time."""

from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.tickets.agent_change import TicketChange
from portal.tickets.agent_ticket import TEMPLATE
from portal.tickets.custom_fields import CustomFieldService
from portal.tickets.resources import TicketResource
from portal.tickets.writer import TicketRuleError
from portal.web.i18n import N_


@view_defaults(context=TicketResource, permission=Permission.WORK_TICKET, staff=True, name="custom")
class AgentCustomFields(TicketChange):
    """The forms of the topic's fields: each sends one value."""

    @view_config(request_method="GET")
    def to_field(self) -> HTTPSeeOther:
        """The address that a value was sent to, opened: the ticket."""
        return self.to_ticket(self.context)

    @view_config(request_method="POST", renderer=TEMPLATE)
    def change(self) -> dict[str, Any] | HTTPSeeOther:
        """Set the value that was sent, and only that."""
        key, typed = self.request.POST.get("key"), self.request.POST.get("value")
        if not isinstance(key, str) or not isinstance(typed, str):
            raise HTTPBadRequest
        request = self.request
        service = CustomFieldService(request.db, request.tenant, request.identity)
        try:
            service.set_value(self.ticket, key, typed)
        except TicketRuleError:
            return self.done(N_("This field is no longer asked. Nothing was changed."), "amber")
        except ValueError as error:
            return self.refuse(f"custom-{key}", error.args[0], typed)
        return self.done(N_("Saved."))
