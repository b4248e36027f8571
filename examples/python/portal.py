"""Signs customers in to the help desk and opens tickets for them.

Copy this file into a site of your own: `sign_in_token` and `open_ticket` are all it takes.
It needs Python 3.11 and PyJWT.
"""

import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import jwt

# The browser brings the token over at once: two minutes forgive a clock that is a little off.
TOKEN_SECONDS = 120


@dataclass(frozen=True)
class Customer:
    """Somebody with an account at this site, whose e-mail address was verified."""

    id: str
    email: str
    name: str


@dataclass(frozen=True)
class Portal:
    """The help desk as this site knows it."""

    url: str
    callback_url: str
    tenant: str
    signing_key: str = field(repr=False)
    api_key: str
    api_secret: str = field(repr=False)
    key_id: str = ""

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "Portal":
        """Raises ValueError with a sentence that names what is missing."""
        names = {
            "url": "PORTAL_URL",
            "callback_url": "PORTAL_CALLBACK_URL",
            "tenant": "PORTAL_TENANT",
            "signing_key": "PORTAL_SIGNING_KEY",
            "api_key": "PORTAL_API_KEY",
            "api_secret": "PORTAL_API_SECRET",
        }
        missing = [name for name in names.values() if not env.get(name, "").strip()]
        if missing:
            raise ValueError(f"Not set in the environment: {', '.join(missing)}. See .env.example.")
        callback = urlsplit(env["PORTAL_CALLBACK_URL"])
        # Whoever reads a token on its way can use it first.
        if callback.scheme != "https" and callback.hostname not in ("localhost", "127.0.0.1"):
            raise ValueError("PORTAL_CALLBACK_URL must begin with https:// (except on localhost).")
        values = {attribute: env[name] for attribute, name in names.items()}
        return cls(**values, key_id=env.get("PORTAL_KEY_ID", ""))

    def sign_in_token(self, customer: Customer, redirect_url: str = "") -> str:
        """A JSON Web Token (RFC 7519) that signs this customer in, once, within two minutes.

        Make it at the click, and only for an e-mail address that you have verified: the help desk
        believes you. `redirect_url` may come from a request as it is. The help desk opens only its
        own pages and those its settings list, and the signature keeps it from being changed on the
        way.
        """
        now = int(time.time())
        claims = {
            "email": customer.email,
            "name": customer.name,
            "external_user_id": customer.id,
            "tenant": self.tenant,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": secrets.token_hex(16),  # never the same twice: it makes the token work once
        }
        if redirect_url:
            claims["redirect_url"] = redirect_url
        headers = {"kid": self.key_id} if self.key_id else None
        return jwt.encode(claims, self.signing_key, algorithm="HS256", headers=headers)

    def open_ticket(
        self, customer: Customer, title: str, description: str, idempotency_key: str
    ) -> int:
        """Opens a ticket in the customer's name and gives its number.

        `idempotency_key` is one for each form that was shown: a form sent twice opens one ticket.
        Raises PortalRefused when the help desk says no, or nothing.
        """
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/api/v2/tickets",
            data=json.dumps(
                {
                    "email": customer.email,
                    "name": customer.name,
                    "external_user_id": customer.id,
                    "title": title,
                    "description": description,
                }
            ).encode(),
            headers={
                "Content-Type": "application/json",
                "X-API-Key": self.api_key,
                "X-API-Secret": self.api_secret,
                "Idempotency-Key": idempotency_key,
            },
        )
        try:
            with _opener.open(request, timeout=30) as response:
                return json.load(response)["data"]["ticket"]["id"]
        except urllib.error.HTTPError as refused:
            raise PortalRefused(refused.code, *_error(refused)) from None
        except (OSError, ValueError) as broken:
            raise PortalRefused(0, str(broken), "") from broken


class PortalRefused(Exception):
    """The help desk took no ticket. `reference` is for the customer, the text for your log."""

    def __init__(self, status: int, reason: str, reference: str) -> None:
        super().__init__(f"The help desk answered {status} {reason} {reference}")
        self.reference = reference


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The secret goes to the configured address and no other."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def _error(refused: urllib.error.HTTPError) -> tuple[str, str]:
    """Code and reference of an answer of the help desk, both empty when it came from elsewhere."""
    try:
        error = json.load(refused)["error"]
        return error["code"], error["request_id"]
    except (ValueError, LookupError, TypeError):
        return "", ""
