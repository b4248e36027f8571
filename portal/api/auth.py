"""`POST api/auth/redirect` and `POST api/auth/logout`: the tenant's backend about its visitors."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.api import cors
from portal.api.bodies import FORM_TYPE, JSON_TYPE, read_body
from portal.api.callers import RefusedCall, key_caller, no_key, text_of
from portal.api.fields import Fields
from portal.api.requesters import Person, Requesters
from portal.api.resources import ApiAuthResource
from portal.api.views import answer
from portal.resources import Root, TenantResource, enter
from portal.security.identity import ApiClient
from portal.security.permissions import Permission
from portal.security.sessions import SessionService
from portal.signin.assertion import Assertion
from portal.signin.claims import Claim, Kind, read_claims
from portal.signin.codes import Code, Step
from portal.signin.dialects.central import CENTRAL
from portal.signin.handoffs import Handoffs
from portal.signin.jwt_sso import Arrival, token_authenticator, unpack
from portal.signin.parameters import TOKEN_LIMIT, Parameters
from portal.signin.pipeline import Pipeline, Visit
from portal.signin.refusals import Refusal
from portal.signin.requests import resolve
from portal.signin.trace import Trace
from portal.tenants.directory import TenantDirectory
from portal.tenants.models import Tenant
from portal.web.i18n import N_
from portal.web.redirects import Blocked

#: The body, which a key vouches for as a signature vouches for a token's claims.
_FIELDS = (
    Claim("email", Kind.EMAIL, required=True),
    Claim("name", Kind.NAME),
    Claim("role", Kind.TEXT),
    Claim("external_user_id", Kind.IDENTIFIER, slot="external_id"),
    Claim("redirect_url", Kind.TARGET, slot="target"),
)


@view_defaults(
    context=ApiAuthResource,
    name="redirect",
    request_method="POST",
    permission=NO_PERMISSION_REQUIRED,
    require_csrf=False,
)
class Redirect:
    """Hands a visitor over: an address for their browser, with a one-time reference in it.

    Open to calls without a key, because a signed token authenticates one as well, and because
    whoever brings neither is told where to send the visitor.
    """

    def __init__(self, context: ApiAuthResource, request: Request) -> None:
        self.request = request
        self.client: ApiClient | None = None

    @view_config()
    def redirect(self) -> Response:
        """302 to the callback; 200 to a page in a browser, which could not follow it."""
        self.request.sign_in_attempt.trace.dialect = CENTRAL.name
        try:
            assertion = self._vouched_for()
            self._check(assertion)
        except Refusal as refusal:
            raise RefusedCall(refusal, self.client) from refusal
        reference = Handoffs(self.request.db, self.request.tenant).make(assertion)
        callback = self.request.absolute(self.request.context_tenant, "auth", "callback")
        url = f"{callback}?token={quote(reference, safe='')}"
        in_browser = self.client is None and "Origin" in self.request.headers
        response = Response(
            json_body={"success": True, "redirect_url": url}, status=200 if in_browser else 302
        )
        response.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        if not in_browser:
            response.headers["Location"] = url
        return response

    def _vouched_for(self) -> Assertion:
        """Whom the caller vouches for. Raises ``Refusal``, and ``ApiError`` for a broken body."""
        cors.let_read(self.request)
        self.client = key_caller(self.request)
        body = read_body(self.request, JSON_TYPE, FORM_TYPE)
        if self.client is None:
            return self._by_token(body)
        self._check_tenant(body)
        trace = self.request.sign_in_attempt.trace
        with trace.step(Step.CLAIMS):
            return _by_key(self.client, body, trace)

    def _by_token(self, body: dict[str, Any]) -> Assertion:
        """As the signed token in the body or the header says. Who it is for, only it can say."""
        token = text_of(body, "token") or _bearer(self.request)
        request = self.request
        trace = request.sign_in_attempt.trace
        arrival: Arrival | None = None
        if token is not None:
            request.sign_in_attempt.authenticator = token_authenticator(request).name
            if len(token.encode("utf-8", "replace")) > TOKEN_LIMIT:
                raise Refusal(Code.TOKEN_TOO_LARGE, wanted=f"at most {TOKEN_LIMIT} bytes")
            parameters = Parameters(token.strip(" \t\r\n"))
            arrival = unpack(CENTRAL, parameters, trace, at=time.time())
            if arrival.token is None:
                raise Refusal(Code.TOKEN_MALFORMED, seen="reference", wanted="a signed token")
        if request.tenant is None:
            _enter_named(request, body, arrival)
            cors.let_read(request)
        if arrival is None:
            raise no_key(
                N_(
                    "The call brought neither an API key nor a token. The samples for PHP, "
                    "Laravel and HTML forget the headers X-API-Key and X-API-Secret: add them."
                )
            )
        self._check_tenant(body)
        request.sign_in_arrival = arrival
        assertion = token_authenticator(request).authenticate(request)
        if assertion is None:
            raise Refusal(Code.TOKEN_MISSING)
        return replace(assertion, target=assertion.target or text_of(body, "redirect_url"))

    def _check_tenant(self, body: Mapping[str, Any]) -> None:
        """The tenant in the body need not be there; where it is, it is this one."""
        slug, named = self.request.tenant.slug, body.get("tenant")
        with self.request.sign_in_attempt.trace.step(Step.TENANT):
            if named not in (None, "", slug):
                raise Refusal(
                    Code.TENANT_MISMATCH,
                    hint=N_("The call names another tenant than the one that its key belongs to."),
                    seen=named[:80] if isinstance(named, str) else type(named).__name__,
                    wanted=slug,
                )

    def _check(self, assertion: Assertion) -> None:
        """All that can be refused now, before a browser is sent on its way. Writes nothing.

        Whether the visitor started the sign-in here is seen when they arrive.
        """
        request = self.request
        configuration = request.sign_in_configuration
        trace = request.sign_in_attempt.trace
        with trace.step(Step.DIALECT):
            if CENTRAL.name not in configuration.settings.dialects:
                raise Refusal(Code.DIALECT_DISABLED, seen=CENTRAL.name)
        pipeline = Pipeline(request.db, request.tenant, configuration, trace)
        pipeline.judge(assertion, Visit(pending=""), lambda target: resolve(request, target))
        if assertion.target is None:
            return
        place = resolve(request, assertion.target)
        with trace.step(Step.TARGET):
            if isinstance(place, Blocked):
                raise Refusal(Code.REDIRECT_BLOCKED, seen=place.reason.value)


def _by_key(client: ApiClient, body: Mapping[str, Any], trace: Trace) -> Assertion:
    if not body.get("email"):
        raise Refusal(Code.EMAIL_INVALID, hint=N_("The body has no “email”."), wanted="email")
    known = {claim.name for claim in _FIELDS}
    given = {name: value for name, value in body.items() if name in known}
    claims = read_claims(given, _FIELDS, trace)
    return Assertion(
        authenticator=client.authenticator,
        email=claims.email,
        name=claims.text("name"),
        namespace=CENTRAL.namespace,
        external_id=claims.text("external_id"),
        role=claims.text("role"),
        role_cap=CENTRAL.role_cap,
        target=claims.text("target"),
        key_id=client.key_id,
    )


def _bearer(request: Request) -> str | None:
    """The token of an ``Authorization`` header (RFC 6750, 2.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _enter_named(request: Request, body: Mapping[str, Any], arrival: Arrival | None) -> None:
    """Beside the tenants: the one that the body or the token names, else the only one."""
    directory = TenantDirectory(request.db)
    tenant: Tenant | None = None
    slug = body.get("tenant") or (arrival.claim("tenant") if arrival is not None else None)
    if isinstance(slug, str):
        tenant = directory.by_slug(slug) if "\0" not in slug else None
    elif slug is None:
        tenant = directory.only()
    if tenant is not None and tenant.is_active:
        enter(request, TenantResource(request, Root(request), tenant.slug, tenant))
    elif arrival is not None:
        raise Refusal(Code.TENANT_UNKNOWN, step=Step.TENANT)


@view_config(
    context=ApiAuthResource,
    name="logout",
    request_method="POST",
    permission=Permission.API_SIGN_IN,
    require_csrf=False,
)
def logout(context: ApiAuthResource, request: Request) -> Response:
    """Sign somebody out everywhere; how many sessions ended. Nobody known had none."""
    try:
        key_caller(request)
    except Refusal as refusal:
        raise RefusedCall(refusal, None) from refusal
    fields = Fields(read_body(request, JSON_TYPE, FORM_TYPE))
    person = Person(fields.email("email"), fields.identifier("external_user_id"))
    if person.email is None and person.external_id is None:
        fields.missing("email", N_("Name the person: send “email” or “external_user_id”."))
    fields.check()
    user = Requesters(request.db, request.tenant).find(person)
    service = SessionService(request.db, request.tenant)
    ended = service.end_all(user.id) if user is not None else 0
    return answer({"sessions_ended": ended})
