"""Tickets, messages, events; the customer's and the agent's pages of them."""

from pyramid.config import Configurator

from portal.security.permissions import Permission
from portal.tickets.first_ticket import FIRST_TICKET
from portal.tickets.happenings import add_ticket_listener
from portal.tickets.palette_places import palette_places
from portal.tickets.person_notes import notes_about
from portal.tickets.person_tickets import tickets_about
from portal.tickets.resources import TicketsResource
from portal.web.i18n import N_
from portal.web.navigation import Entry


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_directive("add_ticket_listener", add_ticket_listener)
    config.add_tenant_child(
        "tickets", lambda parent, name: TicketsResource(parent.request, parent, name)
    )
    config.add_navigation(
        Entry(N_("Tickets"), "inbox", "tickets", Permission.LIST_TICKETS, 10, "g v")
    )
    config.add_navigation(Entry(N_("Home"), "house", "", Permission.USE_PORTAL, 0, "g h"))
    config.include("portal.tickets.home_sections")
    config.add_first_step(FIRST_TICKET)
    config.add_people_section(notes_about)
    config.add_people_section(tickets_about)
    config.add_palette_source(palette_places)
    config.include("portal.tickets.upkeep")
    config.scan("portal.tickets", ignore="portal.tickets.models")
