"""The JSON API: what the tenant's own programs may read and do."""

from pyramid.config import Configurator

from portal.api import cors, idempotency, limits
from portal.api.resources import beside_tenants, in_a_tenant


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_tenant_child("api", in_a_tenant)
    config.add_root_child("api", beside_tenants)
    limits.includeme(config)
    cors.includeme(config)
    idempotency.includeme(config)
    config.scan("portal.api")
