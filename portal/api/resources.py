"""The API in the tree: `api/v2/tickets` and `api/v2/tickets/42`."""

import re
from typing import ClassVar

from pyramid.authorization import DENY_ALL, Allow
from pyramid.request import Request

from portal.resources import Acl, Resource
from portal.security.permissions import Permission
from portal.signin.resources import endpoint_below

#: As in the pages: one spelling for each ticket.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class ApiResource(Resource):
    """`api`: takes API keys and nothing else, and answers in JSON whatever happens."""

    accepts = frozenset({"api_key"})
    speaks_json = True
    __acl__: ClassVar[Acl] = [
        (Allow, "scope:tickets:read", Permission.API_READ_TICKETS),
        DENY_ALL,
    ]

    def __getitem__(self, name: str) -> Resource:
        if name == "v2":
            return ApiVersion(self.request, self, name)
        # Some vendors' tokens arrive below this segment: `api/auth/sso`.
        return endpoint_below(self, "api", name)


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
