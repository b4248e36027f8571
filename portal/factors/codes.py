"""Codes that people type: those of an authenticator app, and recovery codes."""

import hashlib
import re
import secrets
from enum import StrEnum

from portal.signin.methods import KEY, ONE_TIME_CODE, PRESENCE

#: Crockford's alphabet: nothing in it can be taken for something else in it.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("OIL", "011")
_GROUPS, _GROUP = 4, 4
#: White space and every kind of dash that a printer or a telephone makes of one.
_GAPS = re.compile(r"[\s\u2010-\u2015\u2212-]+")


class Method(StrEnum):
    """What somebody proved themselves with, beside the password."""

    APP = "app"
    RECOVERY = "recovery"
    PASSKEY = "passkey"

    @property
    def words(self) -> tuple[str, ...]:
        """What other programs call it (RFC 8176, 2). A recovery code comes from a list, which is
        none of the one-time passwords meant there: that it was a second factor is all one can say.
        """
        return _WORDS[self]


_WORDS = {
    Method.APP: (ONE_TIME_CODE,),
    Method.RECOVERY: (),
    Method.PASSKEY: (KEY, PRESENCE),
}


def new_recovery_code() -> str:
    """A recovery code such as `7K2P-M4XQ-90RT-B8WD`: 80 random bits."""
    letters = [secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[i : i + _GROUP]) for i in range(0, len(letters), _GROUP))


def recovery_hash(user_id: int, code: str) -> bytes | None:
    """What is kept of a recovery code as it was typed; None for what cannot be one."""
    plain = _GAPS.sub("", code).upper().translate(_LOOKALIKES)
    if len(plain) != _GROUPS * _GROUP or not set(plain) <= set(_ALPHABET):
        return None
    return hashlib.sha256(f"recovery code of {user_id}:{plain}".encode()).digest()


def app_code(text: str) -> str | None:
    """The six digits of an authenticator app as they were typed; None for anything else."""
    plain = _GAPS.sub("", text)
    return plain if re.fullmatch("[0-9]{6}", plain) else None
