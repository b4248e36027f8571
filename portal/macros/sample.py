"""A made-up ticket, for looking at macros."""

from pyramid.request import Request

from portal.macros.variables import Surroundings
from portal.web.i18n import N_

_NUMBER = 4127


def sample(request: Request) -> Surroundings:
    """What the variables are worth on a ticket that there is not; agent and company are real."""
    tickets = request.context_tenant["tickets"]
    return Surroundings(
        requester_name="Robin Example",
        requester_email="robin@customer.example",
        organisation="Example Ltd",
        number=_NUMBER,
        subject=request.gettext(N_("My order has not arrived")),
        url=request.absolute(tickets, _NUMBER),
        agent_name=request.identity.name,
        company=request.tenant.name,
    )
