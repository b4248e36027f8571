"""Browsers' rules about other sites' scripts (Fetch, 3.2), for applications without a server.

What is published, metadata and keys, anybody's script may read. What a client calls itself is
for scripts of the tenant's public clients alone, and never with cookies.
"""

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from portal.issuer.clients import Clients
from portal.issuer.resources import IssuerResource

#: The endpoints that a client without a secret calls, with the methods that each takes.
CALLED = {"token": "POST", "revoke": "POST", "userinfo": "GET, POST"}
_HEADERS = "Authorization, Content-Type"
#: Seconds for which a browser remembers what it was told.
_REMEMBERED = 3600


def let_read(request: Request) -> None:
    """Let the script that asks read the response, if it is a public client's."""
    origin = request.headers.get("Origin")
    clients = Clients(request.db, request.tenant)
    is_known = origin is not None and origin in clients.browser_origins()

    def add_headers(_request: Request, response: Response) -> None:
        response.headers.add("Vary", "Origin")
        if is_known and origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"

    request.add_response_callback(add_headers)


def preflight(context: IssuerResource, request: Request) -> Response:
    """A browser asks before it sends."""
    let_read(request)
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = CALLED[request.view_name]
    response.headers["Access-Control-Allow-Headers"] = _HEADERS
    response.headers["Access-Control-Max-Age"] = str(_REMEMBERED)
    return response


def includeme(config: Configurator) -> None:
    """Register the answers to browsers' questions."""
    for name in CALLED:
        config.add_view(
            preflight,
            context=IssuerResource,
            name=name,
            request_method="OPTIONS",
            permission=NO_PERMISSION_REQUIRED,
        )
