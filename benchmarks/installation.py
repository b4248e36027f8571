"""A portal of the benchmark's own: `portal serve` as a process, on a data folder that goes away."""

import contextlib
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.settings import Settings

PORTAL = Path(sys.executable).with_name("portal")
#: Seconds until it must serve: the first start makes a database and migrates it.
START_WITHIN = 120


@dataclass(frozen=True)
class Installation:
    """Where it runs. `settings` are the server's own."""

    host: str
    port: int
    settings: Settings


@contextmanager
def running() -> Iterator[Installation]:
    """A server with its own PostgreSQL, migrated and empty. Raises RuntimeError with its log."""
    # A short path: the name of a socket is limited.
    with TemporaryDirectory(prefix="portal-bench-") as name:
        folder, port = Path(name), _free_port()
        section = {
            # As in production: the clients play the proxy that ends TLS.
            "portal.origin": "https://127.0.0.1",
            "portal.data": str(folder / "var"),
            "portal.secret_key": secrets.token_hex(32),
            "portal.trusted_proxy": "127.0.0.1",
            "database.url": "embedded",
            "log.format": "json",
            "log.level": "info",
            "server.port": str(port),
        }
        path = folder / "portal.ini"
        lines = [f"{key} = {value}" for key, value in section.items()]
        path.write_text("\n".join(["[app:main]", "use = egg:portal", *lines, ""]))
        log = folder / "log"
        with (
            log.open("w") as errors,
            subprocess.Popen(
                [PORTAL, "-c", path, "serve", "--migrate"],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as process,
        ):
            try:
                if process.stdout is None or not any("Ctrl+C" in line for line in process.stdout):
                    raise RuntimeError(f"The server did not start:\n{log.read_text()[-4000:]}")
                yield Installation("127.0.0.1", port, Settings.from_ini(section))
            finally:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=20)
                process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
