"""Connections that go to the address that was checked, and end at a deadline."""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore2

from portal.outgoing.addresses import Allowed, Resolver, checked, resolve

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class Deadline:
    """A moment after which nothing is waited for any more."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, wanted: float | None) -> float:
        """Seconds to wait for the next step: what it wants, or what is left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the deadline has passed")
        return left if wanted is None else min(wanted, left)


class PinnedBackend(httpcore2.NetworkBackend):
    """Resolves a name once, checks what it found, and connects to exactly that.

    The name stays what TLS asks for and what the certificate must say.
    """

    def __init__(
        self, allowed: Allowed, resolver: Resolver, deadline: Deadline, *, plain: bool
    ) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._deadline = deadline
        self._plain = plain
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address of ``host`` that answers.

        Raises ``OutgoingRefused``, ``OutgoingFailed`` and httpcore's exceptions.
        """
        found = resolve(host, port, seconds=self._deadline.left(timeout), resolver=self._resolver)
        addresses = checked(host, found, self._allowed, plain=self._plain)
        for address in addresses[:-1]:
            try:
                return self._connect(str(address), port, timeout)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return self._connect(str(addresses[-1]), port, timeout)

    def _connect(self, address: str, port: int, timeout: float | None) -> httpcore2.NetworkStream:
        stream = self._inner.connect_tcp(address, port, timeout=self._deadline.left(timeout))
        return _TimedStream(stream, self._deadline)


class _TimedStream(httpcore2.NetworkStream):
    """A connection on which each byte may come late, and all of them together may not."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
