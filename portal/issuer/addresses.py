"""The issuer's address and its endpoints: one address a tenant, however it was reached.

A client compares the issuer letter for letter (OpenID Connect Discovery, 4.3), so a tenant with a
host of its own has that as its issuer, also for those who come by its path.
"""

from urllib.parse import urlsplit

from pyramid.request import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.tenants.models import Tenant, TenantHost

#: The segment below the tenant where the endpoints are.
PLACE = "oauth2"


def issuer_url(request: Request) -> str:
    """The issuer identifier of the request's tenant, without a slash at its end."""
    found: str | None = getattr(request, "issuer_url_found", None)
    if found is None:
        found = issuer_of(request.db, request.tenant, request.portal.origin)
        request.issuer_url_found = found
    return found


def issuer_of(db: Session, tenant: Tenant, origin: str) -> str:
    """The issuer identifier of a tenant of the portal at `origin`."""
    host = db.scalar(
        select(TenantHost.host)
        .where(TenantHost.tenant_id == tenant.id)
        .order_by(TenantHost.position)
        .limit(1)
    )
    if host is None:
        return f"{origin}/{tenant.slug}"
    base = urlsplit(origin)
    port = f":{base.port}" if base.port else ""
    return f"{base.scheme}://{host}{port}"


def endpoint(request: Request, name: str) -> str:
    """The absolute address of one of the issuer's endpoints."""
    return f"{issuer_url(request)}/{PLACE}/{name}"
