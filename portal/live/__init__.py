"""Live: who looks at a ticket or types in it, and what changed since a page was made."""

from pyramid.config import Configurator
from pyramid.request import Request

from portal.live.authenticator import PulseSession
from portal.live.models import Presence
from portal.live.pulse import EXPIRES, REGISTRY_KEY, PulseReader, add_pulse_part
from portal.live.resources import LiveResource
from portal.live.versions import page_moment, ticket_version
from portal.tickets.thread import TicketHead


def ticket_pulse(request: Request, head: TicketHead) -> dict[str, str]:
    """`request.ticket_pulse(head)`: what the page of a ticket needs to follow it."""
    for_staff = request.identity.is_staff
    copied = [each.id for each in head.copied]
    return {
        "url": request.place(request.context_tenant, "live", head.ticket.number),
        "version": ticket_version(head.ticket, copied, for_staff=for_staff),
    }


def list_pulse(request: Request) -> dict[str, str]:
    """`request.list_pulse()`: what any other page needs to follow the lists."""
    return {"url": request.place(request.context_tenant, "live"), "version": page_moment()}


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.registry[REGISTRY_KEY] = []
    config.add_directive("add_pulse_part", add_pulse_part)
    config.add_authenticator(PulseSession())
    config.add_tenant_child("live", lambda parent, name: LiveResource(parent.request, parent, name))
    config.add_request_method(ticket_pulse)
    config.add_request_method(list_pulse)
    config.add_sweep(Presence, lambda now, _tenant_id: Presence.seen_at < now - EXPIRES)

    def complete() -> None:
        config.registry["live.reader"] = PulseReader(config.registry[REGISTRY_KEY])

    config.action(None, complete, order=999)
    config.scan("portal.live", ignore="portal.live.models")
