"""Starting a foreign program, and ending it."""

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

#: Seconds until a program answers.
PATIENCE = 90


@contextmanager
def running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], first_page: str
) -> Iterator[Path]:
    """Run it in its folder until the end, with this environment and nothing of ours. Gives its log.

    Raises AssertionError with the log when it does not serve its first page.
    """
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait(process, first_page, log)
        yield log
    finally:
        _end(process)


def _wait(process: subprocess.Popen[bytes], first_page: str, log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < ends:
        # An error status raises as well: some programs listen before they are ready.
        with suppress(OSError), urllib.request.urlopen(first_page, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"{process.args!r} did not start:\n{log.read_text()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """It and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(15)
