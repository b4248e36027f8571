"""A portal of a test's own: a folder with its data, a configuration file, processes."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.ports import free_port

PORTAL = Path(sys.executable).with_name("portal")


def fetch(url: str, seconds: float = 10, **headers: str) -> tuple[int, bytes]:
    """Status and body, whatever the status."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@dataclass
class Installation:
    """A portal of a test's own: a folder, a configuration file, a port."""

    folder: Path
    #: The demo shop would be one above it.
    port: int = field(default_factory=lambda: free_port(above=1))
    health_port: int = field(default_factory=free_port)
    changed: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "var"

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def health_url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.health_port}{path}"

    def write(self) -> Path:
        """The configuration file."""
        section = {
            "portal.origin": f"http://127.0.0.1:{self.port}",
            "portal.data": str(self.data),
            "portal.secret_key": "auto",
            "portal.development": "true",
            "database.url": "embedded",
            "log.format": "json",
            "server.port": str(self.port),
            "server.health_port": str(self.health_port),
            "server.threads": "2",
            **self.changed,
        }
        path = self.folder / "portal.ini"
        lines = [f"{key} = {value}" for key, value in section.items()]
        path.write_text("\n".join(["[app:main]", "use = egg:portal", *lines, ""]))
        return path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        return subprocess.run(
            [PORTAL, "-c", self.write(), *arguments],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def refusal(self, *command: str) -> str:
        """What a start that must fail says, which must be one line and no traceback."""
        result = self.run(*(command or ("serve",)))
        assert result.returncode == 1, result
        (line,) = result.stderr.splitlines()
        assert line.startswith("Error: ")
        assert not result.stdout
        return line.removeprefix("Error: ")

    @contextlib.contextmanager
    def serving(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        """The server, ready; killed afterwards if it still runs."""
        command = command or ("serve", "--migrate")
        log = self.folder / "log"
        with (
            log.open("w") as stderr,
            subprocess.Popen(
                [PORTAL, "-c", self.write(), *command],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                # Of its own, so that a Ctrl+C can be sent to the whole group, as a terminal does.
                start_new_session=True,
            ) as process,
        ):
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    if line == "Stop it with Ctrl+C.\n":
                        break
                    assert line.startswith(("Portal", "Health")) or command[0] == "demo"
                else:
                    pytest.fail(log.read_text())
                yield process
            finally:
                process.kill()

    def postmaster(self) -> int | None:
        """The process id of its database server, or None."""
        try:
            pid = int((self.data / "postgres" / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
            return None
        return pid

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """No process of its database server does anything meanwhile."""
        server = self.postmaster()
        assert server is not None
        processes = [server, *_children(server)]
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in processes:
                os.kill(pid, signal.SIGCONT)

    def end(self) -> None:
        """Nothing of it runs any more."""
        pid = self.postmaster()
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)


def _children(pid: int) -> list[int]:
    """The server's processes. Without /proc there is only `ps`."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listing.splitlines()]
    return [child for child, parent in pairs if parent == pid]


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="portal-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
