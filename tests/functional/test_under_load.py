"""`portal serve` as a process of its own, while its database hangs and clients are slow or rude."""

import json
import socket
import time
import urllib.request

from tests.functional.installation import Installation, fetch


def test_a_frozen_database_stops_neither_health_nor_the_threads(installation: Installation) -> None:
    installation.changed |= {"server.threads": "1", "database.statement_timeout": "1"}
    with installation.serving() as process:
        with installation.frozen():
            # This page holds the only thread, until its deadline.
            page = socket.create_connection(("127.0.0.1", installation.port), timeout=60)
            page.sendall(b"GET /acme/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            started = time.monotonic()
            assert fetch(installation.health_url("/-/health"))[0] == 200
            assert time.monotonic() - started < 8
            status, body = fetch(installation.health_url("/-/ready"))
            assert status == 503
            assert json.loads(body)["checks"]["database"] == "failing"
            assert page.recv(12) == b"HTTP/1.1 503"
            page.close()
        deadline = time.monotonic() + 60
        while fetch(installation.health_url("/-/ready"))[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert fetch(installation.url("/"))[0] == 200
        process.terminate()
        assert process.wait(60) == 0


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
