"""Passwords: argon2id, and what makes one good enough."""

import os
import re
import threading
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.web.i18n import N_

SHORTEST = 10
LONGEST = 128

#: How many hashes run at once: each takes 19 MB and a core. The others wait.
_SLOTS = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
#: zxcvbn raises above this; what comes after cannot make a password weaker.
_ESTIMATED = 72
#: zxcvbn's "safely unguessable: moderate protection from an offline attack".
_LEAST_SCORE = 3


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


@cache
def _nobodys_hash(profile: str) -> str:
    return _hasher(profile).hash("the password of nobody")


def verify_nobody(password: str, profile: str = "normal") -> None:
    """Take the time of ``verify_password`` for an account that does not exist."""
    verify_password(_nobodys_hash(profile), password)


def is_outdated(password_hash: str, profile: str = "normal") -> bool:
    """Whether the hash was made with other parameters than today's: hash the password anew."""
    return _hasher(profile).check_needs_rehash(password_hash)


def good_password(password: str, *about: str) -> str:
    """The password, if it is good enough to protect an account.

    ``about`` are words that a guesser would try first: the person's name, address and company.
    Raises ValueError with one sentence, a ``Message``.
    """
    if len(password) < SHORTEST:
        raise ValueError(N_("Use at least %(least)s characters.", least=SHORTEST))
    if len(password) > LONGEST:
        raise ValueError(N_("Use at most %(most)s characters.", most=LONGEST))
    # Imported here: its word lists take a tenth of a second, and few commands need them.
    from zxcvbn import zxcvbn

    if password.lower() in _common_passwords():
        raise ValueError(N_("This is one of the most common passwords. Choose another one."))
    if zxcvbn(password[:_ESTIMATED], user_inputs=_words(about))["score"] < _LEAST_SCORE:
        raise ValueError(
            N_("This is easy to guess. Add another word or two that do not belong together.")
        )
    return password


def _words(texts: Sequence[str]) -> list[str]:
    """Each text whole, without its gaps, and word by word."""
    forms = ((text, re.sub(r"\W+", "", text), *re.split(r"\W+", text)) for text in texts)
    return [word for words in forms for word in words if word]


@cache
def _common_passwords() -> frozenset[str]:
    """The thirty thousand most used, from leaks; lower case."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
