"""The issuer in the tree: `oauth2`, `.well-known` and `idp` of each tenant."""

from pyramid.config import Configurator

from portal.issuer.addresses import PLACE
from portal.web.tree import Resource


class IssuerResource(Resource):
    """`oauth2`: its views are the endpoints."""


class WellKnownResource(Resource):
    """`.well-known`: what clients read before anything else."""

    speaks_json = True


class IdpResource(Resource):
    """`idp`: the small flow."""


def includeme(config: Configurator) -> None:
    """Mount the places."""
    for name, kind in (
        (PLACE, IssuerResource),
        (".well-known", WellKnownResource),
        ("idp", IdpResource),
    ):
        config.add_tenant_child(
            name, lambda parent, name, kind=kind: kind(parent.request, parent, name)
        )
