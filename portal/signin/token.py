"""A token from its raw text to verified claims: the checks that need no database.

Steps 1, 2 and 5 to 8 of the pipeline. Every function raises ``Refusal`` and nothing else,
whatever bytes it is given.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from portal.signin import jose
from portal.signin.claims import COMMON, Claims, read_claim, read_claims
from portal.signin.codes import Step
from portal.signin.dialects.base import Dialect
from portal.signin.emails import mask_email
from portal.signin.jose import Token
from portal.signin.keys import Further, Key, check_header, check_signature
from portal.signin.refusals import Refusal
from portal.signin.times import check_times
from portal.signin.trace import Trace
from portal.web.i18n import N_, Message

#: Seconds for which a used token is remembered. No token is accepted for longer, in whatever
#: dialect it is tried again: 600 s of life, the clock tolerance before and the leeway after.
REPLAY_MEMORY = 3600


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature, claims and times are right. Not yet used, nor meant for anyone."""

    claims: Claims
    key: Key
    #: SHA-256, 32 bytes: under this the token is used up.
    replay_key: bytes


def parse(raw: str, trace: Trace) -> Token:
    """Step 2: take the token apart."""
    with trace.step(Step.STRUCTURE) as check:
        parsed = jose.parse(raw)
        check.seen = N_("three parts")
        return parsed


def verify(
    token: Token,
    dialect: Dialect,
    keys: Sequence[Key],
    *,
    now: float,
    leeway: int = 0,
    trace: Trace,
    further: Further | None = None,
) -> Verified:
    """Steps 5 to 8: header, signature, claims, time.

    ``keys`` are the tenant's, also those that have ended (so that the log can say so); ``now``
    is in Unix seconds; ``further`` finds a hint where no key fits. Consumes nothing.
    """
    fitting = [key for key in keys if key.algorithm in dialect.algorithms]
    unfit = [key for key in keys if key.algorithm not in dialect.algorithms]
    with trace.step(Step.HEADER) as check:
        candidates = check_header(token, fitting, unfit)
        check.seen = check.wanted = candidates[0].algorithm
    with trace.step(Step.SIGNATURE) as check:
        key = check_signature(token, candidates, now=now, trace=trace, further=further)
        check.seen = key.kid
        check.wanted = ", ".join(each.kid for each in candidates if each.usable(now))
    _note_whose(token, dialect, trace)
    with trace.step(Step.CLAIMS) as check:
        claims = read_claims(token.payload, dialect.claims, trace)
        check.seen = N_("claims: %(count)d", count=len(claims.values))
        check.wanted = ", ".join(claim.name for claim in dialect.claims if claim.required)
    with trace.step(Step.TIME) as check:
        check_times(claims.times, dialect.time, now=now, leeway=leeway, trace=trace)
        check.seen, check.wanted = _age(claims, now), _longest(dialect)
    return Verified(claims, key, replay_key(token, claims))


def _age(claims: Claims, now: float) -> Message:
    if claims.times.issued_at is None:
        return N_("no time of issue")
    age = round(now - claims.times.issued_at)
    if age < 0:
        return N_("%(seconds)d s ahead of our clock", seconds=-age)
    return N_("%(seconds)d s old", seconds=age)


def _longest(dialect: Dialect) -> Message:
    if dialect.time.max_age is None:
        return N_("now before exp")
    return N_("at most %(seconds)d s old", seconds=dialect.time.max_age)


def replay_key(token: Token, claims: Claims) -> bytes:
    """What makes the token the same token again (rule C6): its ``jti``, else what was signed.

    Never the raw token: its signature can be written in more than one way. Nor the dialect:
    a token used at one endpoint is used up at all of them.
    """
    if (jti := claims.text("jti")) is not None:
        return hashlib.sha256(b"jti\0" + jti.encode()).digest()
    return hashlib.sha256(b"signed\0" + token.signing_input).digest()


def _note_whose(token: Token, dialect: Dialect, trace: Trace) -> None:
    """Whose token it is, for the log, masked and hashed: also when a claim is refused next.

    Only once the signature is known to be right: before that, anybody could write anybody's
    address into a tenant's log.
    """
    found: dict[str, str] = {}
    for claim in (*COMMON, *dialect.claims):
        if claim.key in ("email", "jti"):
            with suppress(Refusal):
                value = read_claim(token.payload.get(claim.name), claim, Trace())
                found[claim.key] = value if isinstance(value, str) else ""
    if email := found.get("email"):
        trace.masked_email = mask_email(email.lower())
    if jti := found.get("jti"):
        trace.jti_hash = hashlib.sha256(jti.encode()).hexdigest()
