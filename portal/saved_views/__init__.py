"""Saved views: any list of tickets, kept under a name, for oneself, a team or all."""

from pyramid.config import Configurator

from portal.saved_views.resources import SavedViewsResource


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_tenant_child(
        "views", lambda parent, name: SavedViewsResource(parent.request, parent, name)
    )
    config.include("portal.saved_views.settings_file")
    config.include("portal.saved_views.told")
    config.scan("portal.saved_views.pages")
