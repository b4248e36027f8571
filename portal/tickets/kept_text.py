"""A form of a ticket that was sent after its session had ended: the text comes back.

Signing in again may lead over the company's own site, which cannot carry a text. So the text stays
in a page, the sign-in happens in another tab, and the page sends the text with one press. It works
without script. The new cookie makes the form's CSRF token void; that the form is of the person who
signed in again stands in for it (`portal.security.writers`). Anybody else is shown nothing of it.
"""

from typing import Any

from pyramid.exceptions import BadCSRFToken
from pyramid.httpexceptions import HTTPForbidden
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import exception_view_config, forbidden_view_config

from portal.attachments.uploads import DISCARD
from portal.security.gates import Shut
from portal.security.writers import is_writers
from portal.tickets.forms import KEEP, PREVIEW
from portal.tickets.resources import TicketsResource
from portal.topics.answers import PREFIX
from portal.web import errors
from portal.web.forms import plain_text

_PAGE = "portal:templates/tickets/kept_text.jinja2"

#: The text is shown, the token is made anew, and the button says "Send".
_NOT_HIDDEN = frozenset({"body", "csrf_token", PREVIEW, KEEP, DISCARD})


@forbidden_view_config(containment=TicketsResource, request_method="POST")
def signed_out(refusal: HTTPForbidden, request: Request) -> Response:
    """The session ended while somebody was writing, or a gate was shut."""
    is_shut = isinstance(refusal.result, Shut)
    if (request.identity is not None and not is_shut) or not _is_written(request):
        return errors.forbidden(refusal, request)
    return _page(request, 403)


@exception_view_config(BadCSRFToken, containment=TicketsResource, request_method="POST")
def signed_in_again(refusal: BadCSRFToken, request: Request) -> Response:
    """The form is from before a sign-in, long ago. Who sends it again has seen what it says."""
    if not is_writers(request) or not _is_written(request):
        return errors.bad_csrf(refusal, request)
    return _page(request, 400)


def _written(request: Request) -> str:
    try:
        return plain_text(request.POST.get("body"))
    except ValueError:  # a broken boundary; bytes that are no UTF-8
        return ""


def _is_written(request: Request) -> bool:
    """Whether anything was typed: a text, or only what is asked beside it."""
    if _written(request):
        return True
    try:
        fields = dict(request.POST.items())
    except ValueError:
        return False
    return "body" in fields and any(
        isinstance(value, str) and value.strip()
        for name, value in fields.items()
        if name == "subject" or name.startswith(PREFIX)
    )


def _page(request: Request, status: int) -> Response:
    fields = list(request.POST.items())
    values: dict[str, Any] = {
        "action": request.path,
        "body": _written(request),
        "hidden": [
            (name, value)
            for name, value in fields
            if isinstance(value, str) and name not in _NOT_HIDDEN
        ],
        "lost_files": any(getattr(value, "filename", None) for _, value in fields),
        "sign_in": request.identity is None,
        "gated": status == HTTPForbidden.code and request.identity is not None,
    }
    response = render_to_response(_PAGE, values, request=request)
    response.status_int = status
    return response
