"""Who asks, what they may do, and the sessions that remember it."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from portal.security import policy, predicates
from portal.security.api_keys import ApiKeyHeaders
from portal.security.session_cookie import SessionCookie, session_record
from portal.security.sessions import take_flashes


def add_flashes(event: Any) -> None:
    """Give every page the messages that wait for it."""
    request: Request | None = event.get("request")
    if request is not None and request.tenant is not None:
        event.setdefault("flashes", take_flashes(request))


def includeme(config: Configurator) -> None:
    """The policy, and the two authenticators that need no sign-in page."""
    policy.includeme(config)
    predicates.includeme(config)
    config.add_request_method(session_record, "session_record", reify=True)
    config.add_subscriber(add_flashes, "pyramid.events.BeforeRender")
    config.add_authenticator(SessionCookie())
    config.add_authenticator(ApiKeyHeaders())
