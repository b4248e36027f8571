"""Refusals of the API: one shape of body, in its own words and without a sign-in page."""

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import exception_view_config, forbidden_view_config

from portal.api.resources import ApiResource
from portal.web.errors import ask_nothing_more, error_page
from portal.web.i18n import Message


class ApiError(Exception):
    """The call is refused, and nothing that it did is kept.

    ``fields`` says what is wrong with which field; ``code`` is stable. The sentence says what to
    do about it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: Message,
        *,
        fields: Mapping[str, Message] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields or {}
        self.headers = headers or {}


@exception_view_config(context=ApiError)
def api_error(error: ApiError, request: Request) -> Response:
    """The error as JSON."""
    ask_nothing_more(request)
    message = request.gettext(error.message)
    details: dict[str, Any] = {}
    if error.fields:
        details["fields"] = {name: request.gettext(text) for name, text in error.fields.items()}
    response = Response(
        json_body=error_body(request, error.code, message, message, **details),
        status=error.status,
    )
    response.headers.update(error.headers)
    return response


def error_body(
    request: Request, code: str, message: str, detail: str, **details: Any
) -> dict[str, Any]:
    """The one shape of all errors. ``detail`` is the sentence for the one who programs this."""
    return {
        "success": False,
        "message": message,
        "error": {"code": code, "message": detail, "request_id": request.reference, **details},
    }


@forbidden_view_config(containment=ApiResource)
def refused(exception: Exception, request: Request) -> Response:
    """401 for missing and for wrong keys alike; 403 for a key that lacks the scope."""
    _ = request.gettext
    if request.identity is None:
        return error_page(
            request,
            401,
            text=_("Send a valid API key in the headers X-API-Key and X-API-Secret."),
            headers={"WWW-Authenticate": KEY_CHALLENGE},
        )
    return error_page(request, 403, text=_("This API key does not have the scope for that."))


#: RFC 9110 wants a challenge; browsers ask nobody for a scheme that they do not know.
KEY_CHALLENGE = "X-API-Key"
