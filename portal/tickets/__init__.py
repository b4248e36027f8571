"""Tickets, messages, events; the customer's and the agent's pages of them."""

from pyramid.config import Configurator

from portal.tickets.resources import TicketsResource


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_tenant_child(
        "tickets", lambda parent, name: TicketsResource(parent.request, parent, name)
    )
    config.scan("portal.tickets", ignore="portal.tickets.models")
