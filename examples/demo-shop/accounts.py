"""The customers of the shop: who they are, their passwords, and who is logged in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SESSION_SECONDS = 12 * 60 * 60


@dataclass(frozen=True)
class Order:
    """What a customer bought, and how many days ago."""

    number: str
    items: str
    days_ago: int
    state: str


@dataclass(frozen=True)
class Customer:
    """A customer's account. `password` is `salt$hash`, both base64, hashed with scrypt."""

    email: str
    name: str
    company: str
    password: str
    orders: tuple[Order, ...]


class Customers:
    """All accounts, from a JSON file. A real shop has a database here."""

    def __init__(self, path: Path) -> None:
        rows = json.loads(path.read_text(encoding="utf-8"))
        everyone = [
            Customer(**{**row, "orders": tuple(Order(**order) for order in row["orders"])})
            for row in rows
        ]
        self._by_email = {customer.email: customer for customer in everyone}
        self._nobody = hash_password(secrets.token_hex())

    def get(self, email: str) -> Customer | None:
        """The account with this e-mail address."""
        return self._by_email.get(email.strip().lower())

    def log_in(self, email: str, password: str) -> Customer | None:
        """The account, when the password is right.

        An unknown address costs as much time as a wrong password, so that nobody can find out
        who has an account here.
        """
        customer = self.get(email)
        stored = customer.password if customer else self._nobody
        return customer if verify_password(password, stored) else None


def hash_password(password: str) -> str:
    """`salt$hash` for a new password."""
    salt = secrets.token_bytes(16)
    return f"{base64.b64encode(salt).decode()}${base64.b64encode(_scrypt(password, salt)).decode()}"


def verify_password(password: str, stored: str) -> bool:
    """Whether this is the password that `stored` was made from."""
    salt, expected = (base64.b64decode(part) for part in stored.split("$"))
    return hmac.compare_digest(_scrypt(password, salt), expected)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


class Sessions:
    """Who is logged in. The browser holds a random key; what it stands for stays here."""

    def __init__(self) -> None:
        self._sessions: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def start(self, email: str) -> str:
        """A new key for this customer. Always a new one, so that no key from before the login
        can be slipped to somebody (session fixation)."""
        key, now = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            self._sessions = {k: s for k, s in self._sessions.items() if s[1] > now}
            self._sessions[key] = (email, now + SESSION_SECONDS)
        return key

    def email(self, key: str) -> str | None:
        """Whose key this is, or None when it is unknown or too old."""
        with self._lock:
            email, ends = self._sessions.get(key, ("", 0.0))
        return email if ends > time.monotonic() else None

    def end(self, key: str) -> None:
        """Log out: the key means nothing from now on."""
        with self._lock:
            self._sessions.pop(key, None)
