"""Search in tickets and people: words, operators, ranked results."""

from pyramid.config import Configurator

from portal.security.permissions import Permission
from portal.web.i18n import N_
from portal.web.navigation import Entry


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_navigation(
        Entry(N_("Search"), "search", "tickets/search", Permission.LIST_TICKETS, 15, "g s")
    )
    config.include("portal.search.reindex")
    config.scan("portal.search", ignore="portal.search.models")
