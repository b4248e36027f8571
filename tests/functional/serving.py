"""The portal as it is served, for programs that are no part of the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from portal import application
from portal.ops.server import bind
from portal.settings import Settings


@contextmanager
def serving(settings: Settings, host: str = "127.0.0.1") -> Iterator[str]:
    """The origin of a portal that listens on a free port of this machine, which has this name."""
    sockets = bind("127.0.0.1", 0, "server.port")
    origin = f"http://{host}:{sockets[0].getsockname()[1]}"
    app = application(replace(settings, origin=origin, hosts=(host,)))
    with running(create_server(app, sockets=sockets, threads=4)):
        yield origin
    app.registry["db.engine"].dispose()


@contextmanager
def running(server: BaseWSGIServer) -> Iterator[None]:
    """A web server in a thread of its own."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        # Its loop ends when nothing is left to wait for. `close` would leave the connections that
        # browsers keep open, and only the loop's own thread may close those.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(10)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive()
