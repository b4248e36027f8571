"""The authenticator that sends visitors to the company's own login, and back after signing out."""

import time

from pyramid.config import Configurator
from pyramid.request import Request

from portal.security.authenticators import Authenticator
from portal.security.models import Session
from portal.signin.configuration import departure, facts, primary_dialect
from portal.signin.dialects.base import Farewell, remote_login, remote_logout
from portal.web.i18n import N_
from portal.web.redirects import Blocked, SafeURL, configured_url

NAME = "remote_login"


class RemoteLogin(Authenticator):
    """The company's login page. It answers with a token, which ``jwt_sso`` reads."""

    name = NAME
    label = N_("Your site’s own login")

    def challenge(self, request: Request, target: str) -> SafeURL | None:
        """The remote login URL with the primary dialect's parameters; None when there is none."""
        dialect = primary_dialect(request)
        build = dialect.login_url if dialect is not None else remote_login
        return _checked(build(departure(request, target, now=int(time.time()))))

    def sign_out(self, request: Request, session: Session) -> SafeURL | None:
        """The remote logout URL; None leads to the landing page."""
        dialect = primary_dialect(request)
        build = dialect.logout_url if dialect is not None else remote_logout
        identity = request.identity
        email = identity.email if identity is not None else ""
        return _checked(build(Farewell(facts(request), email=email)))


def _checked(url: str | None) -> SafeURL | None:
    """A configured address is checked again where it is used: the settings may be old."""
    found = configured_url(url) if url else None
    return None if isinstance(found, Blocked) else found


def includeme(config: Configurator) -> None:
    """Install the authenticator."""
    config.add_authenticator(RemoteLogin())
