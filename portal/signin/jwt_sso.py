"""The authenticator of signed tokens: steps 1 to 9, and what a dialect's token asserts."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from portal.security.authenticators import Authenticator, installed
from portal.signin.assertion import Assertion
from portal.signin.codes import Code, Step
from portal.signin.configuration import facts
from portal.signin.dialects.base import Dialect, Match, TenantFacts
from portal.signin.emails import mask_email
from portal.signin.handoffs import Handoffs, is_reference
from portal.signin.jose import Token
from portal.signin.parameters import Parameters
from portal.signin.refusals import Refusal
from portal.signin.requests import address, parameters
from portal.signin.throttles import REFUSED_TOKENS, Throttles
from portal.signin.token import Verified, parse, verify
from portal.signin.trace import Trace
from portal.web.i18n import N_

NAME = "jwt_sso"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A token that arrived, taken apart and not yet believed."""

    dialect: Dialect
    parameters: Parameters
    #: None: what arrived is a one-time reference, see ``portal.signin.handoffs``.
    token: Token | None = field(repr=False)
    #: When, in Unix seconds: a token that waits for the visitor's answer is judged by this.
    at: float

    def claim(self, name: str) -> Any:
        """A claim of the token, unverified; None when it is absent."""
        return self.token.payload.get(name) if self.token is not None else None


class JwtSso(Authenticator):
    """The company's own site vouches for its visitor with a signed token."""

    name = NAME
    label = N_("Signed token from your site")

    def authenticate(self, request: Request) -> Assertion | None:
        """What the token that arrived with this request asserts; None where none did.

        Steps 3 to 9, for the request's tenant. Writes nothing. Raises ``Refusal``.
        """
        arrival: Arrival | None = request.sign_in_arrival
        return self._believe(request, arrival) if arrival is not None else None

    def arrive(self, request: Request, dialect: Dialect, path: Mapping[str, str]) -> Arrival:
        """Steps 1 and 2: one token, well formed, kept with the request. Raises ``Refusal``."""
        trace: Trace = request.sign_in_attempt.trace
        request.sign_in_attempt.authenticator = self.name
        trace.dialect = dialect.name
        with trace.step(Step.REQUEST):
            found = parameters(request, dialect, path)
        arrival = unpack(dialect, found, trace, at=time.time())
        request.sign_in_arrival = arrival
        return arrival

    def _believe(self, request: Request, arrival: Arrival) -> Assertion:
        attempt, tenant = request.sign_in_attempt, request.tenant
        attempt.authenticator, attempt.trace.dialect = self.name, arrival.dialect.name
        trace: Trace = attempt.trace
        if Throttles(request.db, tenant.id).exhausted(REFUSED_TOKENS, address(request)):
            raise Refusal(Code.RATE_LIMITED, step=Step.REQUEST)
        own = facts(request)
        with trace.step(Step.TENANT) as check:
            check.seen = tenant.slug
            for hint in arrival.dialect.tenant_hints:
                _compare(hint, _unverified(hint, arrival), own)
        with trace.step(Step.DIALECT):
            self._check_enabled(request, arrival.dialect)
        if arrival.token is None:
            return self._look_up(request, arrival)
        configuration = request.sign_in_configuration
        verified = verify(
            arrival.token,
            arrival.dialect,
            configuration.keys,
            now=arrival.at,
            leeway=configuration.settings.leeway,
            trace=trace,
        )
        trace.masked_email = mask_email(verified.claims.email)
        with trace.step(Step.AUDIENCE):
            _check_audience(request, verified, arrival, own)
        return _assertion(arrival, verified)

    def _look_up(self, request: Request, arrival: Arrival) -> Assertion:
        attempt = request.sign_in_attempt
        handoffs = Handoffs(request.db, request.tenant)
        with attempt.trace.step(Step.SIGNATURE):
            assertion = handoffs.find(arrival.parameters.token, arrival.dialect, at=arrival.at)
        attempt.authenticator, attempt.trace.key_id = assertion.authenticator, assertion.key_id
        attempt.trace.masked_email = mask_email(assertion.email)
        return assertion

    def _check_enabled(self, request: Request, dialect: Dialect) -> None:
        settings = request.sign_in_configuration.settings
        if request.tenant.status != "active" or dialect.name not in settings.dialects:
            raise Refusal(Code.DIALECT_DISABLED, seen=dialect.name)
        if self.name not in request.tenant.authenticators:
            raise Refusal(
                Code.DIALECT_DISABLED,
                hint=N_("Signing in with tokens is switched off as a whole."),
                seen=self.name,
            )


def unpack(dialect: Dialect, found: Parameters, trace: Trace, *, at: float) -> Arrival:
    """What the parameters bring: a token, taken apart, or a reference. Raises ``Refusal``."""
    if dialect.takes_references and is_reference(found.token):
        return Arrival(dialect, found, None, at)
    return Arrival(dialect, found, parse(found.token, trace), at)


def token_authenticator(request: Request) -> JwtSso:
    """The installed authenticator of tokens."""
    found = installed(request).get(NAME)
    if not isinstance(found, JwtSso):
        raise TypeError("the authenticator of tokens was replaced by something else")
    return found


def _check_audience(
    request: Request, verified: Verified, arrival: Arrival, own: TenantFacts
) -> None:
    """Step 9. RFC 7519, 4.1.3: a token that names an audience is refused by everybody else."""
    claims = verified.claims
    accepted = {
        own.slug,
        own.home_url,
        own.home_url.rstrip("/"),
        request.origin,
        request.host,
        f"{request.origin}{request.path}",
        *filter(None, (own.company_id, own.account_id, own.client_id)),
    }
    if "aud" in claims.values and not accepted.intersection(claims.texts("aud")):
        raise Refusal(
            Code.AUDIENCE_MISMATCH,
            seen=", ".join(claims.texts("aud"))[:200],
            wanted=own.home_url,
        )
    for match in arrival.dialect.matches:
        value = (
            arrival.parameters.get(match.name)
            if match.where == "parameter"
            else claims.text(match.name)
        )
        _compare(match, value, own)


def _unverified(hint: Match, arrival: Arrival) -> Any:
    """A value that only says which key to try: nothing else is concluded from it."""
    if hint.where == "parameter":
        return arrival.parameters.get(hint.name)
    return arrival.claim(hint.name)


def _compare(match: Match, value: Any, own: TenantFacts) -> None:
    wanted: str = getattr(own, match.setting)
    if value is None and not match.required:
        return
    if not wanted and not match.required:
        return
    if not wanted or value != wanted:
        seen = f"{match.name}: {value[:80]}" if isinstance(value, str) else match.name
        hint = (
            None
            if wanted
            else N_(
                "The sign-in settings hold nothing to compare “%(name)s” with. Enter it there.",
                name=match.name,
            )
        )
        raise Refusal(match.code, hint=hint, seen=seen, wanted=wanted)


def _assertion(arrival: Arrival, verified: Verified) -> Assertion:
    dialect, claims = arrival.dialect, verified.claims
    return Assertion(
        authenticator=NAME,
        email=claims.email,
        name=dialect.person_name(claims),
        namespace=dialect.namespace,
        external_id=claims.text("external_id"),
        role=claims.text("role"),
        role_cap=dialect.role_cap,
        email_verified=claims.flag("email_verified"),
        target=dialect.target(claims, arrival.parameters),
        project=claims.text("project"),
        organisation=claims.text("organisation"),
        locale=claims.text("locale"),
        replay_key=verified.replay_key,
        key_id=verified.key.kid,
        name_on_first_sign_in_only=dialect.name_on_first_sign_in_only,
        rules=dialect.rules,
        started_here=dialect.started_here,
        state=arrival.parameters.get("state"),
        nonce=claims.text("nonce"),
    )


def includeme(config: Configurator) -> None:
    """Install the authenticator, and ``request.sign_in_arrival``."""
    config.add_request_method(lambda request: None, "sign_in_arrival", reify=True)
    config.add_authenticator(JwtSso())
