"""The security policy: the tenant's chain of authenticators, and the ACL of the lineage."""

from typing import Any

from pyramid.authorization import ACLHelper, Everyone
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.traversal import lineage

from portal.security import authenticators, csrf, gates
from portal.security.authenticators import Authenticator, installed
from portal.security.gates import shut
from portal.security.identity import ApiClient, Identity
from portal.security.permissions import DEFAULT_PERMISSION

#: What a place accepts when it says nothing: a browser's session.
BROWSER = frozenset({"session"})

Principal = Identity | ApiClient


class PortalSecurityPolicy:
    """Who authenticates also authorizes: the identity of a request belongs to its context."""

    def __init__(self) -> None:
        self._acl = ACLHelper()

    def _prove(self, request: Request) -> tuple[Principal, Authenticator] | None:
        """The first authenticator in the chain that knows the request; asked once."""
        if not hasattr(request, "proven"):
            request.proven = None
            tenant = request.tenant
            if tenant is not None and tenant.status == "active":
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
        denied = shut(request, context, identity) if isinstance(identity, Identity) else None
        return granted if not granted or denied is None else denied

    def remember(self, request: Request, userid: str, **kw: Any) -> list[tuple[str, str]]:
        """Not used: sessions start in `sessions.start_session`."""
        raise TypeError("a session starts with portal.security.sessions.start_session")

    def forget(self, request: Request, **kw: Any) -> list[tuple[str, str]]:
        """Not used: sessions end in `sessions.end_session`."""
        raise TypeError("a session ends with portal.security.sessions.end_session")


def accepted_by(context: Any) -> frozenset[str]:
    """The authenticators that the nearest place in the lineage accepts."""
    if context is None:
        return BROWSER
    for place in lineage(context):
        accepts: frozenset[str] | None = getattr(place, "accepts", None)
        if accepts is not None:
            return accepts
    return BROWSER


def includeme(config: Configurator) -> None:
    """The policy, the default permission that nobody holds, and CSRF."""
    authenticators.includeme(config)
    csrf.includeme(config)
    gates.includeme(config)
    config.set_security_policy(PortalSecurityPolicy())
    config.set_default_permission(DEFAULT_PERMISSION)
