"""The front door of an installation: it names no tenant to strangers."""

from typing import Any

from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from portal.resources import Root, TenantResource
from portal.tenants.directory import TenantDirectory


@view_config(
    context=Root,
    request_method="GET",
    permission=NO_PERMISSION_REQUIRED,
    renderer="portal:templates/tenants/front.jinja2",
)
def front(context: Root, request: Request) -> dict[str, Any]:
    """What this address is. Only in development does it list the tenants that live here."""
    tenants = TenantDirectory(request.db).all() if request.portal.development else []
    return {
        "links": [
            (tenant.name, request.place(TenantResource(request, context, tenant.slug, tenant)))
            for tenant in tenants
        ]
    }
