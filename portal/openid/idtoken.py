"""Whether an ID token is the provider's word, for us, about this sign-in.

OpenID Connect Core, 3.1.3.7. The algorithm is one of ours and fits the key; nothing in the token
chooses how it is verified (RFC 8725, 3.1).
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64encode

from portal.openid.directory import Directory, Metadata
from portal.openid.pending import is_nonce
from portal.openid.provider import Provider
from portal.signin.codes import Code, Step
from portal.signin.jose import Token, parse
from portal.signin.refusals import Refusal
from portal.signin.trace import Trace
from portal.web.i18n import N_, Message

#: Signatures that need a key which the provider alone has. Never HMAC: its key would be ours too,
#: or, with a public key for it, everybody's.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_KEY_TYPES = {"R": "RSA", "P": "RSA", "E": "EC"}
#: Seconds by which clocks may differ.
LEEWAY = 60
#: Seconds after which even a token that is still valid is no answer to a sign-in of now.
MAX_AGE = 900
LONGEST = 64 * 1024
_SHORTEST_RSA = 2048


def verify(
    raw: object,
    provider: Provider,
    metadata: Metadata,
    directory: Directory,
    *,
    nonce_hash: bytes,
    access_token: str | None,
    now: float,
    trace: Trace,
) -> Mapping[str, Any]:
    """The claims of a token that passed every check. Raises ``Refusal``."""
    with trace.step(Step.STRUCTURE):
        token = _parsed(raw)
    with trace.step(Step.HEADER) as check:
        check.seen = str(token.header.get("alg"))[:40]
        algorithm = _algorithm(token)
    with trace.step(Step.SIGNATURE) as check:
        check.seen = str(token.header.get("kid"))[:80]
        _check_signature(token, algorithm, metadata, directory)
    claims = token.payload
    with trace.step(Step.AUDIENCE) as check:
        check.seen, check.wanted = metadata.issuer, metadata.issuer
        _check_parties(claims, provider, metadata)
    with trace.step(Step.TIME):
        _check_times(claims, now)
    with trace.step(Step.ONCE):
        if not is_nonce(claims.get("nonce"), nonce_hash):
            raise _mismatch(N_("The ID token belongs to another sign-in: its nonce is not ours."))
        _check_half_hash(claims, algorithm, access_token)
    return claims


def _parsed(raw: object) -> Token:
    if not isinstance(raw, str) or not raw:
        raise _invalid(N_("The provider sent no ID token. The scope “openid” asks for it."))
    if len(raw) > LONGEST:
        raise _invalid(N_("The ID token is larger than 64 KB."))
    try:
        return parse(raw)
    except Refusal as refusal:
        raise _invalid(
            refusal.hint or N_("The ID token is no JSON Web Token."), seen=refusal.seen
        ) from refusal


def _algorithm(token: Token) -> str:
    algorithm = token.header.get("alg")
    if algorithm not in ALGORITHMS:
        raise _invalid(
            N_(
                "The ID token must be signed with one of these: %(names)s.", names="RS256, ES256, …"
            ),
            seen=str(algorithm)[:40],
            wanted=", ".join(ALGORITHMS),
        )
    if "crit" in token.header or "b64" in token.header:
        raise _invalid(N_("The ID token’s header asks for something that we do not do."))
    found: str = algorithm
    return found


def _check_signature(
    token: Token, algorithm: str, metadata: Metadata, directory: Directory
) -> None:
    kid = token.header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise _invalid(N_("The ID token’s key ID is no text."))
    keys = _fitting(directory.keys(metadata, kid), kid, algorithm)
    if not keys:
        raise _invalid(
            N_("The provider publishes no key that fits the ID token."), seen=str(kid)[:80]
        )
    if kid is None and len(keys) > 1:
        raise _invalid(N_("The ID token does not say which of the provider’s keys signed it."))
    for key in keys:
        try:
            jws.deserialize_compact(token.raw, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError):
            continue
        return
    raise _invalid(N_("The ID token’s signature is not the provider’s."), seen=str(kid)[:80])


def _fitting(keys: KeySet, kid: str | None, algorithm: str) -> list[Any]:
    wanted = _KEY_TYPES[algorithm[0]]
    return [
        key
        for key in keys.keys
        if key.key_type == wanted
        and (kid is None or key.kid == kid)
        and key.get("alg", algorithm) == algorithm
        and not (wanted == "RSA" and _bits(key) < _SHORTEST_RSA)
    ]


def _bits(key: Any) -> int:
    """The size of an RSA key."""
    bits: int = key.public_key.key_size
    return bits


def _check_parties(claims: Mapping[str, Any], provider: Provider, metadata: Metadata) -> None:
    """By whom, for whom, about whom."""
    if claims.get("iss") != metadata.issuer:
        raise _mismatch(N_("The ID token is another issuer’s."), seen=str(claims.get("iss"))[:200])
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or provider.client_id not in audiences:
        raise _mismatch(N_("The ID token is meant for another client."), seen=str(audience)[:200])
    # Core, 3.1.3.7, 3 to 5: no audience that we do not know, and the party is us.
    if len(audiences) > 1 or claims.get("azp", provider.client_id) != provider.client_id:
        raise _mismatch(
            N_("The ID token is meant for others too."), seen=str(claims.get("azp"))[:80]
        )
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= 255 or not sub.isprintable():
        raise _invalid(N_("The ID token does not say whom it is about: “sub” is missing."))


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    for name in ("exp", "iat"):
        if not _is_time(claims.get(name)):
            raise _invalid(N_("The ID token’s “%(name)s” is missing or no time.", name=name))
    if claims["exp"] <= now - LEEWAY:
        raise _invalid(
            N_(
                "The ID token expired %(seconds)d seconds ago. Is your server’s clock right?",
                seconds=int(now - claims["exp"]),
            )
        )
    ahead = int(claims["iat"] - now)
    if ahead > LEEWAY or (_is_time(claims.get("nbf")) and claims["nbf"] > now + LEEWAY):
        raise _invalid(
            N_("The provider’s clock is %(seconds)d seconds ahead of ours.", seconds=ahead)
        )
    if -ahead > MAX_AGE:
        raise _invalid(
            N_(
                "The ID token was made %(seconds)d seconds ago, for an earlier sign-in.",
                seconds=-ahead,
            )
        )


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _check_half_hash(claims: Mapping[str, Any], algorithm: str, access_token: str | None) -> None:
    """Core, 3.1.3.8: where the token names an access token, it is the one that came along."""
    if "at_hash" not in claims:
        return
    digest = hashlib.new(f"sha{algorithm[2:]}", (access_token or "").encode()).digest()
    half = urlsafe_b64encode(digest[: len(digest) // 2]).decode()
    if access_token is None or claims["at_hash"] != half:
        raise _mismatch(N_("The access token is not the one that the ID token names."))


def _invalid(hint: Message, *, seen: str = "", wanted: str = "") -> Refusal:
    return Refusal(Code.ID_TOKEN_INVALID, hint=hint, seen=seen, wanted=wanted)


def _mismatch(hint: Message, *, seen: str = "") -> Refusal:
    return Refusal(Code.ID_TOKEN_MISMATCH, hint=hint, seen=seen)
