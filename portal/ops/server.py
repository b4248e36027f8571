"""Serving with waitress: sockets, limits, and a second listener for health."""

import contextlib
import errno
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import waitress

from portal.ops.health import HealthChecks, listener_app
from portal.settings import BootError, Settings

#: A request's line and headers: far above a browser's, far below what would hurt.
MAX_HEADER_BYTES = 64 * 1024
#: Seconds that a connection may be silent.
IDLE_SECONDS = 60
#: Open files that a process asks for, if the system allows.
WANTED_FILES = 8192


def bind(host: str, port: int, setting: str) -> list[socket.socket]:
    """Sockets for all addresses of a host, bound before anything slow is started.

    Raises BootError, one sentence, when the port is taken or the address is not this machine's.
    """
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise BootError(f"server.host: {host} is no address of this machine.") from error
    sockets: list[socket.socket] = []
    failure: OSError | None = None
    for family, kind, protocol, _name, address in addresses:
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            bound.bind(address)
        except OSError as error:
            bound.close()
            failure = error
        else:
            sockets.append(bound)
    # Names such as localhost may have an address that this machine does not.
    if failure is not None and (not sockets or failure.errno == errno.EADDRINUSE):
        for bound in sockets:
            bound.close()
        raise _unbound(host, port, setting, failure) from failure
    return sockets


def _unbound(host: str, port: int, setting: str, error: OSError) -> BootError:
    if error.errno == errno.EADDRINUSE:
        return BootError(
            f"Port {port} is already in use: stop what uses it, "
            f"or choose another with {setting}, such as {setting}={port + 100}."
        )
    if error.errno == errno.EACCES:
        return BootError(f"Port {port} is not allowed for this user: choose one above 1023.")
    return BootError(f"Cannot listen on {host}:{port}: {error.strerror}.")


def run(
    app: Callable[..., Any],
    settings: Settings,
    sockets: list[socket.socket],
    health: tuple[HealthChecks, list[socket.socket]] | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM, SIGHUP or Ctrl+C, then let the requests in work end.

    `health` is for a listener that answers only `/-/health` and `/-/ready`, so that they never
    wait behind a busy thread. `ready` is called as soon as connections are accepted.
    """
    server = waitress.create_server(app, sockets=sockets, **options(settings))
    if health is not None:
        checks, health_sockets = health
        listener = waitress.create_server(
            listener_app(checks), sockets=health_sockets, threads=1, ident=None
        )
        threading.Thread(target=listener.run, name="health-listener", daemon=True).start()
    # waitress ends its loop on these two and waits for its threads. One that comes just before
    # the loop is as good an end.
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        ready()
        server.run()


def options(settings: Settings) -> dict[str, Any]:
    """What waitress is told."""
    files = _raise_file_limit()
    trusted: dict[str, Any] = {}
    if settings.trusted_proxy:
        trusted = {
            "trusted_proxy": settings.trusted_proxy,
            "trusted_proxy_count": 1,
            # Not X-Forwarded-Host: most proxies pass on what a client made up. They keep Host.
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
    return {
        "threads": settings.server_threads,
        "ident": None,
        "clear_untrusted_proxy_headers": True,
        # Slow clients hold a connection, not a thread: there must be enough of them, and
        # select() would stop at 1024 files.
        "asyncore_use_poll": True,
        "connection_limit": max(100, min(2000, files // 4)),
        "channel_timeout": IDLE_SECONDS,
        "cleanup_interval": 10,
        "max_request_header_size": MAX_HEADER_BYTES,
        "max_request_body_size": settings.max_body_bytes,
        # A download is handed over whole (to a temporary file), so that a slow reader does
        # not keep the thread.
        "outbuf_high_watermark": 2 * settings.attachments_max_bytes,
        **trusted,
    }


def _raise_file_limit() -> int:
    """Allow this process as many open files as it may have; how many those are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = WANTED_FILES if hard == unlimited else min(WANTED_FILES, hard)
    if soft != unlimited and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return WANTED_FILES if soft == unlimited else soft


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the program as Ctrl+C does: with its cleaning up."""

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
