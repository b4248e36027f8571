"""The API in the tree: `api/v2/tickets`, `api/v2/tickets/42`, `api/auth`.

It stands in every tenant, and once more beside them: there the API key says whose it is.
"""

import re
from typing import ClassVar

from pyramid.authorization import DENY_ALL, Allow
from pyramid.request import Request

from portal.resources import Acl, Resource, TenantResource, enter
from portal.security.permissions import Permission
from portal.signin.resources import endpoint_below
from portal.tenants.directory import TenantDirectory

#: As in the pages: one spelling for each ticket.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class ApiResource(Resource):
    """`api`: takes API keys and nothing else, and answers in JSON whatever happens."""

    accepts = frozenset({"api_key"})
    speaks_json = True
    __acl__: ClassVar[Acl] = [
        (Allow, "scope:tickets:read", Permission.API_READ_TICKETS),
        (Allow, "scope:tickets:write", Permission.API_WRITE_TICKETS),
        (Allow, "scope:auth:redirect", Permission.API_SIGN_IN),
        DENY_ALL,
    ]

    def __getitem__(self, name: str) -> Resource:
        if name == "v2":
            return ApiVersion(self.request, self, name)
        if name == "auth":
            return ApiAuthResource(self.request, self, name)
        # Some vendors' tokens arrive below this segment.
        return endpoint_below(self, "api", name)


class ApiAuthResource(Resource):
    """`auth`: where the tenant's backend hands visitors over. Its views are the calls."""

    def __getitem__(self, name: str) -> Resource:
        # A vendor's tokens arrive here too: `api/auth/sso`.
        return endpoint_below(self, "api", "auth", name)


class ApiVersion(Resource):
    """`v2`: the first version has the second's number because its predecessors elsewhere do."""

    def __getitem__(self, name: str) -> "ApiTicketsResource":
        if name != "tickets":
            raise KeyError(name)
        return ApiTicketsResource(self.request, self, name)


class ApiTicketsResource(Resource):
    """The tickets, by number."""

    def __getitem__(self, name: str) -> "ApiTicketResource":
        if not _NUMBER.fullmatch(name):
            raise KeyError(name)
        return ApiTicketResource(self.request, self, name)


class ApiTicketResource(Resource):
    """One ticket. Its view looks it up, so that without a key every number answers alike."""

    def __init__(self, request: Request, parent: Resource, name: str) -> None:
        super().__init__(request, parent, name)
        self.number = int(name)


def in_a_tenant(parent: Resource, name: str) -> ApiResource:
    """The API of the tenant whose address it is."""
    return ApiResource(parent.request, parent, name)


def beside_tenants(parent: Resource, name: str) -> ApiResource:
    """The API at an address that names no tenant: the one whose key was sent, if any."""
    request = parent.request
    public_id = request.headers.get("X-API-Key")
    is_text = public_id and "\0" not in public_id
    tenant = TenantDirectory(request.db).by_api_key(public_id) if is_text else None
    if tenant is not None:
        enter(request, TenantResource(request, parent, tenant.slug, tenant))
    return ApiResource(request, parent, name)
