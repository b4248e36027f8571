"""Tenants: their hosts, brand and settings."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from portal.tenants.branding import BrandingResource, brand_urls


def add_brand(event: Any) -> None:
    """Give every page its tenant's colours and logo."""
    request: Request | None = event.get("request")
    if request is not None:
        for name, value in brand_urls(request).items():
            event.setdefault(name, value)


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_tenant_child(
        "branding", lambda parent, name: BrandingResource(parent.request, parent, name)
    )
    config.add_subscriber(add_brand, "pyramid.events.BeforeRender")
    config.scan("portal.tenants", ignore="portal.tenants.models")
