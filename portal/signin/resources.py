"""Places of the tree where people sign in, and where the vendors' tokens arrive."""

from collections.abc import Mapping

from pyramid.config import Configurator
from pyramid.request import Request

from portal.resources import Root, TenantResource
from portal.signin.dialects import dialects
from portal.signin.dialects.base import Dialect
from portal.web.tree import Resource


class LoginResource(Resource):
    """``login``: the sign-in page, and what belongs to it."""


class EndpointResource(Resource):
    """A dialect's address, or a segment on the way to one: ``auth`` of ``auth/callback``.

    It stands in every tenant, and once more beside them: several vendors' addresses name no
    tenant, and the token or a parameter does.
    """

    #: Also below the API, which takes keys alone: here a browser may be signed in already.
    accepts = frozenset({"session"})

    def __init__(
        self, request: Request, parent: Resource | None, name: str, segments: tuple[str, ...]
    ) -> None:
        super().__init__(request, parent, name)
        self.segments = segments

    def __getitem__(self, name: str) -> "EndpointResource":
        return endpoint_below(self, *self.segments, name)

    @property
    def dialect(self) -> Dialect | None:
        """Whose address this is; None on the way to one."""
        return self._found()[0]

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that the address takes."""
        return self._found()[1]

    @property
    def path_parameters(self) -> Mapping[str, str]:
        """The parameters in the path."""
        return self._found()[2]

    def _found(self) -> tuple[Dialect | None, tuple[str, ...], Mapping[str, str]]:
        for dialect in dialects(self.request.registry).values():
            for endpoint in dialect.endpoints:
                if (found := endpoint.match(self.segments)) is not None:
                    return dialect, endpoint.methods, found
        return None, (), {}


def endpoint_below(parent: Resource, *segments: str) -> EndpointResource:
    """The dialect's address, or the way to one, at ``segments`` below the tenant.

    For places that share their first segments with a vendor's address, such as ``api``. Raises
    KeyError when no dialect's address begins like this.
    """
    for dialect in dialects(parent.request.registry).values():
        for endpoint in dialect.endpoints:
            if endpoint.leads_to(segments):
                return EndpointResource(parent.request, parent, segments[-1], segments)
    raise KeyError(segments[-1])


def _endpoint(parent: Resource, name: str) -> EndpointResource:
    return EndpointResource(parent.request, parent, name, (name,))


def mount_endpoints(config: Configurator) -> None:
    """Mount the first segment of every dialect's address, once all dialects are known."""

    def mount() -> None:
        for dialect in dialects(config.registry).values():
            for endpoint in dialect.endpoints:
                first = endpoint.path.partition("/")[0]
                for key in (Root.children_key, TenantResource.children_key):
                    config.registry[key].setdefault(first, _endpoint)

    # After the dialects of packages that are included later.
    config.action(("portal endpoints",), mount, order=900)


def includeme(config: Configurator) -> None:
    """Mount the sign-in page and the endpoints."""
    config.add_tenant_child(
        "login", lambda parent, name: LoginResource(parent.request, parent, name)
    )
    mount_endpoints(config)
