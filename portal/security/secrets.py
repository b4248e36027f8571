"""Secrets at rest: AES-256-GCM under the master key, bound to their tenant and row.

A sealed secret names the format and the master key that sealed it, so that the master key can
be changed while old rows are still readable. Tenant and row are associated data: bytes copied
into another row, or another tenant's, do not open.
"""

import hashlib
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.settings import KEY_BYTES, Settings

_FORMAT = b"\x01"
_KEY_ID_BYTES = 4
#: NIST SP 800-38D: random nonces of 96 bits are safe for far more secrets than there will be.
_NONCE_BYTES = 12


class SecretError(Exception):
    """A sealed secret does not open: another row's, damaged, or sealed with a lost master key."""


class SecretBox:
    """Seals and opens secrets. `former_keys` are master keys that still open what they sealed."""

    def __init__(self, master_key: bytes, former_keys: Sequence[bytes] = ()) -> None:
        self._current = _key_id(master_key)
        self._ciphers = {_key_id(key): _cipher(key) for key in (*former_keys, master_key)}

    def seal(self, secret: bytes, *, tenant_id: int, row: str) -> bytes:
        """The secret, encrypted for one row (such as `sso_keys/2026-a`) of one tenant."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _FORMAT + self._current
        sealed = self._ciphers[self._current].encrypt(nonce, secret, _bound(head, tenant_id, row))
        return head + nonce + sealed

    def open(self, sealed: bytes, *, tenant_id: int, row: str) -> bytes:
        """The secret that was sealed for this row. Raises SecretError."""
        head_bytes = len(_FORMAT) + _KEY_ID_BYTES
        head, rest = sealed[:head_bytes], sealed[head_bytes:]
        cipher = self._ciphers.get(head[len(_FORMAT) :])
        if not head.startswith(_FORMAT) or cipher is None:
            raise SecretError("sealed in an unknown format or with a master key that is not here")
        nonce, body = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, body, _bound(head, tenant_id, row))
        except (InvalidTag, ValueError) as error:
            raise SecretError("damaged, or sealed for another row") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether the present master key sealed it; otherwise seal it anew."""
        return sealed.startswith(_FORMAT + self._current)


def secret_box(settings: Settings) -> SecretBox:
    """The box of an installation: seals with its master key, opens with the former ones too.

    Nobody else makes a box, so that no corner forgets the former keys; a test holds this.
    """
    return SecretBox(settings.secret_key, settings.former_secret_keys)


def _cipher(master_key: bytes) -> AESGCM:
    # A key of its own: the master key also makes CSRF tokens.
    derived = HKDF(SHA256(), length=KEY_BYTES, salt=None, info=b"portal secrets at rest")
    return AESGCM(derived.derive(master_key))


def _key_id(master_key: bytes) -> bytes:
    return hashlib.sha256(b"portal master key id\0" + master_key).digest()[:_KEY_ID_BYTES]


def _bound(head: bytes, tenant_id: int, row: str) -> bytes:
    return head + tenant_id.to_bytes(8, "big") + row.encode("utf-8")
