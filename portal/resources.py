"""The tree: Root, tenants below it, and where features mount their places.

Only KeyError leaves a `__getitem__`, so that every missing place is a 404 page that can wear
the tenant's brand.
"""

import re
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

from pyramid.authorization import DENY_ALL, Allow
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.traversal import resource_path

from portal.security.grants import by_role
from portal.security.identity import ADMIN, AGENT, PERSON
from portal.security.permissions import Permission
from portal.tenants.directory import RESERVED_SLUGS, TenantDirectory
from portal.tenants.models import Tenant
from portal.web import transaction_wanted
from portal.web.tree import Acl, ChildFactory, Mount, Resource

__all__ = ["ADMIN", "AGENT", "Acl", "ChildFactory", "Mount", "Resource", "Root", "TenantResource"]


class Root(Mount):
    """The installation: its children are tenants by slug, and what vendors' URLs want here."""

    children_key = "resources.root"
    __acl__: ClassVar[Acl] = [DENY_ALL]

    def __init__(self, request: Request) -> None:
        super().__init__(request, None, "")

    def __getitem__(self, name: str) -> Resource:
        if name in self.request.registry[self.children_key]:
            return super().__getitem__(name)
        if name in RESERVED_SLUGS:
            raise KeyError(name)
        tenant = TenantDirectory(self.request.db).by_slug(name)
        if tenant is None:
            raise KeyError(name)
        resource = enter(self.request, TenantResource(self.request, self, name, tenant))
        if not resource.is_open:
            raise KeyError(name)
        return resource


class TenantResource(Mount):
    """A tenant, as a child of Root or as the root of its own host."""

    children_key = "resources.tenant"
    accepts = frozenset({"session"})
    #: Ends in DENY_ALL, so that a path-rooted tenant grants what a host-rooted one does.
    __acl__: ClassVar[Acl] = [
        (
            Allow,
            PERSON,
            (Permission.USE_PORTAL, Permission.OPEN_TICKET, Permission.LIST_TICKETS),
        ),
        *by_role(
            Permission.OPEN_FOR_CUSTOMER,
            Permission.CHANGE_MANY,
            Permission.CHANGE_UNLIMITED,
            Permission.SHARE_WITH_ALL,
            Permission.VIEW_PEOPLE,
            Permission.EDIT_PEOPLE,
            Permission.MERGE_PEOPLE,
            Permission.VIEW_INTEGRATION,
            Permission.VIEW_SIGN_IN_LOG,
        ),
        (Allow, ADMIN, (Permission.ADMINISTER,)),
        DENY_ALL,
    ]

    def __init__(
        self, request: Request, parent: Resource | None, name: str, tenant: Tenant
    ) -> None:
        super().__init__(request, parent, name)
        self.tenant = tenant

    @property
    def is_open(self) -> bool:
        """Whether there is anything here: there is not, of a suspended tenant."""
        return self.tenant.is_active


def enter(request: Request, resource: TenantResource) -> TenantResource:
    """The request belongs to this tenant from here on."""
    request.db.keep_readable(resource.tenant)
    request.tenant = resource.tenant
    request.context_tenant = resource
    return resource


class NoHost(Resource):
    """The root of a host that is nobody's, or a suspended tenant's: everything is 404."""

    __acl__: ClassVar[Acl] = [DENY_ALL]


_HOST = re.compile(r"(?P<name>[a-z0-9._-]{1,255}|\[[0-9a-f:.]{2,45}\])(:[0-9]{0,5})?", re.ASCII)


def host_of(request: Request) -> str:
    """The request's host name: lower-case, without port or trailing dot; "" for what is none."""
    match = _HOST.fullmatch(request.host.lower())
    return match["name"].strip("[]").removesuffix(".") if match else ""


def root_factory(request: Request) -> Resource:
    """The Tenant for its own host, Root for the portal's, and nothing for any other."""
    settings = request.registry["portal.settings"]
    if not transaction_wanted(request):
        # Below `/-/` and `/static/` there are only routes, with factories of their own.
        return NoHost(request, None, "")
    host = host_of(request)
    if host in settings.hosts:
        return Root(request)
    tenant = TenantDirectory(request.db).by_host(host)
    if tenant is not None:
        resource = enter(request, TenantResource(request, None, "", tenant))
        return resource if resource.is_open else NoHost(request, None, "")
    return Root(request) if settings.development else NoHost(request, None, "")


def place(
    request: Request,
    resource: Resource,
    *elements: str | int,
    query: dict[str, Any] | None = None,
    anchor: str | None = None,
) -> str:
    """The path of a place (or of a view below it): never holds a host, so cannot be spoofed.

    `query` values of None are left out; lists repeat their key.
    """
    path: str = resource_path(resource, *(str(element) for element in elements))
    if isinstance(resource, TenantResource) and not elements:
        path = path.rstrip("/") + "/"
    pairs = [(key, value) for key, value in (query or {}).items() if value is not None]
    if pairs:
        path += "?" + urlencode(pairs, doseq=True)
    return path + (f"#{quote(anchor)}" if anchor else "")


def absolute(request: Request, resource: Resource, *elements: str | int, **options: Any) -> str:
    """The URL of a place, on a configured origin: the portal's, or the tenant's own host's."""
    return origin(request) + place(request, resource, *elements, **options)


def origin(request: Request) -> str:
    """The configured origin that the request came to: scheme, host and port."""
    settings = request.registry["portal.settings"]
    base: str = settings.origin
    root = request.context_tenant
    if root is None or root.__parent__ is not None:
        return base
    # A host root exists only for a host that the tenant's record holds.
    parts = urlsplit(base)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host_of(request)}{port}"


def front(context: Root, request: Request) -> dict[str, Any]:
    """The front door: it names no tenant to strangers, and lists them only in development."""
    tenants = TenantDirectory(request.db).all() if request.portal.development else []
    return {
        "links": [
            (tenant.name, place(request, TenantResource(request, context, tenant.slug, tenant)))
            for tenant in tenants
        ]
    }


def add_root_child(config: Configurator, name: str, factory: ChildFactory) -> None:
    """Pyramid directive: mount a place beside the tenants, at `/{name}`."""
    _mount(config, Root.children_key, name, factory)


def add_tenant_child(config: Configurator, name: str, factory: ChildFactory) -> None:
    """Pyramid directive: mount a place in every tenant, at `/{slug}/{name}`."""
    _mount(config, TenantResource.children_key, name, factory)


def _mount(config: Configurator, key: str, name: str, factory: ChildFactory) -> None:
    children: dict[str, ChildFactory] = config.registry[key]
    config.action(("portal place", key, name), lambda: children.setdefault(name, factory))


def includeme(config: Configurator) -> None:
    """The root factory, the directives that features mount with, and the links."""
    config.registry[Root.children_key] = {}
    config.registry[TenantResource.children_key] = {}
    config.add_directive("add_root_child", add_root_child)
    config.add_directive("add_tenant_child", add_tenant_child)
    config.set_root_factory(root_factory)
    config.add_view(
        front,
        context=Root,
        request_method="GET",
        permission=NO_PERMISSION_REQUIRED,
        renderer="portal:templates/tenants/front.jinja2",
    )
    config.add_request_method(place, "place")
    config.add_request_method(absolute, "absolute")
    config.add_request_method(origin, "origin", property=True)
