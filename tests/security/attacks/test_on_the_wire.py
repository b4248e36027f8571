"""Request lines and headers as bytes on a socket: what the server lets through, and as what."""

import contextlib
import re
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import waitress

from portal.ops import server
from tests.functional.serving import running
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL

pytestmark = pytest.mark.security

EVIL = "evil.test"


class Wire(NamedTuple):
    """A request, with ``{path}`` for a page that sends strangers to sign in."""

    name: str
    request: bytes
    statuses: tuple[int, ...]


OURS = b"Host: localhost\r\n"
WIRES = (
    Wire("plain", b"GET {path} HTTP/1.1\r\n" + OURS, (303,)),
    Wire("absolute form, theirs", b"GET http://evil.test{path} HTTP/1.1\r\n" + OURS, (303,)),
    Wire("absolute form, https", b"GET https://evil.test{path} HTTP/1.1\r\n" + OURS, (303,)),
    Wire("absolute form, both theirs",
        b"GET http://evil.test{path} HTTP/1.1\r\nHost: evil.test\r\n", (303,)),
    Wire("absolute form, a user", b"GET http://localhost@evil.test{path} HTTP/1.1\r\n" + OURS,
        (303,)),
    Wire("absolute form, another scheme", b"GET ftp://evil.test{path} HTTP/1.1\r\n" + OURS,
        (303, 400, 404)),
    Wire("two slashes first", b"GET //evil.test{path} HTTP/1.1\r\n" + OURS, (400, 404)),
    Wire("a backslash first", b"GET \\\\evil.test{path} HTTP/1.1\r\n" + OURS, (400, 404)),
    Wire("no slash first", b"GET evil.test{path} HTTP/1.1\r\n" + OURS, (400, 404)),
    Wire("an asterisk", b"OPTIONS * HTTP/1.1\r\n" + OURS, (400, 404, 405)),
    Wire("authority form", b"CONNECT evil.test:443 HTTP/1.1\r\n" + OURS, (400, 404, 405, 501)),
    Wire("two hosts, ours first", b"GET {path} HTTP/1.1\r\n" + OURS + b"Host: evil.test\r\n",
        (303, 400)),
    Wire("two hosts, theirs first", b"GET {path} HTTP/1.1\r\nHost: evil.test\r\n" + OURS,
        (303, 400)),
    Wire("no host", b"GET {path} HTTP/1.0\r\n", (303, 400)),
    Wire("a host with a space before the colon",
        b"GET {path} HTTP/1.1\r\nHost : evil.test\r\n" + OURS, (303, 400)),
    Wire("a folded host", b"GET {path} HTTP/1.1\r\nHost: localhost\r\n evil.test\r\n", (303, 400)),
    Wire("a host with NUL", b"GET {path} HTTP/1.1\r\nHost: localhost\0evil.test\r\n", (303, 400)),
    Wire("an underscore for a dash",
        b"GET {path} HTTP/1.1\r\n" + OURS + b"X_Forwarded_Host: evil.test\r\n", (303,)),
    Wire("a virtual root", b"GET {path} HTTP/1.1\r\n" + OURS + b"X-Vhm-Root: /evil.test\r\n",
        (303,)),
    Wire("X-Forwarded-*",
        b"GET {path} HTTP/1.1\r\n" + OURS + b"X-Forwarded-Host: evil.test\r\n"
         b"X-Forwarded-Proto: https\r\n"
         b"Forwarded: host=evil.test\r\n", (303,)),
    Wire("a line end in the query",
        b"GET {path}?x=%0d%0aSet-Cookie:%20Injected=1 HTTP/1.1\r\n" + OURS, (303,)),
    Wire("a bare line feed in the path", b"GET {path}\nSet-Cookie: Injected=1 HTTP/1.1\r\n" + OURS,
        (400, 404)),
    Wire("a bare return in a header",
        b"GET {path} HTTP/1.1\r\n" + OURS + b"X: y\rSet-Cookie: Injected=1\r\n", (303, 400)),
    Wire("bytes that are no text in the path", b"GET {path}/\xff\xfe HTTP/1.1\r\n" + OURS, (400,)),
    Wire("bytes that are no text in the query", b"GET {path}?\xff=\xfe HTTP/1.1\r\n" + OURS,
        (303, 400)),
    Wire("bytes that are no text in a header",
        b"GET {path} HTTP/1.1\r\n" + OURS + b"Cookie: \xff\xfe=\xff\r\nAccept: \xff\r\n", (303,)),
    Wire("a length and chunks",
        b"POST {path} HTTP/1.1\r\n" + OURS + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        (400, 403, 404, 405)),
    Wire("two lengths",
        b"POST {path} HTTP/1.1\r\n" + OURS + b"Content-Length: 4\r\nContent-Length: 40\r\n",
        (400,)),
    Wire("a length that is none", b"POST {path} HTTP/1.1\r\n" + OURS + b"Content-Length: -1\r\n",
        (400,)),
    Wire("a head of 100 kB", b"GET {path} HTTP/1.1\r\n" + OURS + b"X: " + b"y" * 100_000 + b"\r\n",
        (400, 431)),
)  # fmt: skip


@pytest.fixture(scope="module")
def port(app: Any, settings: Any) -> Iterator[int]:
    """The application behind its own web server, with the options that it is served with."""
    listener = socket.create_server(("127.0.0.1", 0))
    number: int = listener.getsockname()[1]
    with running(waitress.create_server(app, sockets=[listener], **server.options(settings))):
        yield number


def exchange(port: int, request: bytes) -> bytes:
    """What comes back until the server closes the connection."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65_536):
                answer += piece
    return answer


@pytest.mark.parametrize("wire", WIRES, ids=[row.name for row in WIRES])
def test_on_the_wire(target: Target, port: int, wire: Wire) -> None:
    path = target.world.url("/tickets").encode()
    body = b"0\r\n\r\n" if b"chunked" in wire.request else b""
    request = wire.request.replace(b"{path}", path) + b"Connection: close\r\n\r\n" + body
    head, _, _page = exchange(port, request).partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert int(lines[0].split()[1]) in wire.statuses, lines[0]
    names = [line.partition(":")[0].lower() for line in lines[1:]]
    assert not any("Injected" in line for line in lines if line.lower().startswith("set-cookie"))
    for line in lines[1:]:
        if line.lower().startswith("location:"):
            assert re.match(rf"Location: http://localhost/{target.slug}/login\?", line), line
    assert names.count("location") <= 1
    target.is_well(CENTRAL)
