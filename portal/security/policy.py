"""The security policy: the tenant's chain of authenticators, and the ACL of the lineage."""

from typing import Any

from pyramid.authorization import ACLHelper, Everyone
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import Denied
from pyramid.traversal import lineage

from portal.security import authenticators, csrf, gates
from portal.security.authenticators import Authenticator, installed
from portal.security.gates import shut
from portal.security.grants import EVERY, GRANTS, principal_of
from portal.security.identity import ApiClient, Identity
from portal.security.permissions import DEFAULT_PERMISSION, Permission
from portal.web.errors import error_page
from portal.web.i18n import N_

#: What a place accepts when it says nothing: a browser's session.
BROWSER = frozenset({"session"})

Principal = Identity | ApiClient


class NotInRole(Denied):
    """A permission that the role of somebody of the team lacks, and that would let them in."""

    reason = "role"

    @property
    def permission(self) -> Permission:
        """What is lacking."""
        return Permission(self.args[0])


class PortalSecurityPolicy:
    """Who authenticates also authorizes: the identity of a request belongs to its context."""

    def __init__(self) -> None:
        self._acl = ACLHelper()

    def _prove(self, request: Request) -> tuple[Principal, Authenticator] | None:
        """The first authenticator in the chain that knows the request; asked once."""
        if not hasattr(request, "proven"):
            request.proven = None
            tenant = request.tenant
            if tenant is not None and tenant.is_active:
                request.proven = self._ask_chain(request, tenant.authenticators)
        proven: tuple[Principal, Authenticator] | None = request.proven
        return proven

    def _ask_chain(
        self, request: Request, names: list[str]
    ) -> tuple[Principal, Authenticator] | None:
        accepted = accepted_by(getattr(request, "context", None))
        for authenticator in installed(request).chain(names):
            if authenticator.name not in accepted:
                continue
            identity = authenticator.identify(request)
            # An authenticator that answers for another tenant is not believed.
            if identity is not None and identity.tenant_id == request.tenant.id:
                return identity, authenticator
        return None

    def identity(self, request: Request) -> Principal | None:
        """Who makes the request, or None."""
        proven = self._prove(request)
        return proven[0] if proven else None

    def authenticated_userid(self, request: Request) -> str | None:
        """`{tenant}:{user}`, for logs."""
        match self.identity(request):
            case Identity() as user:
                return f"{user.tenant_id}:{user.user_id}"
            case ApiClient() as client:
                return f"{client.tenant_id}:{client.key_id}"
            case _:
                return None

    def permits(self, request: Request, context: Any, permission: str) -> Any:
        """Whether the ACL of the context's lineage grants the permission, and no gate is shut."""
        identity = self.identity(request)
        principals = identity.principals() if identity is not None else [Everyone]
        granted = self._acl.permits(context, principals, permission)
        if not isinstance(identity, Identity):
            return granted
        refusal = (
            shut(request, context, identity)
            if granted
            else self._lacking(identity, context, permission)
        )
        # Not `or`: a refusal is false itself.
        return granted if refusal is None else refusal

    def _lacking(self, identity: Identity, context: Any, permission: str) -> NotInRole | None:
        """The permission, where the role is all that keeps the person out."""
        if not identity.is_staff or permission not in EVERY or permission in identity.permissions:
            return None
        with_it = [*identity.principals(), principal_of(Permission(permission))]
        if not self._acl.permits(context, with_it, permission):
            return None
        return NotInRole("the role lacks %s", permission)

    def remember(self, request: Request, userid: str, **kw: Any) -> list[tuple[str, str]]:
        """Not used: sessions start in `browsers.start_session`."""
        raise TypeError("a session starts with portal.security.browsers.start_session")

    def forget(self, request: Request, **kw: Any) -> list[tuple[str, str]]:
        """Not used: sessions end in `browsers.end_session`."""
        raise TypeError("a session ends with portal.security.browsers.end_session")


def accepted_by(context: Any) -> frozenset[str]:
    """The authenticators that the nearest place in the lineage accepts."""
    if context is None:
        return BROWSER
    for place in lineage(context):
        accepts: frozenset[str] | None = getattr(place, "accepts", None)
        if accepts is not None:
            return accepts
    return BROWSER


def not_in_role(request: Request) -> Response:
    """What somebody of the team is answered whose role does not let them do it."""
    refused: NotInRole = request.exception.result
    text = N_(
        "Your role, “%(role)s”, does not include “%(permission)s”. "
        "An admin can change that in the settings, under Roles."
    )
    permission = request.gettext(GRANTS[refused.permission].label)
    role = request.identity.agent_role or request.gettext(N_("Agent"))
    said = request.gettext(text, role=role, permission=permission)
    return error_page(request, 403, text=said)


def require(request: Request, permission: Permission, context: Any) -> None:
    """For views that ask for more than they are registered with. Raises HTTPForbidden."""
    granted = request.has_permission(permission, context)
    if not granted:
        raise HTTPForbidden(result=granted)


def includeme(config: Configurator) -> None:
    """The policy, the default permission that nobody holds, and CSRF."""
    authenticators.includeme(config)
    csrf.includeme(config)
    gates.includeme(config)
    config.set_security_policy(PortalSecurityPolicy())
    config.set_default_permission(DEFAULT_PERMISSION)
    config.add_answer_to_denial(NotInRole.reason, not_in_role)
