"""A token from its raw text to verified claims: the checks that need no database.

Steps 1, 2 and 5 to 8 of the pipeline. Every function raises ``Refusal`` and nothing else,
whatever bytes it is given.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from portal.signin import jose
from portal.signin.claims import Claims, read_claims
from portal.signin.codes import Step
from portal.signin.dialects.base import Dialect
from portal.signin.jose import Token
from portal.signin.keys import Key, check_header, check_signature
from portal.signin.times import check_times
from portal.signin.trace import Trace

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
        check.seen = f"{len(raw)} bytes"
        return jose.parse(raw)


def verify(
    token: Token,
    dialect: Dialect,
    keys: Sequence[Key],
    *,
    now: float,
    leeway: int = 0,
    trace: Trace,
) -> Verified:
    """Steps 5 to 8: header, signature, claims, time.

    ``keys`` are the tenant's, also those that have ended (so that the log can say so); ``now``
    is in Unix seconds. Consumes nothing.
    """
    fitting = [key for key in keys if key.algorithm in dialect.algorithms]
    with trace.step(Step.HEADER) as check:
        candidates = check_header(token, fitting)
        check.seen = candidates[0].algorithm
    with trace.step(Step.SIGNATURE) as check:
        key = check_signature(token, candidates, now=now, trace=trace)
        check.seen = key.kid
    with trace.step(Step.CLAIMS) as check:
        claims = read_claims(token.payload, dialect.claims, trace)
        check.seen = f"{len(claims.values)} claims"
        trace.jti_hash = jti_hash(claims)
    with trace.step(Step.TIME):
        check_times(claims.times, dialect.time, now=now, leeway=leeway, trace=trace)
    return Verified(claims, key, replay_key(token, claims))


def replay_key(token: Token, claims: Claims) -> bytes:
    """What makes the token the same token again (rule C6): its ``jti``, else what was signed.

    Never the raw token: its signature can be written in more than one way. Nor the dialect:
    a token used at one endpoint is used up at all of them.
    """
    if (jti := claims.text("jti")) is not None:
        return hashlib.sha256(b"jti\0" + jti.encode()).digest()
    return hashlib.sha256(b"signed\0" + token.signing_input).digest()


def jti_hash(claims: Claims) -> str | None:
    """The token's id as the sign-in log shows it: a SHA-256 in hexadecimal."""
    jti = claims.text("jti")
    return None if jti is None else hashlib.sha256(jti.encode()).hexdigest()
