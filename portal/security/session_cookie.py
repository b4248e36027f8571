"""The authenticator behind every page: the browser's session."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import ColumnElement

from portal.security import cookies
from portal.security.authenticators import Authenticator
from portal.security.identity import Identity
from portal.security.models import Session
from portal.security.sessions import FoundSession, SessionService, take_flashes

REGISTRY_KEY = "session.columns"
_Columns = dict[str, ColumnElement[Any]]


class SessionCookie(Authenticator):
    """Knows a browser by its cookie, once it was signed in by another authenticator."""

    name = "session"
    required = True

    def identify(self, request: Request) -> Identity | None:
        """The user of the browser's live session."""
        found = find_session(request)
        return found.identity if found else None


def find_session(request: Request) -> FoundSession | None:
    """The browser's live session, looked up once a request."""
    if not hasattr(request, "found_session"):
        value = cookies.read(request)
        columns: _Columns = request.registry[REGISTRY_KEY]
        service = SessionService(request.db, request.tenant)
        request.found_session = service.find(value, tuple(columns.values())) if value else None
    found: FoundSession | None = request.found_session
    return found


def read_beside_session(request: Request, name: str) -> Any:
    """What was read of a column that a room added; None without a session."""
    found = find_session(request) if request.tenant is not None else None
    columns: _Columns = request.registry[REGISTRY_KEY]
    return dict(zip(columns, found.beside, strict=True))[name] if found else None


def add_session_column(config: Configurator, name: str, column: ColumnElement[Any]) -> None:
    """Pyramid directive: read one thing more about whoever is signed in, in the statement that
    finds their session. It is read for every request, so it must cost next to nothing.

    `column` is correlated with `Session`.
    """
    columns: _Columns = config.registry[REGISTRY_KEY]
    config.action(("portal session column", name), lambda: columns.update({name: column}))


def session_record(request: Request) -> Session | None:
    """`request.session_record`."""
    found = find_session(request) if request.tenant is not None else None
    return found.session if found else None


def add_flashes(event: Any) -> None:
    """Give every page the messages that wait for it."""
    request: Request | None = event.get("request")
    if request is not None and request.tenant is not None:
        event.setdefault("flashes", take_flashes(request))


def includeme(config: Configurator) -> None:
    """The authenticator, `request.session_record`, and the flash messages of pages."""
    config.registry[REGISTRY_KEY] = {}
    config.add_directive("add_session_column", add_session_column)
    config.add_authenticator(SessionCookie())
    config.add_request_method(session_record, "session_record", reify=True)
    config.add_subscriber(add_flashes, "pyramid.events.BeforeRender")
