"""GET and POST, for answers of a sensible size within a sensible time.

On httpcore, the lower half of httpx: it follows no redirect, keeps no cookie and reads no proxy
from the environment, because it knows none of them.
"""

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import httpcore2

from portal.outgoing.addresses import Allowed, Resolver, system_resolver
from portal.outgoing.errors import OutgoingError, OutgoingFailed, OutgoingRefused
from portal.outgoing.network import Deadline, PinnedBackend
from portal.settings import Settings
from portal.web.i18n import N_

#: Seconds to find and reach the host, to wait for the next bytes, and for all of it.
CONNECT, READ, TOTAL = 5.0, 10.0, 15.0
#: Bytes of an answer's body.
LIMIT = 1024 * 1024

_TIMEOUTS = {"connect": CONNECT, "read": READ, "write": READ, "pool": CONNECT}
_URL = re.compile(r"[!-\[\]-~]{1,2048}")
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,254}")
_NETWORK = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    #: By their names in lower case; of a name that came twice, the last.
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is one of success. A redirect is none: it is not followed."""
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class _Target:
    """A URL, taken apart once: what is checked is what is called."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


class OutgoingClient:
    """Calls others. Has no state, and may be used by several threads at once."""

    def __init__(
        self,
        allowed: Allowed | None = None,
        *,
        user_agent: str = "Portal",
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = system_resolver,
    ) -> None:
        self._allowed = allowed or Allowed()
        self._user_agent = user_agent
        self._given_tls = tls
        self._resolver = resolver

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The client as the operator's settings want it; needs no application and no request."""
        allowed = Allowed.of(settings.outgoing_allow)
        return cls(allowed, user_agent=f"Portal/{version('portal')} (+{settings.origin})")

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limit: int = LIMIT,
        seconds: float = TOTAL,
    ) -> Answer:
        """GET. ``limit``: bytes of the body; ``seconds``: for all of it.

        Any status is an answer. Raises ``OutgoingRefused`` and ``OutgoingFailed``.
        """
        return self._call("GET", url, dict(headers or {}), None, limit, seconds)

    def post(
        self,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        json_body: Any = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        limit: int = LIMIT,
        seconds: float = TOTAL,
    ) -> Answer:
        """POST of a form, of JSON, or of bytes whose type is in ``headers``; else as ``get``."""
        sent = dict(headers or {})
        if form is not None:
            content = urlencode(form).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        elif json_body is not None:
            content = json.dumps(json_body, ensure_ascii=False).encode()
            sent["Content-Type"] = "application/json"
        return self._call("POST", url, sent, content, limit, seconds)

    def check(self, url: str) -> None:
        """Whether the portal would call ``url`` at all, as far as it shows without calling.

        Raises ``OutgoingRefused``.
        """
        self._target(url)

    def _call(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        content: bytes | None,
        limit: int,
        seconds: float,
    ) -> Answer:
        target = self._target(url)
        deadline = Deadline(seconds)
        plain = target.scheme == "http"
        backend = PinnedBackend(self._allowed, self._resolver, deadline, plain=plain)
        sent = {
            "Host": target.authority,
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            # What is not compressed cannot grow while it is read.
            "Accept-Encoding": "identity",
            "Connection": "close",
            **headers,
        }
        if content is not None:
            sent["Content-Length"] = str(len(content))
        with httpcore2.ConnectionPool(
            ssl_context=None if plain else self._tls,
            network_backend=backend,
            max_connections=1,
            max_keepalive_connections=0,
        ) as pool:
            try:
                with pool.stream(
                    method,
                    httpcore2.URL(
                        scheme=target.scheme,
                        host=target.host,
                        port=target.port,
                        target=target.path,
                    ),
                    headers=list(sent.items()),
                    content=content,
                    extensions={
                        "timeout": {
                            "connect": CONNECT,
                            "read": READ,
                            "write": READ,
                            "pool": CONNECT,
                        }
                    },
                ) as response:
                    return _answer(response, limit, target.host)
            except httpcore2.TimeoutException as error:
                raise OutgoingFailed(
                    N_("“%(host)s” did not answer in time.", host=target.host)
                ) from error
            except _NETWORK as error:
                raise OutgoingFailed(_complaint(error, target.host)) from error

    def _target(self, url: str) -> _Target:
        """``url`` taken apart. Raises ``OutgoingRefused``."""
        try:
            parts = urlsplit(url) if _URL.fullmatch(url) else None
            port = parts.port if parts is not None else None
        except ValueError:
            parts = None
        if parts is None or not parts.netloc or parts.scheme not in ("https", "http"):
            raise OutgoingRefused(N_("This is not an address such as https://example.com/path."))
        given = parts.netloc.removesuffix(f":{port}")
        if not _HOST.fullmatch(given) or port == 0:
            # Also whatever holds a user name and a password.
            raise OutgoingRefused(N_("This is not an address such as https://example.com/path."))
        host = given.strip("[]").lower()
        if parts.scheme == "http" and not self._allowed.networks and not self._allowed.host(host):
            raise OutgoingRefused(N_("The address must begin with https://."))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(parts.scheme, host, port, path)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """The system's certificate authorities, or those that SSL_CERT_FILE names."""
        return self._given_tls or ssl.create_default_context()


def _answer(response: httpcore2.Response, limit: int, host: str) -> Answer:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise OutgoingFailed(
            N_("“%(host)s” answered in a compressed form that was not asked for.", host=host)
        )
    body = bytearray()
    for part in response.iter_stream():
        body += part
        if len(body) > limit:
            raise OutgoingFailed(
                N_("“%(host)s” answered with more than %(limit)d bytes.", host=host, limit=limit)
            )
    return Answer(response.status, headers, bytes(body))


def _complaint(error: Exception, host: str) -> Any:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return N_(
                "The certificate of “%(host)s” is not valid: %(reason)s.",
                host=host,
                reason=cause.verify_message.rstrip("."),
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore2.ConnectError):
        return N_("“%(host)s” cannot be reached.", host=host)
    return N_("“%(host)s” did not answer as a web server does.", host=host)


__all__ = ["LIMIT", "TOTAL", "Answer", "OutgoingClient", "OutgoingError"]
