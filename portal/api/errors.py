"""Refusals of the API, in its own words and without a sign-in page."""

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import forbidden_view_config

from portal.api.resources import ApiResource
from portal.web.errors import error_page


@forbidden_view_config(containment=ApiResource)
def refused(exception: Exception, request: Request) -> Response:
    """401 for missing and for wrong keys alike; 403 for a key that lacks the scope."""
    _ = request.gettext
    if request.identity is None:
        return error_page(
            request,
            401,
            text=_("Send a valid API key in the headers X-API-Key and X-API-Secret."),
            # RFC 9110 wants one; browsers ask nobody for a scheme that they do not know.
            headers={"WWW-Authenticate": "X-API-Key"},
        )
    return error_page(request, 403, text=_("This API key does not have the scope for that."))
