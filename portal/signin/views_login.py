"""The sign-in page, and the password sign-in that is always there for admins."""

import re
import secrets
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.factors.relying_party import relying_party
from portal.factors.steps import after_password
from portal.people.models import User
from portal.security import cookies
from portal.security.authenticators import installed
from portal.security.identity import Identity
from portal.signin import local_password
from portal.signin.events import SignInPage
from portal.signin.forms import PasswordForm
from portal.signin.pending import PendingLogins
from portal.signin.public import Public
from portal.signin.refusal_log import write_down
from portal.signin.refusals import Refusal
from portal.signin.remote_login import remote_login_of
from portal.signin.requests import own_page
from portal.signin.resources import LoginResource
from portal.web.page import Link
from portal.web.redirects import SafeURL, page, see_other

_PAGE = "portal:templates/signin/login.jinja2"
_REFERENCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


@view_defaults(context=LoginResource, permission=NO_PERMISSION_REQUIRED, renderer=_PAGE)
class Login:
    """``login``: every way in that the tenant has. ``login/local``: the password alone."""

    def __init__(self, context: LoginResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.form = PasswordForm(request.POST)

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any] | Response:
        """The button to the company's own login, and the password form where it is on."""
        target = self._target(self.request.GET.get("next"))
        # `again`: somebody signs in anew, though they are in already.
        again = "again" in self.request.GET and target is not None
        if isinstance(self.request.identity, Identity) and not again:
            return see_other(self.request, target or self._home())
        wanted = target or self._waiting()
        remote_url = remote_login_url(self.request, wanted)
        self._remember(target, remote_url)
        self.form.next.data = target or ""
        return self._page(remote_url, with_password=self._password_is_on(), wanted=wanted)

    @view_config(name="local", request_method="GET")
    def show_local(self) -> dict[str, Any]:
        """The password form, always: the way back for an admin whose settings are wrong."""
        target = self._target(self.request.GET.get("next"))
        self.form.next.data = target or ""
        return self._page(None, with_password=True, wanted=target)

    @view_config(name="start", request_method="GET")
    def start(self) -> Response:
        """On to the company's own login, with a state and a nonce for this browser to bring back.

        They are made when the link is followed, so that looking at a page in a second tab does
        not undo a sign-in that is under way.
        """
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        target = self._target(self.request.GET.get("next"))
        remote = remote_login_of(self.request)
        url = None
        if remote is not None:
            url = remote.departure_url(self.request, target or "", state=state, nonce=nonce)
        if url is None:
            return see_other(self.request, page(self.request, self.request.context_tenant, "login"))
        logins = PendingLogins(self.request.db, self.request.tenant)
        logins.start(cookies.visitor(self.request), target or "", state=state, nonce=nonce)
        return see_other(self.request, url)

    @view_config(name="password", request_method="POST")
    @view_config(name="local", request_method="POST")
    def check(self) -> dict[str, Any] | Response:
        """Sign in with a password, or say once more what is asked for."""
        if not self.form.validate():
            self.request.response.status_int = 422
            return self._again()
        try:
            user = self._authenticate()
        except Refusal as refusal:
            return self._refused(refusal)
        waiting = PendingLogins(self.request.db, self.request.tenant).take(
            cookies.read(self.request)
        )
        target = self._target(self.form.next.data)
        if target is None and waiting is not None:
            target = self._target(waiting.target)
        return after_password(self.request, user, target=target)

    def _authenticate(self) -> User:
        found = installed(self.request).get(local_password.NAME)
        user = found.authenticate(self.request) if found is not None else None
        if not isinstance(user, User):
            raise TypeError("the form was validated, and holds no address and password")
        return user

    def _refused(self, refusal: Refusal) -> dict[str, Any]:
        """The same words for every reason but one; the form keeps what was typed."""
        write_down(self.request, refusal)
        busy = refusal.code.public is Public.BUSY
        self.request.response.status_int = 429 if busy else 401
        if busy:
            self.request.response.headers["Retry-After"] = "900"
        public = Public.BUSY if busy else Public.WRONG_PASSWORD
        self.form.form_errors.append(public.sentence)
        return self._again()

    def _again(self) -> dict[str, Any]:
        remote_url = None
        target = self._target(self.form.next.data)
        if self.request.view_name == "password":
            remote_url = remote_login_url(self.request, target or self._waiting())
        return self._page(remote_url, with_password=True, wanted=target)

    def _page(
        self, remote_url: SafeURL | None, *, with_password: bool, wanted: SafeURL | None
    ) -> dict[str, Any]:
        place, tenant = self.request.place, self.request.context_tenant
        local = self.request.view_name == "local"
        reference = self.request.GET.get("reference", "")
        if wanted is not None:
            self.request.registry.notify(SignInPage(self.request, wanted))
        return {
            "form": self.form if with_password else None,
            "action": place(tenant, "login", "local" if local else "password"),
            "remote_url": remote_url,
            "offers": [] if local else self._offers(wanted),
            "local": local,
            "login_url": place(tenant, "login"),
            "passkey_url": self._passkey_url(with_password),
            "local_url": place(tenant, "login", "local", query={"next": wanted}),
            "reference": reference if _REFERENCE.fullmatch(reference) else None,
            "logged": self.request.response.status_int == 401,
        }

    def _offers(self, wanted: SafeURL | None) -> list[Link]:
        """The buttons of further ways in, in the tenant's order."""
        names = self.request.sign_in_configuration.authenticators(self.request.tenant)
        chain = installed(self.request).chain(names)
        return [link for each in chain for link in each.offers(self.request, wanted or "")]

    def _passkey_url(self, with_password: bool) -> str | None:
        """Where a passkey signs in: wherever a password does, and browsers know passkeys."""
        if not with_password or relying_party(self.request) is None:
            return None
        url: str = self.request.place(self.request.context_tenant, "login", "passkey")
        return url

    def _target(self, wanted: str | None) -> SafeURL | None:
        """A page of the tenant to go to afterwards. Other places are for signed tokens only."""
        return own_page(self.request, wanted)

    def _waiting(self) -> SafeURL | None:
        """Where this browser was going when it was last sent to sign in."""
        logins = PendingLogins(self.request.db, self.request.tenant)
        started = logins.find(cookies.read(self.request))
        return self._target(started.target) if started is not None else None

    def _remember(self, target: SafeURL | None, remote_url: SafeURL | None) -> None:
        """Only what may be needed is written down: visits without a destination are many."""
        policy = self.request.sign_in_configuration.settings.unsolicited
        if remote_url is not None and (target is not None or policy != "allow"):
            logins = PendingLogins(self.request.db, self.request.tenant)
            logins.remember(cookies.visitor(self.request), target or "")

    def _password_is_on(self) -> bool:
        return local_password.NAME in self.request.tenant.authenticators

    def _home(self) -> SafeURL:
        return page(self.request, self.request.context_tenant)


def remote_login_url(request: Request, target: SafeURL | None) -> SafeURL | None:
    """Where “Sign In with …” leads; None where the tenant has no login of its own."""
    remote = remote_login_of(request)
    return remote.challenge(request, target or "") if remote is not None else None
