"""What every view gets without asking: strict paths, parameters that are text."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

View = Callable[[Any, Request], Response]


def strict_path(view: View, info: Any) -> View:
    """Answer 404 to the other spellings that traversal gives a place.

    It swallows segments after a view's name (`/tickets/new/anything`), unless the view
    declares `takes_subpath=True`; it resolves `.` and `..`, which browsers never send; and
    it takes `@@new` for `new`. A slash too many is let pass: sites are configured with them.
    """
    if info.exception_only:
        return view
    takes_subpath = info.options.get("takes_subpath")

    def wrapper(context: Any, request: Request) -> Response:
        if request.subpath and not takes_subpath:
            raise HTTPNotFound
        if any(_is_alias(segment) for segment in request.path_info.split("/")):
            raise HTTPNotFound
        return view(context, request)

    return wrapper


strict_path.options = ("takes_subpath",)  # type: ignore[attr-defined]  # Pyramid's protocol


def _is_alias(segment: str) -> bool:
    return segment in (".", "..") or segment.startswith("@@")


def textual_parameters(view: View, info: Any) -> View:
    """Answer 400 to a form that is broken, no UTF-8, or holds a NUL, which no column takes."""
    if info.exception_only:
        return view

    def wrapper(context: Any, request: Request) -> Response:
        try:
            fields = [*request.GET.items()]
            if request.method == "POST" and not request.content_type.endswith("json"):
                fields += request.POST.items()
        except ValueError as error:  # a broken boundary; bytes that are no UTF-8
            raise HTTPBadRequest from error
        if any(
            "\0" in name or (isinstance(value, str) and "\0" in value) for name, value in fields
        ):
            raise HTTPBadRequest
        return view(context, request)

    return wrapper


def includeme(config: Configurator) -> None:
    """Before CSRF, so that a malformed form is a 400 whoever sends it."""
    config.add_view_deriver(strict_path)
    config.add_view_deriver(textual_parameters, under="secured_view", over="csrf_view")
