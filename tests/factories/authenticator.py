"""An authenticator made of software: it answers challenges as a security key would."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

#: Flags of the authenticator data: present, verified, may be synchronised, is, new credential.
UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class SoftKey:
    """One passkey, and what it says about itself. Change the fields to make it lie."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    flags: int = UP | UV
    #: How far the counter goes at each use; 0: it does not count.
    pace: int = 1
    count: int = 0
    cross_origin: bool = False
    transports: list[Any] = field(default_factory=lambda: ["usb"])

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.user_handle: bytes | None = None

    def create(self, options: dict[str, Any]) -> str:
        """The answer to what `navigator.credentials.create` is given, as the form brings it."""
        self.user_handle = websafe_decode(options["user"]["id"])
        client_data = self._client_data("webauthn.create", options["challenge"])
        made = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]  # the library's
        public = cbor.encode(made)
        credential = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data = self._data(self.flags | AT) + credential + public
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(attestation),
            "transports": self.transports,
        }
        return self._answer(response)

    def get(self, options: dict[str, Any]) -> str:
        """The answer to what `navigator.credentials.get` is given."""
        self.count += self.pace
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
        }
        if self.user_handle is not None:
            response["userHandle"] = websafe_encode(self.user_handle)
        return self._answer(response)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        content = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        return json.dumps(content).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _answer(self, response: dict[str, Any]) -> str:
        identifier = websafe_encode(self.credential_id)
        return json.dumps(
            {
                "id": identifier,
                "rawId": identifier,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )
