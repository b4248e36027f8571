"""The embedded PostgreSQL: made, shared, stopped by the last, and clear about what is wrong."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from portal.db import embedded, roles
from portal.settings import BootError

#: Holds the server until a line comes on standard input.
HOLDER = """
import sys
from pathlib import Path
from portal.db import embedded
embedded.start(Path(sys.argv[1]))
print("started", flush=True)
sys.stdin.readline()
"""


@contextmanager
def holder(data: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the server, ready when the block begins."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HOLDER, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        yield process
        process.kill()


def leave(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(30) == 0


def postmaster(data: Path) -> int | None:
    """The process id of the server that runs in a folder, or None."""
    try:
        pid = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid


def test_the_server_keeps_what_was_acknowledged_and_knows_letters(data: Path) -> None:
    with (
        embedded.start(data) as server,
        psycopg.connect(server.url(roles.OWNER, roles.DATABASE)) as connection,
    ):
        for question, answer in [
            ("show fsync", "on"),
            ("show synchronous_commit", "on"),
            ("show timezone", "UTC"),
            ("show listen_addresses", ""),
            ("select lower('ÄÉ') || upper('ß') || current_user", "äéßportal_owner"),
            ("select string_agg(l, '' order by l) from unnest('{b,a,B,Z,ä}'::text[]) l", "BZabä"),
        ]:
            assert connection.execute(question).fetchone() == (answer,)
    assert postmaster(data) is None


def test_the_last_of_two_processes_stops_it(data: Path) -> None:
    server = embedded.start(data)
    pid = postmaster(data)
    with holder(data) as other:
        assert postmaster(data) == pid
        server.close()
        assert postmaster(data) == pid
        leave(other)
    assert postmaster(data) is None


def test_it_outlives_a_killed_process_and_is_found_again(data: Path) -> None:
    with holder(data) as other:
        pid = postmaster(data)
        assert pid is not None
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    assert postmaster(data) == pid

    started = time.monotonic()
    with embedded.start(data):
        assert time.monotonic() - started < 60
        assert postmaster(data) == pid
    assert postmaster(data) is None


def test_it_recovers_when_the_server_itself_was_killed(data: Path) -> None:
    server = embedded.start(data)
    with psycopg.connect(server.url(roles.OWNER, roles.DATABASE)) as connection:
        connection.execute("create table kept as select 7 as n")
    pid = postmaster(data)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while postmaster(data) == pid and not _is_zombie(pid):
        time.sleep(0.05)
    server.close()

    with (
        embedded.start(data) as server,
        psycopg.connect(server.url(roles.APPLICATION, roles.DATABASE)) as connection,
    ):
        assert connection.execute("select n from kept").fetchone() == (7,)


def _is_zombie(pid: int) -> bool:
    """Where nobody reaps orphans (a container without an init), the dead stay listed."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_start_cut_short_leaves_nothing_that_the_next_one_trips_over(data: Path) -> None:
    (data / "postgres.new").mkdir()
    (data / "postgres.new" / "half").write_text("made")

    with embedded.start(data):
        assert postmaster(data) is not None
        assert not (data / "postgres.new").exists()


def test_closing_twice_and_from_a_forked_child(data: Path) -> None:
    server = embedded.start(data)
    child = os.fork()
    if child == 0:
        server.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert postmaster(data) is not None
    server.close()
    server.close()
    assert postmaster(data) is None


def test_a_folder_with_a_space_and_an_apostrophe(data: Path) -> None:
    odd = data / "it's here"
    with embedded.start(odd) as server:
        psycopg.connect(server.url()).close()


def test_a_path_too_long_for_a_socket(data: Path) -> None:
    with pytest.raises(BootError, match=r"is \d+ bytes too long for the socket .* portal\.data"):
        embedded.start(data / ("x" * 100))


def test_a_path_that_pg_ctl_cannot_take(data: Path) -> None:
    with pytest.raises(BootError, match=r"has one of the signs .* portal\.data to another\.$"):
        embedded.start(data / "a$b")


def test_a_folder_that_cannot_be_made(data: Path) -> None:
    (data / "file").write_text("in the way")
    with pytest.raises(BootError, match=r"data folder .*/file/var cannot be made \(Not a dir"):
        embedded.start(data / "file" / "var")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_folder_that_is_somebody_elses(data: Path) -> None:
    data.chmod(0o755)
    assert _message_for_nobody(data) == (
        f"The data folder {data} cannot be written: make it writable for this user, "
        "or set portal.data to another."
    )
    (data / "postgres.gate").touch(0o600)
    data.chmod(0o777)
    assert _message_for_nobody(data) == (
        f"{data}/postgres.gate belongs to another user: start the portal as that user, "
        "or set portal.data to another folder."
    )


def _message_for_nobody(data: Path) -> str:
    """What a start says in a process of the user nobody."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgid(65534)
        os.setuid(65534)
        try:
            embedded.start(data)
        except BaseException as error:  # noqa: BLE001  (whatever it is, the parent compares it)
            os.write(writer, str(error).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()


def test_a_database_of_a_version_that_is_not_here(data: Path) -> None:
    (data / "postgres").mkdir()
    (data / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(BootError, match=r"is PostgreSQL 14's, and only version \d+ is here"):
        embedded.start(data)


def test_a_damaged_database_says_why_it_does_not_start(data: Path) -> None:
    embedded.start(data).close()
    (data / "postgres" / "postgresql.conf").write_text("shared_buffers = nonsense\n")
    with pytest.raises(BootError, match=r"PostgreSQL did not start in .*: .*contains errors"):
        embedded.start(data)
