"""A socket between the application and PostgreSQL that can be cut, and joined again."""

import contextlib
import socket
import threading
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import make_url


class Wire:
    """Passes bytes on in both directions until it is cut, or frozen."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._url = make_url(database_url)
        self._folder = folder
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._flows = threading.Event()
        self._flows.set()
        self._cut = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The database's URL by way of this wire."""
        host = quote(str(self._folder), safe="")
        name = f"{self._url.username}@/{self._url.database}"
        return f"postgresql://{name}?host={host}&port=5432"

    def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        self._cut = True
        self._drop()

    def join(self) -> None:
        """Let new connections through, and bytes flow."""
        self._cut = False
        self._flows.set()

    def freeze(self) -> None:
        """Hold all bytes back: the server looks alive and does not answer."""
        self._flows.clear()

    def close(self) -> None:
        """Take the wire away."""
        self._flows.set()
        self._listener.close()
        self._drop()

    def _drop(self) -> None:
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._pairs.clear()

    def _accept(self) -> None:
        target = f"{self._url.query['host']}/.s.PGSQL.{self._url.query['port']}"
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            if self._cut:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            far.connect(target)
            self._pairs.append((near, far))
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
