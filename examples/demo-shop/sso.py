"""Signing customers in to the help desk. This file is the one to copy into a site of your own.

A customer who is logged in here must not log in again there. So the browser is sent to the help
desk with a token that says who the customer is, signed with a secret that only this site and the
help desk know. The token is a JSON Web Token (RFC 7519). It works once and for two minutes.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

TOKEN_SECONDS = 120


def sign(claims: Mapping[str, object], secret: str) -> str:
    """The claims as a JSON Web Token, signed with HMAC-SHA256 ("HS256", RFC 7518)."""
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.digest(secret.encode(), signed.encode(), "sha256")
    return f"{signed}.{_base64url(signature)}"


def _part(content: Mapping[str, object]) -> str:
    return _base64url(json.dumps(content, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class HelpDesk:
    """The help desk as this site knows it.

    Both values come from the settings of this site, never from a request: whoever could choose
    the callback would be sent tokens that open your customers' accounts.
    """

    secret: str
    callback: str  # the "client redirect URL" of the sign-in settings, ending in /jwt

    def sign_in_url(self, email: str, name: str) -> str:
        """Where to send a customer who wants support: signs in, and opens the help desk."""
        claims = {**_who(email, name), "iat": int(time.time())}
        return f"{self.callback}?{urlencode({'token': sign(claims, self.secret)})}"

    def sign_in_url_for(self, email: str, name: str, redirect_url: str) -> str:
        """The same, but ends at `redirect_url`: a path of the help desk or an address there.

        It may come from a request as it is. The help desk opens only what is its own, and the
        signature keeps anybody from changing it on the way.
        """
        now = int(time.time())
        claims = {
            **_who(email, name),
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "redirect_url": redirect_url,
        }
        callback = urljoin(self.callback, "auth/callback")  # the neighbour of …/jwt
        return f"{callback}?{urlencode({'token': sign(claims, self.secret)})}"


def _who(email: str, name: str) -> dict[str, object]:
    # `jti` is what makes the token usable once: random, and never the same twice.
    return {"email": email, "name": name, "jti": secrets.token_urlsafe(16)}
