"""Tokens as a tenant's site makes them, and as nobody should."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from portal.signin.keys import Key
from portal.signin.refusals import Refusal

SECRET = "acme-shared-secret-0123456789abcdef0123456789"
OLD_SECRET = "acme-older-secret-0123456789abcdef0123456789"
#: The present, in the tests that need no clock.
NOW = 1_800_000_000.0
CURRENT = Key("2026-a", "HS256", SECRET.encode())
PREVIOUS = Key("2025-z", "HS256", OLD_SECRET.encode(), previous=True, not_after=NOW + 3600)


def refusal_of(call: Callable[[], object]) -> Refusal | None:
    """How the call was refused, if it was. Any other exception is a failure of the test."""
    try:
        call()
    except Refusal as refusal:
        return refusal
    return None


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(
    payload: dict[str, Any] | str | bytes,
    secret: str | bytes = SECRET,
    header: dict[str, Any] | str | bytes | None = None,
) -> str:
    """A token over a payload; text and bytes are taken as they are."""
    parts = []
    for part in ({"alg": "HS256", "typ": "JWT"} if header is None else header, payload):
        raw = part if isinstance(part, bytes | str) else json.dumps(part)
        parts.append(b64(raw.encode() if isinstance(raw, str) else raw))
    signing_input = ".".join(parts)
    secret = secret.encode() if isinstance(secret, str) else secret
    signature = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{b64(signature)}"


def claims(**changes: Any) -> dict[str, Any]:
    """Central Tickets's claims at ``NOW``; a change to ``...`` leaves the claim out."""
    made = {
        "email": "Cleo@Customer.test",
        "name": "Cleo Customer",
        "iat": int(NOW),
        "exp": int(NOW) + 120,
        "jti": "id-1",
    }
    made |= changes
    return {name: value for name, value in made.items() if value is not ...}
