"""What an admin pastes to have it tested: a token, a header, or a whole address."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from portal.signin.dialects.base import Dialect
from portal.signin.parameters import TOKEN_NAMES

_URL = re.compile(r"https?://|/", re.IGNORECASE)
_QUERY = re.compile(r"\??[A-Za-z_]+=")
_HEADER = re.compile(r"(?:authorization:\s*)?bearer\s+", re.IGNORECASE)
_QUOTES = "\"'`“”„«» \t\r\n"


@dataclass(frozen=True, slots=True)
class Pasted:
    """The parts of a request, as the address or the token alone gives them."""

    #: Whose address it is; None when the text names none.
    dialect: Dialect | None
    query: bytes = field(repr=False)
    #: Parameters in the path.
    path: Mapping[str, str]
    #: The address up to the dialect's part of the path; empty for a token alone.
    home: str = ""
    #: Whether the parameters came along: what is missing then was missing in the address.
    is_whole: bool = False


def read_pasted(text: str, more: str, dialects: Iterable[Dialect]) -> Pasted:
    """Take what was pasted apart. ``more``: further parameters, as they stand in an address.

    Raises nothing: what makes no sense is found by the checks.
    """
    text, more = text.strip(_QUOTES), more.strip().lstrip("?&")
    if _URL.match(text):
        return _address(text, more, dialects)
    if _QUERY.match(text):
        return Pasted(None, _joined(text.lstrip("?"), more), {}, is_whole=True)
    # A terminal or a mail has broken the line.
    token = "".join(_HEADER.sub("", text, count=1).split())
    query = f"{TOKEN_NAMES[0]}={quote(token, safe='')}" if token else ""
    return Pasted(None, _joined(query, more), {})


def _address(text: str, more: str, dialects: Iterable[Dialect]) -> Pasted:
    try:
        parts = urlsplit("".join(text.split()))
    except ValueError:
        return Pasted(None, b"", {}, is_whole=True)
    segments = tuple(filter(None, parts.path.split("/")))
    query = _joined(parts.query, more)
    for dialect in dialects:
        for endpoint in dialect.endpoints:
            length = len(endpoint.path.split("/"))
            found = endpoint.match(segments[-length:])
            if found is not None:
                origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
                before = "".join(f"/{segment}" for segment in segments[:-length])
                return Pasted(dialect, query, found, f"{origin}{before}/", is_whole=True)
    return Pasted(None, query, {}, is_whole=True)


def _joined(query: str, more: str) -> bytes:
    return "&".join(filter(None, (query, more))).encode("utf-8", "replace")
