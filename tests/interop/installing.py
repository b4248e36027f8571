"""The foreign programs, each installed once into a cache folder of the user's.

Python's and Node's come from lock files beside the tests, Debian's from the machine's own release:
its older packages are not to be had any more when a newer one is out.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.functional.left_out import unavailable

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "portal-interop"
#: What was asked for in this run, with its versions, for the run's last lines.
INSTALLED: set[str] = set()
_READY = "installed"


def from_pypi(lock: Path, *programs: str) -> Path:
    """The programs of an environment that has what the lock names: the folder they are in."""
    folder = CACHE / f"{lock.stem}-{_digest(lock.read_bytes())}"
    if not (folder / _READY).exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], folder.parent)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        locked = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)]
        _run([*pip, "install", "--quiet", *locked], folder)
        (folder / _READY).touch()
    ask = "import sys, importlib.metadata as m; [print(n, m.version(n)) for n in sys.argv[1:]]"
    INSTALLED.update(_run([str(folder / "bin" / "python"), "-c", ask, *programs]).splitlines())
    return folder / "bin"


def from_npm(lock: Path, *programs: str) -> Path:
    """The same for a `package-lock.json`."""
    if shutil.which("npm") is None:
        unavailable("needs Node and npm: apt-get install nodejs npm")
    text = lock.read_text()
    folder = CACHE / f"{lock.parent.name}-npm-{_digest(text.encode())}"
    if not (folder / _READY).exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in (lock.name, "package.json"):
            shutil.copy(lock.parent / name, folder)
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        (folder / _READY).touch()
    for name in programs:
        version = re.search(rf'"node_modules/{name}": {{\s+"version": "([^"]+)"', text)
        INSTALLED.add(f"{name} {version[1] if version else ''}")
    return folder / "node_modules" / ".bin"


def from_debian(packages: Sequence[str], *programs: str) -> Path:
    """Packages with all that this machine lacks for them, unpacked and not installed: the root.

    Needs no rights, starts no service and changes nothing on the machine.
    """
    if shutil.which("apt-get") is None:
        unavailable(f"needs Debian's packages: {' '.join(packages)}")
    simulated = ["apt-get", "install", "--simulate", "--no-install-recommends", *packages]
    lacking = re.findall(r"^Inst (\S+) (?:\[[^]]*\] )?\((\S+)", _run(simulated), re.MULTILINE)
    if not {name for name, _ in lacking}.issuperset(packages):
        # Some of them are installed here: a part of a program from elsewhere would not fit.
        unavailable(f"needs a machine without {' '.join(packages)}, which are installed here")
    wanted = sorted(f"{name}={version}" for name, version in lacking)
    root = CACHE / f"debian-{_digest(' '.join(wanted).encode())}"
    if not (root / _READY).exists():
        archives = root / "archives"
        archives.mkdir(parents=True, exist_ok=True)
        _run(["apt-get", "download", "--quiet", *wanted], archives)
        for archive in archives.glob("*.deb"):
            _run(["dpkg-deb", "--extract", str(archive), str(root)], root)
        (root / _READY).touch()
    versions = dict(lacking)
    INSTALLED.update(f"{name} {versions[name]}" for name in programs)
    return root


def _run(command: Sequence[str], folder: Path | None = None) -> str:
    """What it prints. Leaves the test out when it fails, with its last words."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        why = next((line for line in lines if "error" in line.lower()), "".join(lines[-1:]))
        unavailable(f"could not be installed here: {why or command}")
    return done.stdout


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
