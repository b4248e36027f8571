"""`login/passkey`: signing in with a passkey, without an address or a password."""

from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.factors import sign_in as passkey_sign_in
from portal.factors import throttles
from portal.factors.challenges import Purpose
from portal.factors.requests import passkeys_here
from portal.people.models import User
from portal.security import cookies
from portal.security.authenticators import installed
from portal.signin.finish import sign_in
from portal.signin.methods import PASSKEY_ALONE
from portal.signin.pending import PendingLogins
from portal.signin.public import Public
from portal.signin.refusal_log import write_down
from portal.signin.refusals import Refusal
from portal.signin.requests import own_page
from portal.signin.resources import LoginResource
from portal.web.redirects import page, see_other


@view_defaults(context=LoginResource, permission=NO_PERMISSION_REQUIRED)
class PasskeySignInViews:
    """The challenge, and what comes back."""

    def __init__(self, context: LoginResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(name="passkey-options", request_method="POST", renderer="json")
    def options(self) -> dict[str, Any]:
        """A challenge for whichever passkey the visitor chooses in the browser."""
        found = passkeys_here(self.request)
        try:
            throttles.count(self.request, throttles.of_address(self.request))
        except Refusal:
            self.request.response.status_int = 429
            return {}
        return found.begin(Purpose.SIGN_IN, cookies.visitor(self.request))

    @view_config(name="passkey", request_method="POST")
    def check(self) -> Response:
        """Sign in, or say that it did not work."""
        found = installed(self.request).get(passkey_sign_in.NAME)
        try:
            user = found.authenticate(self.request) if found is not None else None
        except Refusal as refusal:
            return self._refused(refusal)
        if not isinstance(user, User):
            return see_other(self.request, page(self.request, self.request.context_tenant, "login"))
        waiting = PendingLogins(self.request.db, self.request.tenant).take(
            cookies.read(self.request)
        )
        target = own_page(self.request, str(self.request.POST.get("next", "")))
        if target is None and waiting is not None:
            target = own_page(self.request, waiting.target)
        return sign_in(self.request, user, target=target, methods=PASSKEY_ALONE)

    def _refused(self, refusal: Refusal) -> Response:
        write_down(self.request, refusal)
        busy = refusal.code.public is Public.BUSY
        # One sentence for every reason: it tells nobody whether an account is disabled.
        sentence = Public.BUSY.sentence if busy else Public.WRONG_PASSKEY.sentence
        place, tenant = self.request.place, self.request.context_tenant
        values = {
            "sentence": sentence,
            "used": False,
            "go_on_url": None,
            "again_url": place(tenant, "login"),
            "other_url": place(tenant, "login", "local"),
        }
        response = render_to_response(
            "portal:templates/signin/refused.jinja2", values, self.request
        )
        response.status_int = 429 if busy else 401
        return response
