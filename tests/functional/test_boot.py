"""`portal serve` as a process of its own: it starts, and it stops."""

import json
import os
import signal
import socket
import time

import pytest

from tests.functional.installation import Installation, fetch


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
        assert process.wait(60) == 0
        assert process.stdout is not None
        assert "Traceback" not in process.stdout.read()

    assert "Traceback" not in (installation.folder / "log").read_text()
    assert installation.postmaster() is None


def test_a_request_in_work_is_answered_before_the_end(installation: Installation) -> None:
    with installation.serving() as process:
        with installation.frozen():
            page = socket.create_connection(("127.0.0.1", installation.port), timeout=60)
            page.sendall(b"GET /nowhere/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            time.sleep(0.5)
            process.terminate()
            time.sleep(0.5)
        answer = b"".join(iter(lambda: page.recv(65536), b""))
        page.close()
        assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert answer.rstrip().endswith(b"</html>")
        assert process.wait(60) == 0


def test_a_killed_server_starts_again_on_the_same_database(new_installation: Installation) -> None:
    installation = new_installation
    with installation.serving() as process:
        key = (installation.data / "secret_key").read_text()
        pid = installation.postmaster()
        process.kill()
        process.wait()
    assert installation.postmaster() == pid

    started = time.monotonic()
    with installation.serving() as process:
        assert time.monotonic() - started < 60
        assert installation.postmaster() == pid
        assert (installation.data / "secret_key").read_text() == key
        process.terminate()
        assert process.wait(60) == 0
    assert installation.postmaster() is None


def test_the_demo_serves_both_sites(new_installation: Installation) -> None:
    installation = new_installation
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
        assert process.wait(60) == 0
    _wait_until_closed(installation.port + 1)
    assert installation.postmaster() is None


def _wait_until_closed(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.1)
    pytest.fail(f"something still listens on port {port}")
