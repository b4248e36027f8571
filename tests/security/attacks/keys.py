"""Signing tokens, rightly and wrongly."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.signin.tokens import b64

#: From what is to be signed, ``header.payload``, to the signature.
Signer = Callable[[bytes], bytes]
#: An object that becomes JSON, or its text or bytes as they are.
Part = dict[str, Any] | list[Any] | str | bytes


def part(value: Part) -> str:
    """A part of a token: base64url of the JSON, or of what is given as it is."""
    raw = value if isinstance(value, bytes | str) else json.dumps(value)
    return b64(raw.encode() if isinstance(raw, str) else raw)


def token(header: Part, payload: Part, signer: Signer) -> str:
    """A compact JWS."""
    signing_input = f"{part(header)}.{part(payload)}"
    return f"{signing_input}.{b64(signer(signing_input.encode()))}"


def hmac_with(secret: str | bytes, algorithm: str = "sha256") -> Signer:
    """HS256, or another hash."""
    key = secret.encode() if isinstance(secret, str) else secret
    return lambda data: hmac.new(key, data, getattr(hashlib, algorithm)).digest()


def rsa_with(key: rsa.RSAPrivateKey, *, pss: bool = False, sha: int = 256) -> Signer:
    """RS256, RS512 or PS256."""
    chosen = {256: hashes.SHA256(), 384: hashes.SHA384(), 512: hashes.SHA512(), 1: hashes.SHA1()}
    digest = chosen[sha]
    scheme = padding.PSS(padding.MGF1(digest), 32) if pss else padding.PKCS1v15()
    return lambda data: key.sign(data, scheme, digest)


def unsigned(_data: bytes) -> bytes:
    """No signature."""
    return b""


@dataclass(frozen=True)
class RsaKey:
    """An RSA key in the forms in which its public half is mistaken for a secret."""

    private: rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        """The public key as it is entered on the settings page."""
        made = self.private.public_key()
        return made.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def pkcs1(self) -> bytes:
        """The public key in the older PEM."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1)

    @property
    def der(self) -> bytes:
        """The public key in binary."""
        made = self.private.public_key()
        return made.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def modulus(self) -> bytes:
        """The public key's one secret-looking number."""
        return self.private.public_key().public_numbers().n.to_bytes(256, "big")

    @property
    def jwk(self) -> dict[str, str]:
        """The public key as a JWK (RFC 7517)."""
        return {"kty": "RSA", "n": b64(self.modulus), "e": "AQAB", "use": "sig", "kid": "rsa-a"}

    @property
    def x5c(self) -> list[str]:
        """What stands where a certificate chain would."""
        return [base64.b64encode(self.der).decode()]
