"""The JSON API: what the tenant's own programs may read."""

from pyramid.config import Configurator

from portal.api.resources import ApiResource


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_tenant_child("api", lambda parent, name: ApiResource(parent.request, parent, name))
    config.scan("portal.api")
