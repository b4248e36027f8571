"""Signing out, and the page where one lands."""

from typing import Any

from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.resources import TenantResource
from portal.security import cookies
from portal.security.authenticators import installed
from portal.security.browsers import end_session
from portal.security.identity import Identity
from portal.signin import local_password
from portal.signin.events import SignedOut
from portal.signin.pending import PendingLogins
from portal.signin.views_login import remote_login_url
from portal.web.redirects import SafeURL, page, see_other

_LEAVING = "portal:templates/signin/leaving.jinja2"


@view_defaults(context=TenantResource, name="logout", permission=NO_PERMISSION_REQUIRED)
class Logout:
    """``logout``: the session is deleted here, whatever the browser keeps."""

    def __init__(self, context: TenantResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(request_method="POST")
    def sign_out(self) -> Response:
        """Sign out, then to the company's own logout, else to the landing page."""
        return self._leave()

    @view_config(request_method="GET", renderer="portal:templates/signin/logout.jinja2")
    def follow(self) -> dict[str, Any] | Response:
        """The same for a link, but not for one on another site, nor for anything but a visit."""
        headers = self.request.headers
        if (
            headers.get("Sec-Fetch-Site") == "cross-site"
            or headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
            or headers.get("Sec-Purpose")
            or self.request.method == "HEAD"
        ):
            return {"home_url": self.request.place(self.context)}
        return self._leave()

    def _leave(self) -> Response:
        session = self.request.session_record
        onward = self._onward() if session is not None else None
        landing_page = page(self.request, self.context, "signed-out")
        if session is not None:
            gone = SignedOut(self.request, session.authenticator, onward or landing_page)
            end_session(self.request)
            self.request.registry.notify(gone)
        if onward is None:
            return see_other(self.request, landing_page)
        if self.request.method == "POST" and "Sec-Fetch-Mode" in self.request.headers:
            return self._by_way_of_a_page(onward)
        return see_other(self.request, onward)

    def _by_way_of_a_page(self, onward: SafeURL) -> Response:
        """Browsers hold every redirect after a form to the `form-action` policy of the page it was
        on, and nobody knows through which hosts a company's logout leads. A page ends that."""
        body = render(_LEAVING, {"url": onward}, request=self.request)
        response = self.request.response
        response.text = body
        response.headers["Refresh"] = f"0; url={onward}"
        return response

    def _onward(self) -> SafeURL | None:
        """The first of the tenant's authenticators that has somewhere to go decides; the one that
        vouched for the visitor is asked before the others."""
        session = self.request.session_record
        chain = installed(self.request).chain(self.request.tenant.authenticators)
        for authenticator in sorted(chain, key=lambda each: each.name != session.authenticator):
            url = authenticator.sign_out(self.request, session)
            if isinstance(url, SafeURL):
                return url
        return None


@view_config(
    context=TenantResource,
    name="signed-out",
    request_method="GET",
    permission=NO_PERMISSION_REQUIRED,
    renderer="portal:templates/signin/signed_out.jinja2",
)
def signed_out(context: TenantResource, request: Request) -> dict[str, Any] | Response:
    """The landing page: signed out, and the way back in."""
    if isinstance(request.identity, Identity):
        return see_other(request, page(request, context))
    remote_url = remote_login_url(request, None)
    if remote_url is not None and request.sign_in_configuration.settings.unsolicited != "allow":
        PendingLogins(request.db, request.tenant).remember(cookies.visitor(request), "")
    return {
        "remote_url": remote_url,
        "password_url": request.place(context, "login")
        if remote_url is None
        else request.place(context, "login", "local")
        if local_password.NAME in request.tenant.authenticators
        else None,
    }
