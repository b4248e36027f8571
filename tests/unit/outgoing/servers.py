"""Real servers on this machine that behave as the test says, byte by byte."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: What a server does with a connection, after it has read the request.
Behaviour = Callable[[socket.socket, bytes], None]


@contextmanager
def listening(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server on 127.0.0.1; each connection is `behave`'s."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        # A client that has heard enough hangs up, and one that mistrusts does so at once.
        with suppress(OSError):
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True)
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (part := connection.recv(4096)):
                    head += part
                length = re.search(rb"Content-Length: ([0-9]+)", head)
                whole = head.index(b"\r\n\r\n") + 4 + int(length[1]) if length else len(head)
                while len(head) < whole and (part := connection.recv(4096)):
                    head += part
                behave(connection, head)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        # Wakes the thread that waits for a connection, which closing alone does not.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def saying(*parts: bytes) -> Behaviour:
    """A server that always says this, and hangs up."""

    def behave(connection: socket.socket, _head: bytes) -> None:
        for part in parts:
            connection.sendall(part)

    return behave


OK = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: application/json; charset=utf-8\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)
