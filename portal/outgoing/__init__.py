"""The one door through which the portal speaks HTTP to others.

What it calls is often an address that a tenant wrote down, and the portal stands inside a network
that the tenant does not: so nothing here connects to an address that is not public, unless the
operator said so (`outgoing.allow`).
"""

from typing import TYPE_CHECKING

from pyramid.config import Configurator

from portal.outgoing.client import Answer, OutgoingClient, OutgoingError
from portal.outgoing.errors import OutgoingFailed, OutgoingRefused

if TYPE_CHECKING:
    from pyramid.request import Request

REGISTRY_KEY = "portal.outgoing"


def _of_request(request: "Request") -> OutgoingClient:
    client: OutgoingClient = request.registry[REGISTRY_KEY]
    return client


def includeme(config: Configurator) -> None:
    """`request.outgoing`, and the same client in the registry for what has no request."""
    config.registry[REGISTRY_KEY] = OutgoingClient.of(config.registry["portal.settings"])
    config.add_request_method(_of_request, "outgoing", reify=True)


__all__ = [
    "REGISTRY_KEY",
    "Answer",
    "OutgoingClient",
    "OutgoingError",
    "OutgoingFailed",
    "OutgoingRefused",
]
