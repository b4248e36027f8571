"""A JSON Web Token taken apart, strictly, before anything in it is believed.

RFC 7515 leaves duplicate names to the parser, Python's takes the last of them, and its JSON
also reads NaN. What two parsers may read differently is refused here (RFC 7493, RFC 8725).
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.web.i18n import N_, Message
from portal.web.strict_json import MAX_DEPTH, Fault, NotStrict, read_object

_QUOTES = frozenset("\"'`“”„«»")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


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
    if (hint := _wrapping_hint(raw)) is not None:
        raise _malformed(hint)
    parts = raw.split(".")
    if len(parts) != 3:
        raise _malformed(
            _parts_hint(len(parts)),
            seen=N_("parts: %(count)d", count=len(parts)),
            wanted=N_("three parts"),
        )
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


#: What a fault of the JSON inside a token is called, and what was wanted.
_FAULTS: Mapping[Fault, tuple[Message | None, str]] = {
    Fault.ENCODING: (N_("The token is not encoded in UTF-8."), ""),
    Fault.DEPTH: (None, N_("at most %(count)d levels", count=MAX_DEPTH)),
    Fault.SYNTAX: (None, "JSON"),
    Fault.NOT_AN_OBJECT: (None, N_("a JSON object")),
    Fault.DUPLICATE: (N_("A name appears twice in one JSON object."), N_("unique names")),
    Fault.CONSTANT: (N_("NaN and Infinity are not JSON."), "JSON"),
    Fault.SURROGATE: (N_("A text in the token is half of a character."), ""),
}


def _object(data: bytes, where: str) -> Mapping[str, Any]:
    try:
        return read_object(data)
    except NotStrict as refused:
        hint, wanted = _FAULTS[refused.fault]
        raise _malformed(hint, seen=refused.seen or where, wanted=wanted) from None


def _wrapping_hint(raw: str) -> Message | None:
    """What came along with the token, or around it, on its way into the address."""
    if raw[:7].lower() == "bearer ":
        return N_("Send the token alone, without the word “Bearer”.")
    if raw[:1] in _QUOTES:
        return N_("The token stands in quotation marks. Send it without them.")
    if re.search(r"%[0-9A-Fa-f]{2}", raw):
        return N_("The token is URL-encoded twice. Encode the address once.")
    if "&" in raw:
        return N_(
            "Another parameter hangs on the token: its “&” was encoded together with the token."
        )
    if "?" in raw:
        return N_("There are two question marks in the address. Put “&” before the second part.")
    if re.search(r"[\r\n\t]", raw):
        return N_("A line break is inside the token. Some base64 functions add one: remove it.")
    return None


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
