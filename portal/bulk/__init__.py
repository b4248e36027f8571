"""Bulk: one change to many tickets at once, with progress, a result and undo."""

from pyramid.config import Configurator

from portal.bulk.resources import BulkResource


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.bulk.jobs")
    config.add_tenant_child("bulk", lambda parent, name: BulkResource(parent.request, parent, name))
    config.scan("portal.bulk", ignore="portal.bulk.models")
