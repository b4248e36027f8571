"""What a client reads before anything else: the metadata and the keys."""

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.issuer.addresses import endpoint, issuer_url
from portal.issuer.clients import SCOPES
from portal.issuer.keys import ALGORITHM, IssuerKeys
from portal.issuer.resources import IssuerResource, TenantMetadata, WellKnownResource
from portal.security.secrets import secret_box
from portal.web.tree import Resource

#: Seconds for which a client may keep the keys: a next one is published long before it signs.
_KEPT = 3600


@view_defaults(context=WellKnownResource, permission=NO_PERMISSION_REQUIRED, request_method="GET")
class Metadata:
    """OpenID Connect Discovery, 4, and RFC 8414, 3, with one document."""

    def __init__(self, context: Resource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(name="openid-configuration")
    @view_config(name="oauth-authorization-server")
    @view_config(context=TenantMetadata)
    def show(self) -> Response:
        """The document."""
        return _public(metadata(self.request))


@view_config(
    context=IssuerResource, name="jwks", permission=NO_PERMISSION_REQUIRED, request_method="GET"
)
def key_set(context: IssuerResource, request: Request) -> Response:
    """The current, the next and the previous public key (RFC 7517, 5)."""
    box = secret_box(request.portal)
    return _public(IssuerKeys(request.db, request.tenant, box).key_set())


def metadata(request: Request) -> dict[str, Any]:
    """What the issuer of the request's tenant can do."""
    secrets = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": issuer_url(request),
        "authorization_endpoint": endpoint(request, "authorize"),
        "token_endpoint": endpoint(request, "token"),
        "userinfo_endpoint": endpoint(request, "userinfo"),
        "jwks_uri": endpoint(request, "jwks"),
        "revocation_endpoint": endpoint(request, "revoke"),
        "introspection_endpoint": endpoint(request, "introspect"),
        "end_session_endpoint": endpoint(request, "logout"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": [*secrets, "none"],
        "revocation_endpoint_auth_methods_supported": [*secrets, "none"],
        "introspection_endpoint_auth_methods_supported": secrets,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            *("iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "nonce", "at_hash", "sid"),
            *("name", "locale", "zoneinfo", "email", "email_verified", "organisation"),
        ],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def _public(body: dict[str, Any]) -> Response:
    response = Response(json_body=body)
    response.cache_control = f"public, max-age={_KEPT}"
    # Nothing in it is anybody's: browser applications read it from everywhere.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
