"""The tenant's colours and logo as files of their own, since pages carry no inline style."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config
from sqlalchemy import select

from portal.tenants.models import TenantLogo
from portal.web.colour import accent_css
from portal.web.tree import Resource

#: URLs carry the brand's version, so what they show never changes.
_FOREVER = "public, max-age=31536000, immutable"


class BrandingResource(Resource):
    """`branding`: for everybody, before anybody has signed in."""


@view_config(
    context=BrandingResource,
    name="brand.css",
    request_method="GET",
    permission=NO_PERMISSION_REQUIRED,
)
def brand_css(context: BrandingResource, request: Request) -> Response:
    """The one custom property that all of the tenant's colours are derived from."""
    response = Response(
        body=accent_css(request.tenant.accent).encode(), content_type="text/css", charset="utf-8"
    )
    response.headers["Cache-Control"] = _FOREVER
    return response


@view_config(
    context=BrandingResource, name="logo", request_method="GET", permission=NO_PERMISSION_REQUIRED
)
def logo(context: BrandingResource, request: Request) -> Response:
    """The tenant's logo; an SVG cannot run scripts under this policy."""
    found = request.db.scalar(select(TenantLogo).where(TenantLogo.tenant_id == request.tenant.id))
    if found is None:
        raise HTTPNotFound
    response = Response(body=found.data, content_type=found.content_type)
    response.headers["Cache-Control"] = _FOREVER
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def brand_urls(request: Request) -> dict[str, Any]:
    """What every page of a tenant needs: where its colours and its logo are."""
    tenant, place = request.tenant, request.context_tenant
    if tenant is None or place is None:
        return {"brand_css_url": None, "logo_url": None}
    version = {"v": tenant.brand_version}
    css = request.place(place, "branding", "brand.css", query=version)
    picture = request.place(place, "branding", "logo", query=version) if tenant.has_logo else None
    return {"brand_css_url": css, "logo_url": picture}


def add_brand(event: Any) -> None:
    """Give every page its tenant's colours and logo."""
    request: Request | None = event.get("request")
    if request is not None:
        for name, value in brand_urls(request).items():
            event.setdefault(name, value)


def includeme(config: Configurator) -> None:
    """Mount the brand's files, and name them to every page."""
    config.add_tenant_child(
        "branding", lambda parent, name: BrandingResource(parent.request, parent, name)
    )
    config.add_subscriber(add_brand, "pyramid.events.BeforeRender")
    config.scan("portal.tenants.branding")
