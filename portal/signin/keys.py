"""The keys that verify a tenant's tokens, and the check of a signature."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jwt import PyJWS
from jwt.exceptions import InvalidSignatureError, PyJWTError

from portal.signin.codes import Code, Notice
from portal.signin.jose import Token
from portal.signin.refusals import Refusal
from portal.signin.trace import Trace
from portal.web.i18n import N_, Message

Algorithm = Literal["HS256", "RS256"]

#: A short key raises instead of warning: PyJWT's warning could only be made an error by
#: changing the warning filters, which all threads share.
_JWS = PyJWS(algorithms=["HS256", "RS256"], options={"enforce_minimum_key_length": True})

_HS256_BYTES = 32
#: Secrets of well-known samples, which nobody replaced.
_SAMPLE_SECRETS = (
    b"secret",
    b"your-secret",
    b"your_jwt_secret",
    b"your-jwt-secret",
    b"your-256-bit-secret",
    b"your-secret-key",
    b"your_secret_key",
    b"your-sso-secret",
    b"YOUR_SECRET",
    b"YOUR_JWT_SECRET",
    b"YOUR_SHARED_SECRET",
    b"changeme",
    b"a-string-secret-at-least-256-bits-long",
)


@dataclass(frozen=True, slots=True)
class Key:
    """A tenant's key: its algorithm is fixed, whatever a token says of itself.

    ``material`` is the secret's UTF-8 bytes as the settings page shows them (never decoded), or
    a public key in PEM. ``not_after``, in Unix seconds, bounds a previous key.
    """

    kid: str
    algorithm: Algorithm
    material: bytes = field(repr=False)
    previous: bool = False
    not_after: float | None = None

    def usable(self, now: float) -> bool:
        """Whether the key still verifies tokens at ``now`` (Unix seconds)."""
        return self.not_after is None or now < self.not_after


#: Looks further for the key that a token was signed with, when none that counts fits.
Further = Callable[[Token], Message | None]


def check_header(token: Token, keys: Sequence[Key], unfit: Sequence[Key] = ()) -> list[Key]:
    """The keys that may verify the token, the likeliest first.

    ``unfit`` are those whose algorithm the dialect does not take: they are only named in hints.

    A ``kid`` that names one of them puts it alone; any other ``kid`` is an opaque string that
    some library made up, and every key is tried. Keys inside the header (``jwk``, ``jku``,
    ``x5c``, …) are never looked at. Raises ``Refusal``.
    """
    header = token.header
    algorithms = sorted({key.algorithm for key in keys})
    if not algorithms:
        raise Refusal(Code.TOKEN_SIGNATURE_INVALID, hint=_no_key(unfit))
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise Refusal(
            Code.TOKEN_ALG_NOT_ALLOWED,
            hint=_other_algorithm(algorithm, algorithms),
            seen=algorithm[:20] if isinstance(algorithm, str) else "",
            wanted=", ".join(algorithms),
        )
    for name in ("crit", "b64", "zip"):
        if name in header:
            raise Refusal(Code.TOKEN_HEADER_REJECTED, seen=name)
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise Refusal(Code.TOKEN_HEADER_REJECTED, seen="kid", wanted=N_("a text"))
    kind = header.get("typ")
    if kind is not None and (not isinstance(kind, str) or kind.upper() != "JWT"):
        raise Refusal(
            Code.TOKEN_WRONG_TYPE, seen=kind[:20] if isinstance(kind, str) else "", wanted="JWT"
        )
    fitting = [key for key in keys if key.algorithm == algorithm]
    named = [key for key in fitting if key.kid == kid]
    return named or sorted(fitting, key=lambda key: key.previous)


def _no_key(unfit: Sequence[Key]) -> Message:
    if not unfit:
        return N_("No key is set up yet. Make one on the settings page.")
    if unfit[0].algorithm == "HS256":
        return N_(
            "This dialect’s tokens are signed with a private key (RS256), and your key here is a "
            "secret (HS256). Put the public key under Keys."
        )
    return N_(
        "This dialect’s tokens are signed with a secret (HS256), and your key here is a public "
        "key (RS256). Make a secret under Keys."
    )


def _other_algorithm(seen: object, wanted: Sequence[str]) -> Message | None:
    if isinstance(seen, str) and seen.lower() == "none":
        return N_("The token is not signed at all.")
    if seen == "HS256" and "RS256" in wanted:
        return N_(
            "The token is signed with a secret (HS256), and your key here is a public key (RS256). "
            "Sign with the private key that belongs to it, or make a secret under Keys."
        )
    if seen == "RS256" and "HS256" in wanted:
        return N_(
            "The token is signed with a private key (RS256), and your key here is a secret "
            "(HS256). Sign with the secret, or put the public key under Keys."
        )
    return None


def check_signature(
    token: Token,
    keys: Sequence[Key],
    *,
    now: float,
    trace: Trace,
    further: Further | None = None,
) -> Key:
    """The key that signed the token: the current one, else an unexpired previous one.

    Raises ``Refusal(token_signature_invalid)``, with a hint where the mistake can be told;
    ``further`` is asked for one when these keys tell none.
    """
    for key in keys:
        if key.usable(now) and _verifies(token, key):
            trace.key_id = key.kid
            if key.previous:
                trace.notice(Notice.KEY_PREVIOUS)
            return key
    hint = _likely_mistake(token, keys)
    if hint is None and further is not None:
        hint = further(token)
    raise Refusal(Code.TOKEN_SIGNATURE_INVALID, hint=hint)


def _verifies(token: Token, key: Key) -> bool:
    try:
        _JWS.decode_complete(token.raw, key.material, algorithms=[key.algorithm])
    except InvalidSignatureError:
        return False
    except (PyJWTError, ValueError):
        # A stored key that is too short or unreadable must not open anything, nor answer 500.
        return False
    return True


def _likely_mistake(token: Token, keys: Sequence[Key]) -> Message | None:
    """Try the usual mistakes. Only the admin reads the answer: the visitor's never changes."""
    for key in keys:
        if _verifies(token, key):
            return N_("Signed with the previous key “%(kid)s”, which has ended.", kid=key.kid)
        if key.algorithm == "HS256" and (mistake := _mistake_with(token, key.material)):
            return mistake
    if any(signed_with(token, secret) for secret in _SAMPLE_SECRETS):
        return N_("The token is signed with the placeholder of a sample. Put your own key there.")
    if not token.signature:
        return N_("The token has no signature.")
    if token.header.get("alg") == "HS256" and len(token.signature) < _HS256_BYTES:
        return N_("The end of the token is missing: something cut it off on its way.")
    return None


def _mistake_with(token: Token, secret: bytes) -> Message | None:
    if _signed_in_hex(token, secret):
        return N_(
            "The signature is the text of a hexadecimal number. Encode the raw bytes: in PHP, "
            "pass true as the fourth argument of hash_hmac."
        )
    if any(signed_with(token, decoded) for decoded in _decoded(secret)):
        return N_(
            "Your server decodes the key before signing. Use the key as the text that is shown."
        )
    if any(signed_with(token, secret + space) for space in (b"\n", b"\r\n", b" ")):
        return N_("The key on your server ends in a space or a line break. Remove it.")
    return None


def signed_with(token: Token, secret: bytes) -> bool:
    """Whether the token's signature is made with the secret: for hints, never to let in."""
    made = hmac.digest(secret, token.signing_input, "sha256")
    return hmac.compare_digest(made, token.signature)


def _signed_in_hex(token: Token, secret: bytes) -> bool:
    made = hmac.new(secret, token.signing_input, hashlib.sha256).hexdigest().encode("ascii")
    return hmac.compare_digest(made, token.signature.lower())


def _decoded(secret: bytes) -> Iterator[bytes]:
    """What the secret becomes for those who take it for base64 or hexadecimal."""
    padded = secret + b"=" * (-len(secret) % 4)
    for altchars in (b"+/", b"-_"):
        try:
            yield base64.b64decode(padded, altchars=altchars, validate=True)
        except (binascii.Error, ValueError):
            continue
    try:
        yield bytes.fromhex(secret.decode("ascii"))
    except ValueError:
        return
