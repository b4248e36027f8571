"""The application with a few more views in it, each of which goes wrong in its own way.

Every fault is real: PostgreSQL raises what PostgreSQL would raise.
"""

from collections.abc import Callable
from typing import Any

from pyramid import httpexceptions
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router
from sqlalchemy import text

from portal import configure
from portal.people.models import Organisation, User
from portal.resources import TenantResource
from portal.security.permissions import Permission
from portal.settings import Settings

#: What a view that succeeds says.
DONE = "done"
#: Words that no page and no log line may repeat.
SECRET = "correct-horse-battery"

View = Callable[[Any, Request], Response]


def raises(error: type[Exception]) -> View:
    """A view that raises an HTTP error without a word of its own."""

    def view(_context: Any, _request: Request) -> Response:
        raise error

    return view


def unexpected(_context: Any, _request: Request) -> Response:
    """Something nobody thought of."""
    raise RuntimeError(f"token={SECRET}")


def duplicate(_context: Any, request: Request) -> Response:
    """A statement that PostgreSQL refuses, after which every loaded row is expired."""
    request.session_record  # noqa: B018  (asked for, as any page does)
    organisation = Organisation(tenant_id=request.tenant.id, name="Customer Ltd")
    request.db.add(organisation)
    request.db.flush()
    return Response(DONE)


def late(_context: Any, request: Request) -> Response:
    """The same, when the response is made already and the transaction commits."""
    request.db.add(Organisation(tenant_id=request.tenant.id, name="Customer Ltd"))
    return Response(DONE)


def torn(_context: Any, request: Request) -> Response:
    """Writes, and raises: nothing of it may stay."""
    renamed(request)
    raise httpexceptions.HTTPConflict


def renamed(request: Request) -> None:
    """Give the reader another name."""
    user = request.db.get_one(User, (request.tenant.id, request.identity.user_id))
    user.name = "Renamed"
    request.db.flush()


def beyond_words(_context: Any, request: Request) -> Response:
    """An error, and then another one in the page for it."""
    request.context_tenant = object()
    raise RuntimeError(f"token={SECRET}")


def killed(_context: Any, request: Request) -> Response:
    """The administrator ends our connection."""
    request.db.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    return Response(DONE)


def slow(_context: Any, request: Request) -> Response:
    """A statement that takes longer than its deadline."""
    request.db.execute(text("select pg_sleep(30)"))
    return Response(DONE)


def clashing(times: int) -> View:
    """Two transactions clash so often, then not any more."""
    left = {"clashes": 0}

    def view(_context: Any, request: Request) -> Response:
        if not request.environ.get("retry.attempt"):
            left["clashes"] = times
        renamed(request)
        if left["clashes"]:
            left["clashes"] -= 1
            raising = "do $$ begin raise exception 'clash' using errcode = '40001'; end $$"
            request.db.execute(text(raising))
        return Response(DONE)

    return view


VIEWS: dict[str, View] = {
    "400": raises(httpexceptions.HTTPBadRequest),
    "403": raises(httpexceptions.HTTPForbidden),
    "404": raises(httpexceptions.HTTPNotFound),
    "409": raises(httpexceptions.HTTPConflict),
    "413": raises(httpexceptions.HTTPRequestEntityTooLarge),
    "422": raises(httpexceptions.HTTPUnprocessableEntity),
    "429": raises(httpexceptions.HTTPTooManyRequests),
    "500": unexpected,
    "503": raises(httpexceptions.HTTPServiceUnavailable),
    "duplicate": duplicate,
    "late": late,
    "torn": torn,
    "beyond-words": beyond_words,
    "killed": killed,
    "slow": slow,
    "clash-once": clashing(1),
    "clash-always": clashing(99),
}


def faulty_application(settings: Settings) -> Router:
    """The application and the views above, below every tenant."""
    config: Configurator = configure(settings)
    for name, view in VIEWS.items():
        config.add_view(
            view,
            context=TenantResource,
            name=name,
            request_method="GET",
            permission=Permission.USE_PORTAL,
        )
    return config.make_wsgi_app()
