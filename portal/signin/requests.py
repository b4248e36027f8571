"""What a sign-in reads of the request it came with."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import select

from portal.security import cookies
from portal.security.identity import Identity
from portal.signin.attempts import Attempt
from portal.signin.configuration import configuration, facts
from portal.signin.dialects import dialects
from portal.signin.dialects.base import Dialect
from portal.signin.parameters import Parameters, read_parameters
from portal.signin.pending import PendingLogins
from portal.signin.pipeline import Visit
from portal.tenants.models import TenantHost
from portal.web.redirects import RESERVED, Blocked, SafeURL, origin_of, safe_redirect

#: A browser that sets one of these fetches a page which nobody has asked for yet (Fetch, 2.2.7;
#: the others are older).
_LOOKING_AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def attempt(request: Request) -> Attempt:
    """``request.sign_in_attempt``: the line of the sign-in log that this request will write."""
    return Attempt(
        reference=request.reference, ip=address(request), user_agent=request.user_agent or ""
    )


def address(request: Request) -> str:
    """The network address that the server saw.

    Not WebOb's ``client_addr``: that believes a header which any client can send. Where there
    is a proxy, the server has checked it and put the visitor's address here.
    """
    return request.remote_addr or ""


def give_back(request: Request) -> None:
    """End the request's transaction without keeping anything, and begin another.

    Its connection goes back to the pool before a ``separate_transaction`` takes one. A request
    that holds one and waits for a second stops everybody once there are enough of its kind.
    """
    request.tm.abort()
    request.tm.begin()


def parameters(request: Request, dialect: Dialect, path: Mapping[str, str]) -> Parameters:
    """The token and the dialect's parameters, read from the raw request."""
    is_form = request.method == "POST"
    return read_parameters(
        request.environ.get("QUERY_STRING", "").encode("latin-1", "replace"),
        request.body if is_form else b"",
        request.headers.get("Content-Type", "") if is_form else "",
        names=dialect.parameter_names,
        path=path,
    )


def is_probe(request: Request) -> bool:
    """Whether this is no visitor following a link: such a request must not use a token up.

    A HEAD request, a prefetch, a script's ``fetch``, a server that follows redirects for its
    visitor. A request with none of these marks is taken for a navigation.
    """
    headers = request.headers
    return (
        request.method == "HEAD"
        or any(headers.get(name) for name in _LOOKING_AHEAD)
        or headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
        or "X-API-Key" in headers
        or takes_only_json(request)
    )


def takes_only_json(request: Request) -> bool:
    """Whether the client names JSON and not HTML, as HTTP libraries do and browsers never."""
    accept = request.headers.get("Accept", "").lower()
    return "application/json" in accept and "text/html" not in accept


def visit(request: Request, *, only_look: bool = False) -> Visit:
    """The browser: who is signed in there, and where it was going, which is asked once.

    ``only_look`` leaves the sign-in that was started here open.
    """
    identity = request.identity
    logins = PendingLogins(request.db, request.tenant)
    started = (logins.find if only_look else logins.take)(cookies.read(request))
    return Visit(
        user_id=identity.user_id if isinstance(identity, Identity) else None,
        pending=started.target if started is not None else None,
        state_hash=started.state_hash if started is not None else None,
        nonce_hash=started.nonce_hash if started is not None else None,
    )


def resolve(request: Request, target: str | None) -> SafeURL | Blocked:
    """Where ``target`` leads for a visitor of this tenant; see ``safe_redirect``."""
    endpoints = {
        endpoint.path.partition("/")[0]
        for dialect in dialects(request.registry).values()
        for endpoint in dialect.endpoints
    }
    home = facts(request).home_url
    elsewhere = target and not target.startswith("/") and origin_of(target) != origin_of(home)
    return safe_redirect(
        target,
        home=home,
        slug=request.tenant.slug,
        portal_homes=_other_homes(request) if elsewhere else (),
        allowed_hosts=request.sign_in_configuration.settings.allowed_redirect_hosts,
        reserved=RESERVED | endpoints,
    )


def _other_homes(request: Request) -> list[str]:
    """The tenant's other addresses: below the portal's origin, and on hosts of its own."""
    base = urlsplit(request.portal.origin)
    port = f":{base.port}" if base.port else ""
    hosts = request.db.scalars(
        select(TenantHost.host).where(TenantHost.tenant_id == request.tenant.id)
    )
    return [
        f"{request.portal.origin}/{request.tenant.slug}",
        *(f"{base.scheme}://{host}{port}" for host in hosts),
    ]


def includeme(config: Configurator) -> None:
    """``request.sign_in_attempt`` and ``request.sign_in_configuration``."""
    config.add_request_method(attempt, "sign_in_attempt", reify=True)
    config.add_request_method(configuration, "sign_in_configuration", reify=True)
