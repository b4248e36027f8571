"""Algorithms and headers: what a token says of its own signature is never believed."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.security.attacks.keys import Part, Signer, hmac_with, rsa_with, token, unsigned
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL, FRESHWORKS, SECRET_WAYS, Way
from tests.unit.signin.tokens import OLD_SECRET, SECRET

pytestmark = pytest.mark.security

NOT_ALLOWED, REJECTED = "token_alg_not_allowed", "token_header_rejected"
INVALID, MALFORMED, WRONG_TYPE = "token_signature_invalid", "token_malformed", "token_wrong_type"
GOOD = "signed_in"


class Forgery(NamedTuple):
    """A header and a signature.

    ``header`` changes a good one (``...`` leaves a member out), or stands in its place. ``code``
    is the answer where the vendor's tokens are signed with the secret, ``rsa_code`` where they
    are signed with RSA; the same if it is empty.
    """

    name: str
    header: dict[str, Any] | str | bytes
    signer: Callable[[Target, Way], Signer]
    code: str
    rsa_code: str = ""


def right(target: Target, way: Way) -> Signer:
    """The right key, whatever the header says."""
    return target.signer(way)


def empty(_target: Target, _way: Way) -> Signer:
    """No signature at all."""
    return unsigned


def by(secret: str | bytes, algorithm: str = "sha256") -> Callable[[Target, Way], Signer]:
    """An HMAC under a key that is not the tenant's, or not its text."""
    return lambda _target, _way: hmac_with(secret, algorithm)


def attacker(target: Target, _way: Way) -> Signer:
    """The attacker's own RSA key."""
    return rsa_with(target.attackers.private)


def public(form: Callable[[Target], bytes]) -> Callable[[Target, Way], Signer]:
    """An HMAC under the tenant's public key, which is no secret."""
    return lambda target, _way: hmac_with(form(target))


def edited(edit: Callable[[bytes], bytes]) -> Callable[[Target, Way], Signer]:
    """The right signature, and then not."""
    made = hmac_with(SECRET)
    return lambda _target, _way: lambda data: edit(made(data))


def pss(target: Target, _way: Way) -> Signer:
    """The tenant's own RSA key, in another scheme."""
    return rsa_with(target.rsa.private, pss=True)


def rsa_sha(bits: int) -> Callable[[Target, Way], Signer]:
    """The tenant's own RSA key, with another hash."""
    return lambda target, _way: rsa_with(target.rsa.private, sha=bits)


NONES = (
    "none", "None", "NONE", "nOnE", "none ", " none", "none\n", "n\u043ene", "\uff4eone", "null",
    "undefined", "", "0", "none,HS256", "HS256,none", "HS256 ", " HS256", "hs256", "Hs256",
    "HS256\t",
    "HS\u0662\u0665\u0666", "rs256", "HMAC", "SHA256", "HS", "A256KW", "dir", "RSA1_5", "Ed25519",
    "secp256k1",
)  # fmt: skip
NO_ALGORITHMS: tuple[Any, ...] = (
    ..., None, True, False, 0, 1, 256, [], ["none"], ["HS256"], ["RS256"], {}, {"alg": "none"}, 1.5,
)  # fmt: skip
#: `../..` and the like read files, and SQL asks a table, where a library believes a `kid`.
KIDS = (
    "../../../../../../dev/null", "/dev/null", "file:///dev/null",
    "/proc/sys/kernel/randomize_va_space",
    "..\\..\\..\\nul", "x' UNION SELECT 'known' -- ", "' OR '1'='1", "'; DROP TABLE sso_keys; -- ",
    "x'||(select secret from sso_keys limit 1)||'", "|id", "$(id)", "`id`", "; cat /etc/passwd |",
    "{{7*7}}", "${jndi:ldap://127.0.0.1/x}", "http://127.0.0.1:9/key", "//127.0.0.1/key", "*",
    "%00",
    "%2e%2e%2fdev%2fnull", "2026-b", "2025-z", "rsa-a", "2026-B", "2026-b ", "", " ", "\u202e", "0",
    "k" * 3000,
)  # fmt: skip
#: Keys that are not the tenant's, and the secret in other clothes.
SECRETS_OF_OTHERS: dict[str, str | bytes] = {
    "an empty key": b"", "a NUL": b"\0", "a key of zeros": bytes(48),
    "the word secret": "secret",
    "a sample's key": "your-256-bit-secret", "a key that has ended": OLD_SECRET,
    "a part of the secret": SECRET[:-1], "the secret and a line break": SECRET + "\n",
    "the secret in upper case": SECRET.upper(), "the secret reversed": SECRET[::-1],
    "the secret in base64": base64.b64encode(SECRET.encode()),
    "the secret's hash": hashlib.sha256(SECRET.encode()).digest(),
    "the secret in UTF-16": SECRET.encode("utf-16"),
}  # fmt: skip
#: What is no `typ` of a token that signs in.
NO_TYPES: tuple[Any, ...] = (
    "", "JWE", "JOSE", "JOSE+JSON", "logout+jwt", "dpop+jwt", "application/jwt", "JWT ", "jwt\n",
    "JWS", "\uff2aWT", "secevent+jwt", "at+jwt", 7, True, [], ["JWT"], {},
)  # fmt: skip
FORGERIES = (
    *(Forgery(f"alg {alg!r}, no signature", {"alg": alg}, empty, NOT_ALLOWED) for alg in NONES),
    *(Forgery(f"alg {alg!r}, the secret's", {"alg": alg}, right, NOT_ALLOWED) for alg in NONES),
    *(Forgery(f"alg is {alg!r}", {"alg": alg}, right, NOT_ALLOWED) for alg in NO_ALGORITHMS),
    *(
        Forgery(f"{alg}, rightly made", {"alg": alg}, maker, NOT_ALLOWED)
        for alg, maker in {
            "HS384": by(SECRET, "sha384"), "HS512": by(SECRET, "sha512"), "HS1": by(SECRET, "sha1"),
            "PS256": pss, "RS384": rsa_sha(384), "RS512": rsa_sha(512), "RS1": rsa_sha(1),
        }.items()
    ),
    *(Forgery(f"{alg}", {"alg": alg}, right, NOT_ALLOWED) for alg in ("ES256", "ES256K", "EdDSA",
        "PS512")),
    # RS256 taken for HS256, and the other way round.
    *(
        Forgery(f"HS256 under {name}", {"alg": "HS256", "kid": "rsa-a"}, public(form), INVALID,
            NOT_ALLOWED)
        for name, form in {
            "the public key in PEM": lambda t: t.rsa.pem.encode(),
            "the PEM without its last line break": lambda t: t.rsa.pem.strip().encode(),
            "the PEM with CR LF": lambda t: t.rsa.pem.replace("\n", "\r\n").encode(),
            "the PEM in one line": lambda t: t.rsa.pem.replace("\n", "").encode(),
            "the older PEM": lambda t: t.rsa.pkcs1,
            "the key in binary": lambda t: t.rsa.der,
            "the modulus": lambda t: t.rsa.modulus,
            "the key as a JWK": lambda t: json.dumps(t.rsa.jwk).encode(),
        }.items()
    ),
    Forgery("RS256 under the public key", {"alg": "RS256"}, public(lambda t: t.rsa.pem.encode()),
        NOT_ALLOWED, INVALID),
    Forgery("RS256 by the attacker", {"alg": "RS256"}, attacker, NOT_ALLOWED, INVALID),
    Forgery("RS256, made as PS256", {"alg": "RS256"}, pss, NOT_ALLOWED, INVALID),
    Forgery("RS256, made as RS512", {"alg": "RS256"}, rsa_sha(512), NOT_ALLOWED, INVALID),
    Forgery("RS256 with the secret", {"alg": "RS256"}, by(SECRET), NOT_ALLOWED, INVALID),
    Forgery("RS256 by the right key, named", {"alg": "RS256", "kid": "rsa-a"},
            lambda t, _w: rsa_with(t.rsa.private), NOT_ALLOWED, GOOD),
    *(
        Forgery(f"HS256 under {name}", {"alg": "HS256"}, by(secret), INVALID, NOT_ALLOWED)
        for name, secret in SECRETS_OF_OTHERS.items()
    ),
    *(
        Forgery(f"HS256 with {name}", {"alg": "HS256"}, edited(edit), INVALID, NOT_ALLOWED)
        for name, edit in {
            "half a signature": lambda s: s[:16], "a byte less": lambda s: s[:-1],
            "a byte more": lambda s: s + b"\0",
            "its bits flipped": lambda s: bytes(b ^ 255 for b in s),
            "one bit flipped": lambda s: bytes([s[0] ^ 1]) + s[1:],
            "it twice": lambda s: s + s, "it backwards": lambda s: s[::-1],
            "it in hexadecimal": lambda s: s.hex().encode(),
            "it in base64": base64.b64encode, "zeros": lambda s: bytes(32),
            "nothing": lambda s: b"",
            "its hash": lambda s: hashlib.sha256(s).digest(),
            "4000 bytes": lambda s: s + bytes(3000),
        }.items()
    ),
    # `kid`: compared as a word, and never more than that.
    *(Forgery(f"kid {kid[:40]!r}, an empty key", {"kid": kid}, by(b""), INVALID) for kid in KIDS),
    *(Forgery(f"kid {kid[:40]!r}, itself the key", {"kid": kid}, by(kid), INVALID) for kid in KIDS),
    Forgery("kid known, key known", {"kid": "x' UNION SELECT 'known' -- "}, by("known"), INVALID),
    *(Forgery(f"kid {kid[:40]!r}, the right key", {"kid": kid}, right, GOOD) for kid in KIDS),
    *(
        Forgery(f"kid is {kid!r}", {"kid": kid}, right, REJECTED)
        for kid in (0, 1, True, [], ["2026-b"], {}, {"a": 1}, 1.5, 10**30)
    ),
    # Headers that change what the signature means.
    *(
        Forgery(f"{name} {value!r}", {name: value}, right, REJECTED)
        for name, value in (
            ("crit", []), ("crit", ["exp"]), ("crit", ["b64"]), ("crit", None), ("crit", "b64"),
            ("crit", ["alg"]),
            ("crit", [""]), ("crit", 7), ("b64", False), ("b64", True), ("b64", None),
            ("b64", "false"),
            ("zip", "DEF"), ("zip", "deflate"), ("zip", None), ("zip", "GZIP"),
        )
    ),
    Forgery("b64 false and crit", {"b64": False, "crit": ["b64"]}, right, REJECTED),
    *(Forgery(f"typ {kind!r}", {"typ": kind}, right, WRONG_TYPE) for kind in NO_TYPES),
    *(Forgery(f"typ {kind!r} is none", {"typ": kind}, right, GOOD) for kind in ("JWT", "jwt", "Jwt",
        None, ...)),
)  # fmt: skip


#: At an address for secrets, and at the one for RSA; a `kid` is read the same way at both.
CASES = [
    *((row, CENTRAL) for row in FORGERIES),
    *((row, FRESHWORKS) for row in FORGERIES if not row.name.startswith("kid '")),
]
#: The rows that are tried at every vendor's address.
EVERYWHERE = (
    "alg 'none', no signature",
    "HS256 under the public key in PEM",
    "RS256 by the attacker",
)


@pytest.mark.parametrize(
    ("forgery", "way"), CASES, ids=[f"{way.dialect}-{row.name[:60]}" for row, way in CASES]
)
def test_forgery(target: Target, forgery: Forgery, way: Way) -> None:
    forge(target, forgery, way)


@pytest.mark.parametrize("way", SECRET_WAYS[1:], ids=lambda way: way.dialect)
@pytest.mark.parametrize("name", EVERYWHERE)
def test_everywhere(target: Target, name: str, way: Way) -> None:
    forge(target, next(row for row in FORGERIES if row.name == name), way)


def forge(target: Target, forgery: Forgery, way: Way) -> None:
    """Send the forgery to the vendor's address, and see what its row says."""
    code = forgery.code if way.algorithm == "HS256" else forgery.rsa_code or forgery.code
    if isinstance(forgery.header, dict):
        merged = target.header(way) | forgery.header
        header: Part = {name: value for name, value in merged.items() if value is not ...}
    else:
        header = forgery.header
    raw = token(header, target.claims(way), forgery.signer(target, way))
    if code == GOOD:
        target.is_harmless(way, raw)
    else:
        target.withstands(way, raw, code)
