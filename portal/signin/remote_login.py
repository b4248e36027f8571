"""The authenticator that sends visitors to the company's own login, and back after signing out."""

import time

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import select

from portal.people.models import Identity
from portal.security.authenticators import Authenticator, installed
from portal.security.models import Session
from portal.signin.configuration import departure, facts, primary_dialect
from portal.signin.dialects.base import Dialect, Farewell, remote_login, remote_logout
from portal.web.i18n import N_
from portal.web.redirects import Blocked, SafeURL, configured_url, page

NAME = "remote_login"


class RemoteLogin(Authenticator):
    """The company's login page. It answers with a token, which ``jwt_sso`` reads."""

    name = NAME
    label = N_("Your site’s own login")

    def challenge(self, request: Request, target: str) -> SafeURL | None:
        """The remote login URL with the primary dialect's parameters; None when there is none.

        For a dialect whose sign-ins start here it is an address of ours, ``login/start``: what
        the browser has to bring back is made when the visitor sets out.
        """
        url = self.departure_url(request, target)
        dialect = primary_dialect(request)
        if url is None or dialect is None or not dialect.started_here:
            return url
        return page(
            request, request.context_tenant, "login", "start", query={"next": target or None}
        )

    def departure_url(
        self, request: Request, target: str, *, state: str = "", nonce: str = ""
    ) -> SafeURL | None:
        """The company's own address, with all that the primary dialect adds to it."""
        dialect = primary_dialect(request)
        build = dialect.login_url if dialect is not None else remote_login
        leaving = departure(request, target, now=int(time.time()), state=state, nonce=nonce)
        return _checked(build(leaving))

    def sign_out(self, request: Request, session: Session) -> SafeURL | None:
        """The remote logout URL; None leads to the landing page."""
        dialect = primary_dialect(request)
        build = dialect.logout_url if dialect is not None else remote_logout
        identity = request.identity
        return _checked(
            build(
                Farewell(
                    facts(request),
                    email=identity.email if identity is not None else "",
                    external_id=_external_id(request, dialect) if identity is not None else "",
                )
            )
        )


def remote_login_of(request: Request) -> RemoteLogin | None:
    """The authenticator that sends people to the company's own login, where it is on."""
    names = request.sign_in_configuration.authenticators(request.tenant)
    for authenticator in installed(request).chain(names):
        if isinstance(authenticator, RemoteLogin):
            return authenticator
    return None


def _external_id(request: Request, dialect: Dialect | None) -> str:
    """The company's own id of whoever is signed in; empty when it gave none."""
    if dialect is None:
        return ""
    found = request.db.scalar(
        select(Identity.external_id)
        .where(
            Identity.tenant_id == request.tenant.id,
            Identity.user_id == request.identity.user_id,
            Identity.namespace == dialect.namespace,
        )
        .order_by(Identity.created_at.desc())
        .limit(1)
    )
    return found or ""


def _checked(url: str | None) -> SafeURL | None:
    """A configured address is checked again where it is used: the settings may be old."""
    found = configured_url(url) if url else None
    return None if isinstance(found, Blocked) else found


def includeme(config: Configurator) -> None:
    """Install the authenticator."""
    config.add_authenticator(RemoteLogin())
