"""The claims that dialects read: what type each has, how long it may be, what it is called here."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.signin.times import (
    Times,
    is_placeholder,
    is_template,
    kind_of,
    placeholder,
    read_time,
)
from portal.signin.trace import Trace
from portal.web.i18n import N_, Message

EMAIL_LIMIT = 254
NAME_LIMIT = 200
TEXT_LIMIT = 255

#: What no claim may hold: control characters, line and paragraph separators, surrogates, and the
#: characters that change the direction of text, which make one name look like another.
_REFUSED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Kind(Enum):
    """The type of a claim."""

    EMAIL = auto()
    NAME = auto()
    TEXT = auto()
    #: A string or a number; both become a string.
    IDENTIFIER = auto()
    TIME = auto()
    FLAG = auto()
    #: A list of texts, or one text.
    TEXTS = auto()
    #: An object of single values, or of lists of them, each of which becomes one text.
    FIELDS = auto()
    #: A wish where to go. Never fatal: what is no usable address is dealt with there.
    TARGET = auto()


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a dialect; ``slot`` is what the portal calls it."""

    name: str
    kind: Kind
    slot: str = ""
    required: bool = False

    @property
    def key(self) -> str:
        """The name under which the value is found in ``Claims``."""
        return self.slot or self.name


#: Claims that every dialect understands (RFC 7519, 4.1).
COMMON = (
    Claim("iat", Kind.TIME),
    Claim("exp", Kind.TIME),
    Claim("nbf", Kind.TIME),
    Claim("jti", Kind.IDENTIFIER),
    Claim("aud", Kind.TEXTS),
    Claim("iss", Kind.TEXT),
    Claim("email_verified", Kind.FLAG),
)


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of a verified token, typed and bounded, by slot. Absent ones are not in it."""

    values: Mapping[str, Any]

    def text(self, slot: str) -> str | None:
        """A textual claim (e-mail, name, text, identifier, target)."""
        value = self.values.get(slot)
        return value if isinstance(value, str) else None

    def texts(self, slot: str) -> tuple[str, ...]:
        """A claim that is a list of texts; empty when absent."""
        value = self.values.get(slot)
        return value if isinstance(value, tuple) else ()

    def flag(self, slot: str) -> bool | None:
        """A yes-or-no claim; None when absent."""
        value = self.values.get(slot)
        return value if isinstance(value, bool) else None

    def fields(self, slot: str) -> Mapping[str, str]:
        """A claim that is an object of single values; empty when absent."""
        value = self.values.get(slot)
        return value if isinstance(value, dict) else {}

    @property
    def email(self) -> str:
        """The visitor's address, as sent. Every dialect requires it."""
        return self.text("email") or ""

    @property
    def times(self) -> Times:
        """The token's times."""
        return Times(self.values.get("iat"), self.values.get("exp"), self.values.get("nbf"))


def read_claims(payload: Mapping[str, Any], wanted: Sequence[Claim], trace: Trace) -> Claims:
    """Read the ``wanted`` claims and the common ones; all others are passed over.

    Raises ``Refusal`` with ``claim_missing`` or ``claim_type``, naming the claim.
    """
    known = {claim.name: claim for claim in (*COMMON, *wanted)}
    values: dict[str, Any] = {}
    for claim in known.values():
        value = read_claim(payload[claim.name], claim, trace) if claim.name in payload else None
        if value is not None:
            values[claim.key] = value
        elif claim.required:
            raise Refusal(
                Code.CLAIM_MISSING,
                hint=N_("The token has no “%(name)s”.", name=claim.name),
                wanted=claim.name,
            )
    return Claims(values)


def read_claim(value: Any, claim: Claim, trace: Trace) -> Any:
    """The claim's value in its type; None for what counts as absent. Raises ``Refusal``."""
    if claim.kind is Kind.TIME:
        return read_time(value, claim.name, trace)
    return None if value is None else _READERS[claim.kind](value, claim.name)


def _text(value: Any, name: str, limit: int = TEXT_LIMIT) -> str | None:
    """A text without white space around it; None when nothing is left."""
    if not isinstance(value, str):
        raise _wrong(name, kind_of(value), N_("a text"))
    if len(value) > limit:
        raise _wrong(
            name,
            N_("%(count)d characters", count=len(value)),
            N_("at most %(count)d characters", count=limit),
        )
    if has_refused_characters(value):
        raise _wrong(name, N_("control or direction characters"), N_("plain text"))
    if is_template(value):
        raise placeholder(name)
    return value.strip() or None


def _identifier(value: Any, name: str) -> str | None:
    """A text or a number. Zendesk's own example sends its ``jti`` as a number."""
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, int) and not isinstance(value, bool):
        # Compared before it is written out: Python refuses to write very long numbers.
        if abs(value) >= 10**TEXT_LIMIT:
            raise _wrong(
                name, N_("a long number"), N_("at most %(count)d digits", count=TEXT_LIMIT)
            )
        return str(value)
    text = _text(value, name)
    if text is not None and is_placeholder(text):
        raise placeholder(name)
    return text


def _email(value: Any, name: str) -> str | None:
    text = _text(value, name, EMAIL_LIMIT)
    if text is not None and is_placeholder(text):
        raise placeholder(name)
    return text


def _name(value: Any, name: str) -> str | None:
    return _text(value, name, NAME_LIMIT)


def _texts(value: Any, name: str) -> tuple[str, ...]:
    members = value if isinstance(value, list) else [value]
    return tuple(filter(None, (_text(member, name) for member in members)))


def _target(value: Any, _name: str) -> str | None:
    """Whatever is no address is refused where the visitor is sent on, not here."""
    return (value or None) if isinstance(value, str) else f"<{type(value).__name__}>"


def _flag(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise _wrong(name, kind_of(value), N_("true or false"))


def _single(value: Any, name: str) -> str | None:
    return str(value).lower() if isinstance(value, bool) else _identifier(value, name)


def _fields(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _wrong(name, kind_of(value), N_("an object"))
    result: dict[str, str] = {}
    for key, member in value.items():
        if (label := _text(key, name)) is None or member is None:
            continue
        members = member if isinstance(member, list) else [member]
        texts = filter(None, (_single(each, label) for each in members))
        if text := ", ".join(texts):
            result[label] = text
    return result


_READERS: dict[Kind, Callable[[Any, str], Any]] = {
    Kind.EMAIL: _email,
    Kind.NAME: _name,
    Kind.TEXT: _text,
    Kind.IDENTIFIER: _identifier,
    Kind.FLAG: _flag,
    Kind.TEXTS: _texts,
    Kind.FIELDS: _fields,
    Kind.TARGET: _target,
}


def has_refused_characters(text: str) -> bool:
    """Whether the text holds control, surrogate, line-separating or direction characters."""
    return _REFUSED.search(text) is not None


def _wrong(name: str, seen: Message, wanted: Message) -> Refusal:
    return Refusal(
        Code.CLAIM_TYPE,
        hint=N_("“%(name)s” has a value that we cannot use.", name=name[:80]),
        seen=seen,
        wanted=wanted,
    )
