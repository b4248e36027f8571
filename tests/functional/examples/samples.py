"""Starting the samples, each from a copy of its folder."""

import base64
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

EXAMPLES = Path(__file__).parents[3] / "examples"


@dataclass(frozen=True)
class Sample:
    """One of the folders."""

    name: str
    #: Starts its server, where it has one.
    command: tuple[str, ...] = ()
    #: These say what is missing of the settings, where starting the server does not.
    checks: tuple[tuple[str, ...], ...] = ()
    #: A program that the sample's files are put into, where they are none by themselves.
    around: Path | None = None
    #: What that program needs in its environment.
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where it is in the tree."""
        return EXAMPLES / self.name

    def copy(self, to: Path) -> Path:
        """The folder as somebody downloads it."""
        if self.around is not None:
            shutil.copytree(self.around, to)
            for name in (
                "bootstrap/cache",
                "storage/sessions",
                "storage/views",
            ):
                (to / name).mkdir(parents=True)
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", ".env")
        return Path(shutil.copytree(self.folder, to, ignore=ignored, dirs_exist_ok=True))


SAMPLES = {
    sample.name: sample
    for sample in (
        Sample("php", ("php", "-S", "127.0.0.1:{port}", "-t", "public"), (("php", "check.php"),)),
        Sample(
            "laravel",
            ("php", "-S", "127.0.0.1:{port}", "-t", "public", "public/index.php"),
            around=Path(__file__).parent / "laravel",
            environment={"APP_KEY": f"base64:{base64.b64encode(os.urandom(32)).decode()}"},
        ),
        Sample("node", ("node", "server.js")),
        Sample("python", (sys.executable, "app.py")),
        Sample("static", ("node", "server.js")),
        Sample(
            "shell",
            checks=(
                ("sh", "portal.sh", "sign-in", "cleo@customer.test", "Cleo"),
                ("sh", "portal.sh", "sign-out", "cleo@customer.test"),
            ),
        ),
    )
}


@dataclass
class Running:
    """A sample that listens."""

    origin: str
    log: Path

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"{self.origin}{path}"


@contextmanager
def running(sample: Sample, folder: Path, environment: Mapping[str, str]) -> Iterator[Running]:
    """Start it in its folder and wait until it listens. `{port}` in a value becomes its port."""
    log = folder / "log"
    # Somebody else may take the free port before the sample does: then another one.
    for _ in range(5):
        port = free_port()
        known = {name: text.replace("{port}", str(port)) for name, text in environment.items()}
        process = start(sample, folder, {**known, "PORT": str(port)}, log)
        if _listens(process, port):
            break
    else:
        raise AssertionError(f"{sample.name} did not start:\n{log.read_text()}")
    try:
        yield Running(f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        process.wait(10)


def start(
    sample: Sample, folder: Path, environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Start it with this environment and nothing else of ours."""
    command = [word.format(port=environment.get("PORT")) for word in sample.command]
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], **sample.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until it does; False when it ended instead."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process.poll() is None
    return False
