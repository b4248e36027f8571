"""The authenticator of signed tokens: steps 1 to 9, and what a dialect's token asserts."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.request import Request

from portal.security.authenticators import Authenticator, installed
from portal.security.secrets import secret_box
from portal.signin.assertion import Assertion
from portal.signin.claims import COMMON
from portal.signin.codes import Code, Step
from portal.signin.configuration import facts
from portal.signin.dialects import dialects
from portal.signin.dialects.base import Dialect, Match, TenantFacts
from portal.signin.emails import mask_email
from portal.signin.handoffs import Handoffs, is_reference
from portal.signin.jose import Token
from portal.signin.other_keys import OtherKeys
from portal.signin.parameters import Parameters
from portal.signin.refusals import Refusal
from portal.signin.requests import address, parameters
from portal.signin.throttles import REFUSED_TOKENS, Throttles
from portal.signin.times import is_placeholder, placeholder
from portal.signin.token import Verified, parse, verify
from portal.signin.trace import Trace
from portal.web.i18n import N_, Message

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
        if arrival is None:
            return None
        attempt = request.sign_in_attempt
        attempt.authenticator, attempt.trace.dialect = self.name, arrival.dialect.name
        if request.sign_in_trial is None and Throttles(request.db, request.tenant.id).exhausted(
            REFUSED_TOKENS, address(request)
        ):
            raise Refusal(Code.RATE_LIMITED, step=Step.REQUEST)
        return self.believe(request, arrival)

    def arrive(self, request: Request, dialect: Dialect, path: Mapping[str, str]) -> Arrival:
        """Steps 1 and 2: one token, well formed, kept with the request. Raises ``Refusal``."""
        trace: Trace = request.sign_in_attempt.trace
        request.sign_in_attempt.authenticator = self.name
        trace.dialect = dialect.name
        with trace.step(Step.REQUEST) as check:
            found = parameters(request, dialect, path)
            check.seen = N_("%(count)d bytes", count=len(found.token))
        arrival = unpack(dialect, found, trace, at=time.time())
        request.sign_in_arrival = arrival
        return arrival

    def believe(self, request: Request, arrival: Arrival) -> Assertion:
        """Steps 3 to 9, whoever asks: a sign-in, or a test of a token. Counts and writes nothing.

        Raises ``Refusal``.
        """
        trace: Trace = request.sign_in_attempt.trace
        own = facts(request)
        with trace.step(Step.TENANT) as check:
            check.seen = request.tenant.slug
            for hint in arrival.dialect.tenant_hints:
                _compare(hint, _unverified(hint, arrival), own)
        with trace.step(Step.DIALECT) as check:
            check.seen = arrival.dialect.name
            self._check_enabled(request, arrival.dialect)
        if arrival.token is None:
            return self._look_up(request, arrival)
        verified = self._verify(request, arrival, arrival.token)
        with trace.step(Step.AUDIENCE) as check:
            named = ", ".join(verified.claims.texts("aud"))[:200]
            check.seen, check.wanted = named or N_("names nobody"), own.home_url
            _check_audience(request, verified, arrival, own)
        return _assertion(arrival, verified)

    def _verify(self, request: Request, arrival: Arrival, token: Token) -> Verified:
        configuration = request.sign_in_configuration
        other_keys = OtherKeys(request.db, request.tenant, secret_box(request.portal))
        try:
            return verify(
                token,
                arrival.dialect,
                configuration.keys,
                now=arrival.at,
                leeway=configuration.settings.leeway,
                trace=request.sign_in_attempt.trace,
                further=other_keys.explain,
            )
        except Refusal as refusal:
            if refusal.code is Code.CLAIM_MISSING:
                known = dialects(request.registry).values()
                refusal.hint = _of_another_dialect(token, arrival.dialect, known) or refusal.hint
            raise

    def _look_up(self, request: Request, arrival: Arrival) -> Assertion:
        attempt = request.sign_in_attempt
        authenticators = request.sign_in_configuration.authenticators(request.tenant)
        handoffs = Handoffs(request.db, request.tenant, authenticators)
        with attempt.trace.step(Step.SIGNATURE):
            assertion = handoffs.find(arrival.parameters.token, arrival.dialect, at=arrival.at)
        attempt.authenticator, attempt.trace.key_id = assertion.authenticator, assertion.key_id
        attempt.trace.masked_email = mask_email(assertion.email)
        return assertion

    def _check_enabled(self, request: Request, dialect: Dialect) -> None:
        settings = request.sign_in_configuration.settings
        if not request.tenant.is_active or dialect.name not in settings.dialects:
            on = [name for name in dialects(request.registry) if name in settings.dialects]
            raise Refusal(Code.DIALECT_DISABLED, seen=dialect.name, wanted=", ".join(on))
        if self.name not in request.sign_in_configuration.authenticators(request.tenant):
            raise Refusal(
                Code.DIALECT_DISABLED,
                hint=N_("Signing in with tokens is switched off as a whole."),
                seen=self.name,
            )


def unpack(dialect: Dialect, found: Parameters, trace: Trace, *, at: float) -> Arrival:
    """What the parameters bring: a token, taken apart, or a reference. Raises ``Refusal``."""
    if dialect.takes_references and is_reference(found.token):
        return Arrival(dialect, found, None, at)
    if is_reference(found.token):
        # No token of any dialect looks like this.
        with trace.step(Step.STRUCTURE):
            raise Refusal(
                Code.TOKEN_MALFORMED,
                hint=N_(
                    "This is a one-time reference of POST /api/auth/redirect. Send it to "
                    "/auth/callback."
                ),
                seen=N_("a reference"),
                wanted=N_("a signed token"),
            )
    return Arrival(dialect, found, parse(found.token, trace), at)


def _of_another_dialect(token: Token, dialect: Dialect, known: Iterable[Dialect]) -> Message | None:
    """Whose token it looks like: one with all that another dialect requires, and among it a claim
    that this dialect does not know."""
    own = {claim.name for claim in (*COMMON, *dialect.claims)}
    for other in known:
        required = [claim.name for claim in other.claims if claim.required]
        foreign = [name for name in required if name not in own]
        fits = token.header.get("alg") in other.algorithms and set(required) <= set(token.payload)
        if fits and foreign and other.endpoints:
            return N_(
                "The token has “%(claim)s”, as those of %(dialect)s do: they belong at /%(path)s.",
                claim=foreign[0],
                dialect=other.label,
                path=other.endpoints[0].path,
            )
    return None


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
        request.origin,
        urlsplit(request.origin).netloc,
        *_addresses(request, arrival.dialect, own),
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


def _addresses(request: Request, dialect: Dialect, own: TenantFacts) -> Iterator[str]:
    """What a token may call this help desk: its home, and where the dialect's tokens arrive."""
    homes = {own.home_url, f"{request.origin}/", f"{request.origin}/{own.slug}/"}
    paths = [point.path.replace("{client_id}", own.client_id) for point in dialect.endpoints]
    for url in (own.home_url, *(f"{home}{path}" for home in homes for path in paths)):
        yield url.rstrip("/")
        yield url.rstrip("/") + "/"


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
        raise Refusal(match.code, hint=_why(match, value, wanted), seen=seen, wanted=wanted)


def _why(match: Match, value: Any, wanted: str) -> Message | None:
    if not wanted:
        return N_(
            "The sign-in settings hold nothing to compare “%(name)s” with. Enter it there.",
            name=match.name,
        )
    if isinstance(value, str) and is_placeholder(value):
        return placeholder(match.name).hint
    return None


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
