"""Ports for programs that have to be told one before they listen."""

import contextlib
import random
import socket
import sys

#: Below those that the system gives to whoever asks for any port, and to connections that leave:
#: none of these is taken by chance while the program starts.
_CHOICE = range(20_000, 32_000)
#: Hypothesis sets Python's own generator, and two workers must not come to the same ports.
_random = random.SystemRandom()


def free_port(above: int = 0, wanted: int = 0) -> int:
    """A port that nobody listens on, nor on so many above it: the wanted one, if it is free."""
    while True:
        port, wanted = wanted or _random.choice(_CHOICE), 0
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            for each in range(port, port + above + 1):
                probe = probes.enter_context(socket.socket())
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", each))
            return port


if __name__ == "__main__":
    sys.stdout.write(f"{free_port(*map(int, sys.argv[1:]))}\n")
