"""What macros register."""

from collections.abc import Sequence

from pyramid.config import Configurator
from pyramid.request import Request

from portal.macros.resources import MacrosResource
from portal.security.permissions import Permission
from portal.web.i18n import N_
from portal.web.navigation import Entry
from portal.web.page import Link, LinkGroup


def macro_places(request: Request) -> Sequence[LinkGroup]:
    """The palette's way to a new macro; that to the list is in the rail."""
    if not request.identity.is_staff:
        return []
    url = request.place(request.context_tenant, "macros", "new")
    return [LinkGroup((Link(N_("New macro"), url, "zap"),))]


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_tenant_child(
        "macros", lambda parent, name: MacrosResource(parent.request, parent, name)
    )
    config.add_navigation(Entry(N_("Macros"), "zap", "macros", Permission.LIST_TICKETS, 25))
    config.add_palette_source(macro_places)
    config.include("portal.macros.settings_file")
    config.include("portal.macros.told")
    config.scan("portal.macros.pages")
    config.scan("portal.macros.views_chooser")
