"""The chooser of macros as a piece of HTML, for the script of a ticket's page."""

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from portal.macros.chooser import ComposerMacros
from portal.security.permissions import Permission
from portal.tickets.forms import FIND, MACROS
from portal.tickets.models import MessageKind
from portal.tickets.options import read_options
from portal.tickets.resources import TicketResource


@view_config(
    context=TicketResource,
    name=MACROS,
    permission=Permission.WRITE_NOTE,
    staff=True,
    request_method="GET",
    renderer="portal:templates/macros/_chooser.jinja2",
)
def offer(context: TicketResource, request: Request) -> dict[str, Any]:
    """`?kind=note`: what a composer of that kind offers; `&empty=1`: nothing is written in it;
    `&find=…`: what has these words."""
    asked = request.GET
    kind = MessageKind.NOTE if asked.get("kind") == MessageKind.NOTE else MessageKind.REPLY
    options = read_options(request.db, request.tenant)
    chooser = ComposerMacros(context, request).chooser(
        kind, options, text=asked.get(FIND, ""), is_empty="empty" in asked
    )
    return {"chooser": chooser}
