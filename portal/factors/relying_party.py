"""Who we are to an authenticator: the relying party (Web Authentication Level 3, 5.1.2).

Its id is the host name of a configured origin: the portal's, or that of the tenant's own host at
which the browser is. Never the `Host` header as it came. Tenants below the portal's origin share
the id, so it is the table of passkeys, which is a tenant's, that keeps them apart.
"""

import ipaddress
from urllib.parse import urlsplit

from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity
from pyramid.request import Request


def relying_party(request: Request) -> Fido2Server | None:
    """The server side of passkeys at the request's origin; None where browsers know none.

    An id must be a host name, and the origin safe: https, or this machine.
    """
    origin: str = request.origin
    parts = urlsplit(origin)
    host = parts.hostname or ""
    local = host == "localhost" or host.endswith(".localhost")
    if _is_address(host) or (parts.scheme != "https" and not local):
        return None
    # Only the origin itself: the library's own rule would take every host below the id, and so
    # the word of a tenant's site for a neighbour's.
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=host, name=request.tenant.name),
        verify_origin=lambda given: given == origin,
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
