"""Headers and signatures: the key decides how a token is verified, never the token."""

import base64
import hashlib
import hmac
import warnings

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.signin import jose
from portal.signin.codes import Code, Notice
from portal.signin.keys import Key, check_header, check_signature
from portal.signin.refusals import Refusal
from portal.signin.trace import Trace
from tests.unit.signin.tokens import (
    CURRENT,
    NOW,
    OLD_SECRET,
    PREVIOUS,
    SECRET,
    b64,
    claims,
    sign,
)


def check(raw: str, *keys: Key, now: float = NOW, trace: Trace | None = None) -> Key:
    token = jose.parse(raw)
    trace = trace or Trace()
    return check_signature(token, check_header(token, keys), now=now, trace=trace)


def refused(raw: str, *keys: Key, now: float = NOW) -> Refusal:
    with pytest.raises(Refusal) as caught:
        check(raw, *keys, now=now)
    return caught.value


def rsa_pair(bits: int) -> tuple[bytes, bytes]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return (
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    )


@pytest.fixture(scope="module")
def rsa_keys() -> tuple[bytes, bytes]:
    return rsa_pair(2048)


def test_the_current_key_verifies() -> None:
    trace = Trace()
    assert check(sign(claims()), PREVIOUS, CURRENT, trace=trace) is CURRENT
    assert (trace.key_id, trace.notices) == ("2026-a", [])


def test_the_previous_key_verifies_and_is_noted() -> None:
    trace = Trace()
    raw = sign(claims(), OLD_SECRET)
    assert check(raw, CURRENT, PREVIOUS, trace=trace) is PREVIOUS
    assert (trace.key_id, trace.notices) == ("2025-z", [Notice.KEY_PREVIOUS])


def test_a_key_that_ended_verifies_nothing_and_the_hint_says_so() -> None:
    refusal = refused(sign(claims(), OLD_SECRET), CURRENT, PREVIOUS, now=NOW + 3600)
    assert refusal.code is Code.TOKEN_SIGNATURE_INVALID
    assert refusal.hint is not None
    assert refusal.hint.variables == {"kid": "2025-z"}
    check(sign(claims(), OLD_SECRET), CURRENT, PREVIOUS, now=NOW + 3599)


def test_pyjwt_and_this_agree() -> None:
    check(jwt.encode(claims(), SECRET, "HS256"), CURRENT)
    check(jwt.encode(claims(), SECRET, "HS256", headers={"kid": "whatever"}), CURRENT)


@pytest.mark.parametrize("kid", ["2026-a", "2025-z", "unknown", "", "../../etc/passwd", "a' or 1"])
def test_a_kid_is_an_opaque_string(kid: str) -> None:
    """It may pick a key of the tenant's; it cannot make another key count."""
    header = {"alg": "HS256", "kid": kid}
    if kid == "2025-z":
        refused(sign(claims(), SECRET, header), CURRENT, PREVIOUS)
    else:
        assert check(sign(claims(), SECRET, header), CURRENT, PREVIOUS) is CURRENT


@pytest.mark.parametrize("kid", [1, True, ["2026-a"], {"kid": "2026-a"}, 1.5])
def test_a_kid_that_is_no_string_is_refused(kid: object) -> None:
    refusal = refused(sign(claims(), header={"alg": "HS256", "kid": kid}), CURRENT)
    assert refusal.code is Code.TOKEN_HEADER_REJECTED


@pytest.mark.parametrize(
    "alg",
    [
        "none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA",
        "hs256", "HS256 ", " HS256", "HS 256", "HMACSHA256", "dir", "A256GCM", None, 1, True, 256.0,
        ["HS256"], {"HS256": 1}, ...,
    ],
)  # fmt: skip
def test_the_algorithm_must_be_the_keys(alg: object) -> None:
    header = {} if alg is ... else {"alg": alg}
    assert refused(sign(claims(), header=header), CURRENT).code is Code.TOKEN_ALG_NOT_ALLOWED


def test_no_signature_signs_nothing() -> None:
    raw = sign(claims())
    unsigned = raw.rpartition(".")[0] + "."
    assert refused(unsigned, CURRENT).code is Code.TOKEN_SIGNATURE_INVALID
    none = f"{b64(b'{}')}.{b64(b'{}')}."
    assert refused(none, CURRENT).code is Code.TOKEN_ALG_NOT_ALLOWED


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": []}, {"crit": ["exp"]}, {"crit": ["b64"], "b64": False}, {"crit": None},
        {"b64": True}, {"b64": False}, {"b64": None}, {"zip": "DEF"}, {"zip": None},
    ],
)  # fmt: skip
def test_headers_that_change_the_meaning_are_refused(extra: dict[str, object]) -> None:
    refusal = refused(sign(claims(), header={"alg": "HS256"} | extra), CURRENT)
    assert refusal.code is Code.TOKEN_HEADER_REJECTED


@pytest.mark.parametrize("kind", ["at+jwt", "JOSE", "logout+jwt", "", "JWT2", 1, True, ["JWT"]])
def test_another_type_is_refused(kind: object) -> None:
    refusal = refused(sign(claims(), header={"alg": "HS256", "typ": kind}), CURRENT)
    assert refusal.code is Code.TOKEN_WRONG_TYPE


@pytest.mark.parametrize("kind", ["JWT", "jwt", "Jwt", None])
def test_the_type_is_jwt_or_absent(kind: object) -> None:
    check(sign(claims(), header={"alg": "HS256", "typ": kind}), CURRENT)


def test_keys_in_the_header_are_not_looked_at() -> None:
    evil = "evil-secret-evil-secret-evil-secret-evil"
    header = {
        "alg": "HS256",
        "jwk": {"kty": "oct", "k": b64(evil.encode())},
        "jku": "https://evil.com/jwks.json",
        "x5u": "https://evil.com/x5u",
        "x5c": ["x"],
        "x5t": "x",
    }
    assert refused(sign(claims(), evil, header), CURRENT).code is Code.TOKEN_SIGNATURE_INVALID
    check(sign(claims(), SECRET, header), CURRENT)


def test_any_changed_byte_breaks_the_signature() -> None:
    raw = sign(claims())
    head, _, signature = raw.rpartition(".")
    data = bytearray(base64.urlsafe_b64decode(signature + "="))
    for index in range(len(data)):
        changed = bytes(data[:index]) + bytes([data[index] ^ 1]) + bytes(data[index + 1 :])
        assert refused(f"{head}.{b64(changed)}", CURRENT).code is Code.TOKEN_SIGNATURE_INVALID
    for changed in (bytes(data[:-1]), bytes(data) + b"\0"):
        assert refused(f"{head}.{b64(changed)}", CURRENT).code is Code.TOKEN_SIGNATURE_INVALID


def test_a_payload_changed_under_the_signature_is_refused() -> None:
    head, _, signature = sign(claims()).rpartition(".")
    payload = b64(b'{"email":"admin@acme.test"}')
    forged = f"{head.partition('.')[0]}.{payload}.{signature}"
    assert refused(forged, CURRENT).code is Code.TOKEN_SIGNATURE_INVALID


def test_rs256_verifies_with_the_public_key(rsa_keys: tuple[bytes, bytes]) -> None:
    private, public = rsa_keys
    key = Key("r", "RS256", public)
    assert check(jwt.encode(claims(), private, "RS256"), key, CURRENT) is key
    other = rsa_pair(2048)[0]
    assert refused(jwt.encode(claims(), other, "RS256"), key).code is Code.TOKEN_SIGNATURE_INVALID


def test_a_public_key_is_never_a_secret(rsa_keys: tuple[bytes, bytes]) -> None:
    """Algorithm confusion: HS256 over the bytes of a public key that everyone knows."""
    _, public = rsa_keys
    forged = sign(claims(), public)
    assert refused(forged, Key("r", "RS256", public)).code is Code.TOKEN_ALG_NOT_ALLOWED
    assert refused(forged, Key("r", "HS256", public)).code is Code.TOKEN_SIGNATURE_INVALID


@pytest.mark.parametrize("secret", ["", "short", "0123456789abcdef0123456789abcde"])
def test_a_short_secret_opens_nothing_and_warns_nobody(secret: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refusal = refused(sign(claims(), secret), Key("s", "HS256", secret.encode()))
    assert refusal.code is Code.TOKEN_SIGNATURE_INVALID


def test_a_32_character_secret_is_long_enough() -> None:
    secret = "0123456789abcdef0123456789abcdef"
    check(sign(claims(), secret), Key("s", "HS256", secret.encode()))


def test_a_small_rsa_key_opens_nothing() -> None:
    private, public = rsa_pair(1024)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = jwt.encode(claims(), private, "RS256")
    assert refused(raw, Key("r", "RS256", public)).code is Code.TOKEN_SIGNATURE_INVALID


@pytest.mark.parametrize("material", [b"", b"not a pem", b"-----BEGIN PUBLIC KEY-----\nxx\n"])
def test_an_unreadable_key_is_a_refusal_not_an_error(material: bytes) -> None:
    raw = sign(claims(), header={"alg": "RS256"})
    assert refused(raw, Key("r", "RS256", material)).code is Code.TOKEN_SIGNATURE_INVALID


def test_without_keys_the_hint_says_so() -> None:
    refusal = refused(sign(claims()))
    assert refusal.code is Code.TOKEN_SIGNATURE_INVALID
    assert refusal.hint is not None
    assert "No key" in refusal.hint


BASE64_SECRET = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
HEX_SECRET = (b"\x9f" * 24).hex()


@pytest.mark.parametrize(
    ("shown", "used", "word"),
    [
        (BASE64_SECRET, base64.b64decode(BASE64_SECRET), "decodes the key"),
        (BASE64_SECRET.rstrip("="), base64.b64decode(BASE64_SECRET), "decodes the key"),
        (HEX_SECRET, bytes.fromhex(HEX_SECRET), "decodes the key"),
        (SECRET, SECRET.encode() + b"\n", "line break"),
        (SECRET, SECRET.encode() + b" ", "line break"),
        (SECRET, b"your_jwt_secret", "placeholder"),
        (SECRET, b"secret", "placeholder"),
    ],
)
def test_the_likely_mistake_is_named(shown: str, used: bytes, word: str) -> None:
    refusal = refused(sign(claims(), used), Key("k", "HS256", shown.encode()))
    assert refusal.code is Code.TOKEN_SIGNATURE_INVALID
    assert refusal.hint is not None
    assert word in refusal.hint


def test_a_hexadecimal_signature_is_told() -> None:
    """PHP's hash_hmac without its fourth argument."""
    head = sign(claims()).rpartition(".")[0]
    digest = hmac.new(SECRET.encode(), head.encode(), hashlib.sha256).hexdigest()
    refusal = refused(f"{head}.{b64(digest.encode())}", CURRENT)
    assert refusal.hint is not None
    assert "hexadecimal" in refusal.hint


def test_a_stranger_gets_no_hint() -> None:
    assert refused(sign(claims(), "x" * 40), CURRENT, PREVIOUS).hint is None


def test_no_secret_in_the_repr() -> None:
    assert SECRET not in repr(CURRENT)
