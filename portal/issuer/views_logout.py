"""OpenID Connect RP-Initiated Logout: a client sends a visitor here to sign out everywhere."""

from typing import Any
from urllib.parse import urlsplit

from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.issuer.clients import Client
from portal.issuer.idtoken import read_hint, session_id
from portal.issuer.requests import IssuerRequest
from portal.issuer.resources import IssuerResource
from portal.issuer.server import Issuer
from portal.security.browsers import end_session
from portal.web.redirects import (
    Blocked,
    SafeURL,
    configured_url,
    page,
    see_other,
    with_parameters,
)

_QUESTION = "portal:templates/issuer/logout.jinja2"


@view_defaults(context=IssuerResource, permission=NO_PERMISSION_REQUIRED)
class EndSession:
    """`oauth2/logout`. With an ID token of this very session it signs out at once; without, it
    asks first, so that no page can sign anybody out (section 6)."""

    def __init__(self, context: IssuerResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.issuer = Issuer(request)
        self.asked = IssuerRequest(request)

    @view_config(name="logout", request_method="GET", renderer=_QUESTION)
    def follow(self) -> dict[str, Any] | Response:
        """Sign out, or ask."""
        return self._decide()

    @view_config(name="logout", request_method="POST", renderer=_QUESTION, require_csrf=False)
    def by_form(self) -> dict[str, Any] | Response:
        """The same as a form. One from another site comes without cookies: it becomes a visit."""
        here = page(self.request, self.context, "logout", query=dict(self.asked.payload.data))
        return see_other(self.request, here, sensitive=True)

    @view_config(name="end-session", request_method="POST")
    def confirmed(self) -> Response:
        """The visitor said yes."""
        return self._leave()

    def _decide(self) -> dict[str, Any] | Response:
        session = self.request.session_record
        hint = self._hint()
        own = hint is not None and session is not None and self._is_of(hint, session)
        if session is None or own:
            return self._leave()
        url = self._onward()
        if url is not None:
            parts = urlsplit(url)
            self.request.form_targets = [f"{parts.scheme}://{parts.netloc}"]
        return {
            "action": f"{self.request.place(self.context, 'end-session')}"
            f"?{self.request.query_string}",
            "home_url": self.request.place(self.request.context_tenant),
        }

    def _leave(self) -> Response:
        url = self._onward()
        if self.request.session_record is not None:
            end_session(self.request)
        landing = page(self.request, self.request.context_tenant, "signed-out")
        return see_other(self.request, url or landing)

    def _onward(self) -> SafeURL | None:
        """The client's own address, if it is registered, and is known to come from the client."""
        data = self.asked.payload.data
        client, wanted = self._client(), data.get("post_logout_redirect_uri")
        if client is None or wanted not in client.row.post_logout_redirect_uris:
            return None
        url = configured_url(wanted)
        if isinstance(url, Blocked):
            return None
        return with_parameters(url, {"state": data.get("state")})

    def _client(self) -> Client | None:
        """Section 2: the one that the ID token is for; `client_id` must agree with it."""
        hint, named = self._hint(), self.asked.payload.data.get("client_id")
        audience = hint.get("aud") if hint is not None else None
        if audience is not None and named is not None and audience != named:
            return None
        client_id = audience or named
        return self.issuer.query_client(client_id) if isinstance(client_id, str) else None

    def _hint(self) -> dict[str, Any] | None:
        """The claims of the ID token, which may be over, but must be ours; None otherwise."""
        raw = self.asked.payload.data.get("id_token_hint")
        if raw is None:
            return None
        return read_hint(raw, self.issuer.keys.key_set(), self.issuer.url)

    def _is_of(self, hint: dict[str, Any], session: Any) -> bool:
        own = session_id(session.tenant_id, session.number)
        return bool(hint.get("sid") == own and hint.get("sub") == str(session.user_id))
