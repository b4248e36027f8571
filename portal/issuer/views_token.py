"""What clients call themselves: token, revocation, introspection, userinfo."""

from collections.abc import Callable

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.issuer.claims import person_claims
from portal.issuer.cors import let_read
from portal.issuer.errors import REALM, refusal_of
from portal.issuer.requests import IssuerRequest
from portal.issuer.resources import IssuerResource
from portal.issuer.server import Issuer
from portal.issuer.tokens import Tokens
from portal.signin.requests import address
from portal.signin.throttles import Limit, Throttles

#: Calls of one network address with wrong credentials.
REFUSED_CLIENTS = Limit("issuer:address", 100, 300)


@view_defaults(
    context=IssuerResource,
    permission=NO_PERMISSION_REQUIRED,
    require_csrf=False,
    request_method="POST",
)
class ClientCalls:
    """Each brings a form with the client's credentials, and gets JSON."""

    def __init__(self, context: IssuerResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.issuer = Issuer(request)

    @view_config(name="token")
    def token(self) -> Response:
        """RFC 6749, 3.2."""
        let_read(self.request)
        asked = IssuerRequest(self.request, body_alone=True)
        response = self._answered(asked, self.issuer.create_token_response)
        if self.issuer.error is not None:
            refusal = refusal_of(self.issuer.error)
            self.issuer.log.refused(asked.named_client, refusal, asked.person)
        return response

    @view_config(name="revoke")
    def revoke(self) -> Response:
        """RFC 7009, 2."""
        let_read(self.request)
        return self._answered(
            IssuerRequest(self.request, body_alone=True),
            lambda asked: self.issuer.create_endpoint_response("revocation", asked),
        )

    @view_config(name="introspect")
    def introspect(self) -> Response:
        """RFC 7662, 2."""
        return self._answered(
            IssuerRequest(self.request, body_alone=True),
            lambda asked: self.issuer.create_endpoint_response("introspection", asked),
        )

    def _answered(
        self, asked: IssuerRequest, call: Callable[[IssuerRequest], Response]
    ) -> Response:
        throttles = Throttles(self.request.db, self.request.tenant.id)
        if throttles.exhausted(REFUSED_CLIENTS, address(self.request)):
            return _error(429, "temporarily_unavailable", "Too many refused calls: wait a while.")
        if asked.repeated:
            return self.issuer.handle_error_response(
                asked, InvalidRequestError("A parameter comes twice.")
            )
        try:
            response = call(asked)
        except OAuth2Error as error:
            response = self.issuer.handle_error_response(asked, error)
        if response.status_int == 401:
            throttles.count(REFUSED_CLIENTS, address(self.request))
        return response


@view_config(
    context=IssuerResource,
    name="userinfo",
    permission=NO_PERMISSION_REQUIRED,
    require_csrf=False,
    request_method=("GET", "POST"),
)
def userinfo(context: IssuerResource, request: Request) -> Response:
    """OpenID Connect Core, 5.3: what the access token in the header (or the form) allows."""
    let_read(request)
    in_header, in_form = _bearer(request), IssuerRequest(request).form.get("access_token")
    if in_header and in_form:
        return _challenge(400, "invalid_request", "The token comes by one way alone.")
    value = in_header or in_form
    if value is None:
        # RFC 6750, 3.1: nothing is said about an error that nobody has made yet.
        return _challenge(401, None)
    held = Tokens(request.db, request.tenant).find(value, "access")
    if held is None or not held.is_active():
        return _challenge(401, "invalid_token", "The token is unknown, or over.")
    if "openid" not in held.token.scope.split():
        return _challenge(403, "insufficient_scope", "The token was not asked for with openid.")
    claims = person_claims(request.db, request.tenant, held.user, held.token.scope)
    response = Response(json_body=claims)
    response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
    return response


def _bearer(request: Request) -> str | None:
    """The token of the header (RFC 6750, 2.1). One in the address counts for nothing."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() or None if scheme.lower() == "bearer" else None


def _challenge(status: int, error: str | None, description: str = "") -> Response:
    """RFC 6750, 3."""
    words = [f'Bearer realm="{REALM}"']
    if error is not None:
        words += [f'error="{error}"', f'error_description="{description}"']
    response = _error(status, error or "invalid_token", description)
    response.headers["WWW-Authenticate"] = ", ".join(words)
    return response


def _error(status: int, error: str, description: str) -> Response:
    body = {"error": error} | ({"error_description": description} if description else {})
    response = Response(json_body=body, status=status)
    response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
    return response
