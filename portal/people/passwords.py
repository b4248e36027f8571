"""Passwords: argon2id, and what makes one good enough."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: How many hashes run at once: each takes 19 MB and a core.
_SLOTS = threading.BoundedSemaphore(4)


@cache
def _hasher(profile: str) -> PasswordHasher:
    if profile == "cheap":
        return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    # OWASP's recommendation for argon2id.
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def hash_password(password: str, profile: str = "normal") -> str:
    """The argon2id hash of a password."""
    with _SLOTS:
        return _hasher(profile).hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Whether the password is the one that was hashed."""
    with _SLOTS:
        try:
            return _hasher("normal").verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
