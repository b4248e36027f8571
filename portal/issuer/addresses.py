"""The issuer's address and its endpoints: one address a tenant, however it was reached.

A client compares the issuer letter for letter (OpenID Connect Discovery, 4.3), so a tenant with a
host of its own has that as its issuer, also for those who come by its path.
"""

from urllib.parse import urlsplit

from pyramid.request import Request
from sqlalchemy import select

from portal.tenants.models import TenantHost

#: The segment below the tenant where the endpoints are.
PLACE = "oauth2"


def issuer_url(request: Request) -> str:
    """The issuer identifier of the request's tenant, without a slash at its end."""
    found: str | None = getattr(request, "issuer_url_found", None)
    if found is None:
        host = request.db.scalar(
            select(TenantHost.host)
            .where(TenantHost.tenant_id == request.tenant.id)
            .order_by(TenantHost.position)
            .limit(1)
        )
        base = urlsplit(request.portal.origin)
        if host is None:
            found = f"{request.portal.origin}/{request.tenant.slug}"
        else:
            port = f":{base.port}" if base.port else ""
            found = f"{base.scheme}://{host}{port}"
        request.issuer_url_found = found
    return found


def endpoint(request: Request, name: str) -> str:
    """The absolute address of one of the issuer's endpoints."""
    return f"{issuer_url(request)}/{PLACE}/{name}"
