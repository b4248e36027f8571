"""A JSON Web Token taken apart, strictly, before anything in it is believed.

RFC 7515 leaves duplicate names to the parser, Python's takes the last of them, and its JSON
also reads NaN. What two parsers may read differently is refused here (RFC 7493, RFC 8725).
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.web.i18n import N_, Message

#: How deeply objects and arrays may nest. Real tokens reach three.
MAX_DEPTH = 10
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
# The closing quote is optional, so that a match never fails and never has to be tried again.
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


@dataclass(frozen=True, slots=True)
class Token:
    """An unverified token. Its values are claims of a stranger until the signature is checked.

    No field appears in ``repr``, so that a token cannot end up in a log by way of a traceback.
    """

    raw: str = field(repr=False)
    header: Mapping[str, Any] = field(repr=False)
    payload: Mapping[str, Any] = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def signing_input(self) -> bytes:
        """``header.payload`` as sent: what the signature covers."""
        return self.raw.rpartition(".")[0].encode("ascii")


def parse(raw: str) -> Token:
    """Take a compact JWS apart. Raises ``Refusal(token_malformed)``; never anything else."""
    if raw[:7].lower() == "bearer ":
        raise _malformed(N_("Send the token alone, without the word “Bearer”."))
    parts = raw.split(".")
    if len(parts) != 3:
        raise _malformed(_parts_hint(len(parts)), seen=f"{len(parts)} parts", wanted="3 parts")
    header, payload, signature = (_decode(part) for part in parts)
    return Token(raw, _object(header, "header"), _object(payload, "payload"), signature)


def _decode(part: str) -> bytes:
    """Strict base64url (RFC 7515, 2): no padding, no other alphabet, no spare bits set."""
    if not _BASE64URL.fullmatch(part):
        raise _malformed(_alphabet_hint(part))
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise _malformed(N_("A part of the token is cut off."), seen="base64url") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != part.encode("ascii"):
        raise _malformed(N_("A part of the token is cut off or was changed."), seen="base64url")
    return decoded


def _object(data: bytes, where: str) -> Mapping[str, Any]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed(N_("The token is not encoded in UTF-8."), seen=where) from None
    if _depth(text) > MAX_DEPTH:
        raise _malformed(seen=where, wanted=f"at most {MAX_DEPTH} levels")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    # ValueError also stands for a number with thousands of digits.
    except (ValueError, RecursionError):
        raise _malformed(seen=where, wanted="JSON") from None
    if not isinstance(value, dict):
        raise _malformed(seen=where, wanted="a JSON object")
    if any(_has_surrogate(string) for string in _strings(value)):
        raise _malformed(N_("A text in the token is half of a character."), seen=where)
    return value


def _depth(text: str) -> int:
    """How deeply the brackets nest, found before a parser recurses into them."""
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _malformed(N_("A name appears twice in one JSON object."), wanted="unique names")
    return result


def _no_constant(name: str) -> NoReturn:
    raise _malformed(N_("NaN and Infinity are not JSON."), seen=name.lstrip("-"), wanted="JSON")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _parts_hint(parts: int) -> Message | None:
    if parts == 5:
        return N_("The token is encrypted (JWE). Send one that is only signed.")
    if parts == 2:
        return N_("The token has no signature.")
    return None


def _alphabet_hint(part: str) -> Message | None:
    if part.endswith("="):
        return N_("Remove the padding (“=”) from the parts of the token.")
    if set(part) & set("+/ "):
        return N_("The token is in standard base64. Use base64url: “-” for “+”, “_” for “/”.")
    return None


def _malformed(hint: Message | None = None, *, seen: str = "", wanted: str = "") -> Refusal:
    return Refusal(Code.TOKEN_MALFORMED, hint=hint, seen=seen, wanted=wanted)
