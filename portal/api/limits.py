"""How often an API key may call: counted in the database, so that every process counts the same."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from portal.api.errors import ApiError
from portal.api.resources import ApiAuthResource, ApiTicketResource, ApiTicketsResource
from portal.security.identity import ApiClient
from portal.signin.throttles import Limit, Tally, Throttles
from portal.web.derivers import View
from portal.web.i18n import N_

_COUNTED = (ApiAuthResource, ApiTicketsResource, ApiTicketResource)

#: Calls by one API key, whatever it calls.
CALLS = Limit("api:key", 600, 60)


def counted(view: View, info: Any) -> View:
    """Count the call of an API key, once it is known to be allowed. Refused calls count too."""
    place = info.options.get("context")
    if info.exception_only or not (isinstance(place, type) and issubclass(place, _COUNTED)):
        return view

    def wrapper(context: Any, request: Request) -> Response:
        client = request.identity
        if isinstance(client, ApiClient):
            count(request, client)
        return view(context, request)

    return wrapper


def count(request: Request, client: ApiClient) -> None:
    """Count one call and tell the client where it stands. Raises ``ApiError`` 429."""
    tally = Throttles(request.db, request.tenant.id).tally(CALLS, client.key_id)
    # Kept whatever comes of the call; and other calls of this key need not wait for its end.
    request.tm.commit()
    request.tm.begin()
    headers = rate_headers(tally)
    request.add_response_callback(lambda _request, response: response.headers.update(headers))
    if tally.attempts > CALLS.attempts:
        raise ApiError(
            429,
            "rate_limited",
            N_(
                "This API key has made too many calls. Wait %(seconds)s seconds, then go on.",
                seconds=tally.seconds_left,
            ),
            headers={"Retry-After": str(tally.seconds_left)},
        )


def rate_headers(tally: Tally) -> dict[str, str]:
    """`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10)."""
    left = max(0, CALLS.attempts - tally.attempts)
    return {
        "RateLimit-Policy": f'"calls";q={CALLS.attempts};w={CALLS.seconds}',
        "RateLimit": f'"calls";r={left};t={tally.seconds_left}',
    }


def includeme(config: Configurator) -> None:
    """Count behind the permission: a stranger cannot use up somebody's calls."""
    config.add_view_deriver(counted, "counted", under="secured_view", over="csrf_view")
