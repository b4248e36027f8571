"""The authenticator behind every page: the browser's session."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from portal.security import cookies
from portal.security.authenticators import Authenticator
from portal.security.identity import Identity
from portal.security.models import Session
from portal.security.sessions import SessionService, take_flashes


class SessionCookie(Authenticator):
    """Knows a browser by its cookie, once it was signed in by another authenticator."""

    name = "session"
    required = True

    def identify(self, request: Request) -> Identity | None:
        """The user of the browser's live session."""
        found = find_session(request)
        return found[1] if found else None


def find_session(request: Request) -> tuple[Session, Identity] | None:
    """The browser's live session, looked up once a request."""
    if not hasattr(request, "found_session"):
        value = cookies.read(request)
        request.found_session = (
            SessionService(request.db, request.tenant).find(value) if value else None
        )
    found: tuple[Session, Identity] | None = request.found_session
    return found


def session_record(request: Request) -> Session | None:
    """`request.session_record`."""
    found = find_session(request) if request.tenant is not None else None
    return found[0] if found else None


def add_flashes(event: Any) -> None:
    """Give every page the messages that wait for it."""
    request: Request | None = event.get("request")
    if request is not None and request.tenant is not None:
        event.setdefault("flashes", take_flashes(request))


def includeme(config: Configurator) -> None:
    """The authenticator, `request.session_record`, and the flash messages of pages."""
    config.add_authenticator(SessionCookie())
    config.add_request_method(session_record, "session_record", reify=True)
    config.add_subscriber(add_flashes, "pyramid.events.BeforeRender")
