"""The issuer in the tree: `oauth2`, `.well-known` and `idp` of each tenant."""

from pyramid.config import Configurator

from portal.issuer.addresses import PLACE, issuer_url
from portal.resources import TenantResource, enter
from portal.tenants.directory import TenantDirectory
from portal.web.tree import Resource

_WELL_KNOWN = ".well-known"
#: One document under two names: RFC 8414, 3, and OpenID Connect Discovery, 4.
DOCUMENTS = ("oauth-authorization-server", "openid-configuration")


class IssuerResource(Resource):
    """`oauth2`: its views are the endpoints."""


class WellKnownResource(Resource):
    """`.well-known`: what clients read before anything else."""

    speaks_json = True


class MetadataOfTenants(Resource):
    """`.well-known` beside the tenants: RFC 8414, 3.1, puts an issuer's path behind the name of the
    document, as in `/.well-known/oauth-authorization-server/acme`."""

    speaks_json = True

    def __getitem__(self, name: str) -> Resource:
        if self.__parent__ is not None and self.__parent__.__name__ == _WELL_KNOWN:
            return self._of_tenant(name)
        if name not in DOCUMENTS:
            raise KeyError(name)
        return MetadataOfTenants(self.request, self, name)

    def _of_tenant(self, slug: str) -> Resource:
        request = self.request
        tenant = TenantDirectory(request.db).by_slug(slug)
        root = self.__parent__.__parent__ if self.__parent__ is not None else None
        if tenant is None:
            raise KeyError(slug)
        home = enter(request, TenantResource(request, root, slug, tenant))
        # A tenant with a host of its own has its issuer there, and the document as well.
        if not home.is_open or issuer_url(request) != f"{request.portal.origin}/{slug}":
            raise KeyError(slug)
        return TenantMetadata(request, self, slug)


class TenantMetadata(Resource):
    """The document of one tenant, at an address beside the tenants."""

    speaks_json = True


class IdpResource(Resource):
    """`idp`: the small flow."""


def includeme(config: Configurator) -> None:
    """Mount the places."""
    for name, kind in (
        (PLACE, IssuerResource),
        (_WELL_KNOWN, WellKnownResource),
        ("idp", IdpResource),
    ):
        config.add_tenant_child(
            name, lambda parent, name, kind=kind: kind(parent.request, parent, name)
        )
    config.add_root_child(
        _WELL_KNOWN, lambda parent, name: MetadataOfTenants(parent.request, parent, name)
    )
