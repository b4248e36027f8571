"""What kind of client a request came from, as far as it says so itself: for hints, never for rules.

Anybody can send any User-Agent (RFC 9110, 10.1.5), so nothing is granted or refused by it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

#: Link previews, mail scanners and crawlers. First: many of them also claim to be a browser.
_PREVIEW = re.compile(
    r"[\w.-]*(?:bot|crawler|spider|preview|externalhit|imgproxy|imageproxy)\b"
    r"|safelinks|ms-office|microsoft office|mimecast|proofpoint|barracuda|whatsapp|linkcheck",
    re.IGNORECASE,
)
#: Libraries and tools of programmers.
_PROGRAM = re.compile(
    r"guzzlehttp|curl|wget|node|undici|axios|got|superagent|python|aiohttp|httpx|okhttp"
    r"|go-http-client|java|apache-httpclient|libwww-perl|php|ruby|faraday|restsharp|dart"
    r"|symfony|laravel|postmanruntime|insomnia|dotnet|\.net|httpie|powershell|deno|bun",
    re.IGNORECASE,
)
#: A product and its version, RFC 9110, 10.1.5.
_PRODUCT = re.compile(r"[\w.+-]+(?:/[\w.+-]+)?", re.ASCII)
_BROWSER = "Mozilla/"
_LONGEST = 40


class ClientKind(StrEnum):
    """Who opens links: a person in a browser, or something on its way."""

    BROWSER = "browser"
    PROGRAM = "program"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Client:
    """A client by its own word. ``name``: as it calls itself, short; empty when it does not."""

    kind: ClientKind
    name: str


def client_of(user_agent: str) -> Client:
    """The client that a User-Agent header stands for; without one it is a program."""
    if preview := _PREVIEW.search(user_agent):
        return Client(ClientKind.PREVIEW, preview[0][:_LONGEST])
    first = _PRODUCT.match(user_agent)
    name = first[0][:_LONGEST] if first is not None else ""
    if user_agent.startswith(_BROWSER):
        return Client(ClientKind.BROWSER, name)
    known = first is None or _PROGRAM.match(name) is not None
    return Client(ClientKind.PROGRAM if known else ClientKind.BROWSER, name)
