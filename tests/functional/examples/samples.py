"""Starting the samples, each from a copy of its folder."""

import base64
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

EXAMPLES = Path(__file__).parents[3] / "examples"
_LISTENS = re.compile(r"http://127\.0\.0\.1:\d+(?=[/)\s])")


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
        Sample("php", ("php", "-S", "127.0.0.1:0", "-t", "public"), (("php", "check.php"),)),
        Sample(
            "laravel",
            ("php", "-S", "127.0.0.1:0", "-t", "public", "public/index.php"),
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
    """Start it in its folder, on a port that is free, with this environment and nothing of ours."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            sample.command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PORT": "0", **sample.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield Running(_origin(process, log), log)
    finally:
        process.terminate()
        process.wait(60)


def _origin(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, as it says itself when it does."""
    ends = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < ends:
        if said := _LISTENS.search(log.read_text()):
            return said[0]
        time.sleep(0.05)
    raise AssertionError(f"It did not start:\n{log.read_text()}")
