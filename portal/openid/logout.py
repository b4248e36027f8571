"""Signing out at the provider as well, where the tenant wants that (RP-Initiated Logout 1.0, 2).

Nothing of its tokens is kept here, so there is no `id_token_hint`: the provider is told which
client asks, and may ask the visitor first.
"""

from pyramid.request import Request

from portal.openid.directory import REGISTRY_KEY, Directory
from portal.openid.provider import NAMESPACE
from portal.openid.providers import Providers
from portal.security.models import Session
from portal.security.secrets import secret_box
from portal.signin.refusals import Refusal
from portal.signin.requests import give_back
from portal.web.redirects import Blocked, SafeURL, configured_url, page, with_parameters


def provider_logout(request: Request, session: Session) -> SafeURL | None:
    """Where somebody signs out who came from a provider; None: here alone.

    Before anything is written: no transaction is open while the provider is asked. One that gives
    no answer, or has no such address, keeps nobody from signing out here.
    """
    key = (session.key_id or "").removeprefix(NAMESPACE)
    row = Providers(request.db, request.tenant, secret_box(request.portal)).row(key)
    if row is None or not row.signs_out or row.disabled_at is not None:
        return None
    issuer, client_id = row.issuer, row.client_id
    back = landing_url(request)
    give_back(request)
    directory: Directory = request.registry[REGISTRY_KEY]
    try:
        endpoint = directory.metadata(issuer).end_session_endpoint
    except Refusal:
        return None
    url = configured_url(endpoint) if endpoint is not None else None
    if url is None or isinstance(url, Blocked):
        return None
    return with_parameters(url, {"client_id": client_id, "post_logout_redirect_uri": back})


def landing_url(request: Request) -> SafeURL:
    """Where the provider sends whoever has signed out there: our own landing page."""
    return page(request, request.context_tenant, "signed-out")
