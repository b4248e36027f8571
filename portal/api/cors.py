"""Which pages in a browser may read the answers of `api/auth/redirect`: those the tenant listed.

Never with the headers of an API key: a secret in a page is everybody's (WHATWG Fetch, 3.2).
"""

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from portal.api.resources import ApiAuthResource

_ALLOWED_HEADERS = "Authorization, Content-Type"
#: Seconds for which a browser may remember the answer to its question.
_REMEMBERED = 600


def let_read(request: Request) -> None:
    """Let the page that the call came from read the answer, whatever that is, if it is listed."""
    origin = request.headers.get("Origin")
    listed = (
        origin is not None
        and request.tenant is not None
        and origin in request.sign_in_configuration.settings.allowed_origins
    )

    def add_headers(_request: Request, response: Response) -> None:
        response.headers.add("Vary", "Origin")
        if listed and origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"

    request.add_response_callback(add_headers)


def preflight(context: ApiAuthResource, request: Request) -> Response:
    """A browser asks before it sends: for a listed origin POST is fine, with these headers."""
    let_read(request)
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "POST"
    response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = str(_REMEMBERED)
    return response


def includeme(config: Configurator) -> None:
    """Register the answer to a browser's question."""
    config.add_view(
        preflight,
        context=ApiAuthResource,
        name="redirect",
        request_method="OPTIONS",
        permission=NO_PERMISSION_REQUIRED,
    )
