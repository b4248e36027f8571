"""ID tokens (OpenID Connect Core, 2) and logout tokens (Back-Channel Logout, 2.4)."""

import base64
import hashlib
import secrets
import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from portal.issuer.keys import ALGORITHM
from portal.issuer.models import IssuerGrant

#: Seconds for which a client may take an ID token.
LIFETIME = 300
#: Seconds for which a client may take a logout token: 2.4 recommends two minutes at the most.
LOGOUT_LIFETIME = 120
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST_HINT = 8192


def id_token(
    key: RSAKey,
    *,
    issuer: str,
    client_id: str,
    grant: IssuerGrant,
    person: dict[str, Any],
    nonce: str | None,
    access_token: str | None = None,
) -> str:
    """A signed statement to one client of who signed in, when, how, and in which session."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": client_id,
        "iat": now,
        "exp": now + LIFETIME,
        "auth_time": int(grant.auth_time.timestamp()),
        "sid": session_id(grant.tenant_id, grant.session_number),
        **person,
    }
    if grant.methods:
        claims["amr"] = grant.methods
    if access_token is not None:
        claims["at_hash"] = _half_hash(access_token)
    if nonce is not None:
        claims["nonce"] = nonce
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, claims, key, [ALGORITHM])


def logout_token(key: RSAKey, *, issuer: str, client_id: str, subject: str, sid: str) -> str:
    """A signed statement to one client that this person's session is over.

    Its type and the missing nonce keep it from being taken for an ID token (2.4).
    """
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "iat": now,
        "exp": now + LOGOUT_LIFETIME,
        "jti": secrets.token_urlsafe(16),
        "events": {LOGOUT_EVENT: {}},
        "sid": sid,
    }
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": "logout+jwt"}
    return jwt.encode(header, claims, key, [ALGORITHM])


def read_hint(raw: str, keys: dict[str, Any], issuer: str) -> dict[str, Any] | None:
    """The claims of an `id_token_hint`, whose time may be up, but which must be ours; else None.

    ``keys`` is the issuer's key set.
    """
    if len(raw) > _LONGEST_HINT:
        return None
    try:
        known = KeySet([RSAKey.import_key(key) for key in keys["keys"]])
        token = jwt.decode(raw, known, algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        return None
    # The same keys sign logout tokens, which are none (RFC 8725, 3.11).
    is_ours = token.header.get("typ") == "JWT" and token.claims.get("iss") == issuer
    return dict(token.claims) if is_ours else None


def session_id(tenant_id: int, session_number: int) -> str:
    """The session's `sid` (OpenID Connect Back-Channel Logout, 2.1): the same at every client."""
    text = f"{tenant_id}/{session_number}".encode()
    return base64.urlsafe_b64encode(hashlib.sha256(b"sid\0" + text).digest()[:18]).decode("ascii")


def _half_hash(text: str) -> str:
    """OpenID Connect Core, 3.1.3.6: the left half of the SHA-256."""
    half = hashlib.sha256(text.encode("ascii")).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode("ascii")
