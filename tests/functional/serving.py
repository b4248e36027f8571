"""The portal as it is served, for programs that are no part of the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from waitress.server import create_server

from portal import application
from portal.ops.server import bind
from portal.settings import Settings


@contextmanager
def serving(settings: Settings, host: str = "127.0.0.1") -> Iterator[str]:
    """The origin of a portal that listens on a free port of this machine, which has this name."""
    sockets = bind("127.0.0.1", 0, "server.port")
    origin = f"http://{host}:{sockets[0].getsockname()[1]}"
    app = application(replace(settings, origin=origin, hosts=(host,)))
    server = create_server(app, sockets=sockets, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield origin
    finally:
        server.close()
        thread.join(10)
        app.registry["db.engine"].dispose()
