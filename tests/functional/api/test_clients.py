"""Programs as tenants have them, against the portal as it is served."""

import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from portal.settings import Settings
from tests.functional.api.conftest import Client
from tests.functional.left_out import unavailable
from tests.functional.serving import serving
from tests.functional.signin.conftest import Site

FOLDER = Path(__file__).parent / "clients"
CLEO = {"email": "cleo@customer.test", "name": "Cleo Customer"}


@dataclass(frozen=True)
class Answer:
    """What a client saw."""

    status: int
    location: str | None
    body: dict[str, Any]


class Program:
    """One of the clients."""

    def __init__(self, command: str, script: str) -> None:
        self.command = command
        self.script = FOLDER / script

    def call(
        self, address: str, body: dict[str, Any], keys: dict[str, str], *, follow: bool = False
    ) -> Answer:
        environment = {"PATH": os.environ["PATH"], "FOLLOW": "1" if follow else "0"}
        if keys:
            environment["API_KEY"] = keys["X-API-Key"]
            environment["API_SECRET"] = keys["X-API-Secret"]
        done = subprocess.run(
            [self.command, self.script, address, json.dumps(body)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return self._read(done.stdout)

    def _read(self, output: str) -> Answer:
        if self.command != "sh":
            return Answer(**json.loads(output))
        body, _, last = output.rpartition("\n")
        status, _, location = last.partition(" ")
        return Answer(int(status), location or None, json.loads(body))


@pytest.fixture(params=["php", "node", "curl"])
def program(request: pytest.FixtureRequest) -> Program:
    if shutil.which(request.param) is None:
        unavailable(f"{request.param} is not installed")
    if request.param == "php" and "curl" not in _php_modules():
        unavailable("php has no curl extension (package php-curl)")
    return {
        "php": Program("php", "handover.php"),
        "node": Program("node", "handover.mjs"),
        "curl": Program("sh", "handover.sh"),
    }[request.param]


def _php_modules() -> list[str]:
    return subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split()


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[str]:
    """The origin of a portal that listens."""
    with serving(settings) as origin:
        yield origin


@pytest.fixture
def address(served: str, bridge: Client) -> str:
    return f"{served}{bridge.world.url('/api/auth/redirect')}"


def visit(location: str) -> http.client.HTTPResponse:
    """A browser goes to an address, and no further."""
    parts = urlsplit(location)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"Accept": "text/html"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_302_and_then_the_browser_is_signed_in(
    program: Program, address: str, bridge: Client, served: str, site: Site
) -> None:
    answer = program.call(address, {**CLEO, "redirect_url": "/tickets/42"}, bridge.headers)
    assert answer.status == 302
    assert answer.location is not None
    assert answer.location.startswith(f"{served}{bridge.world.url('/auth/callback')}?token=")
    assert answer.body == {"success": True, "redirect_url": answer.location}
    arrived = visit(answer.location)
    assert arrived.status == 303
    assert arrived.headers["Location"] == f"{served}{bridge.world.url('/tickets/42')}"
    assert site.last().code == "signed_in"


def test_who_follows_the_302_leaves_the_sign_in_to_the_browser(
    program: Program, address: str, bridge: Client, site: Site
) -> None:
    """The navigation rule: neither cookies nor the single use go to a program."""
    answer = program.call(address, CLEO, bridge.headers, follow=True)
    assert answer.status == 200
    assert answer.body["success"] is True
    assert answer.location is not None
    assert answer.location == answer.body["redirect_url"]
    assert site.log() == []
    assert visit(answer.location).status == 303
    assert visit(answer.location).status == 401


def test_without_keys_the_visitor_is_sent_to_our_sign_in_page(
    program: Program, address: str, bridge: Client, served: str
) -> None:
    """As the vendor's samples for PHP, Laravel and HTML do: they forget the keys."""
    answer = program.call(address, CLEO, {})
    assert answer.status == 401
    assert answer.location is None
    assert answer.body["redirect_url"].startswith(f"{served}{bridge.world.url('/login')}?")
    assert visit(answer.body["redirect_url"]).status == 200


def test_a_signed_token_instead_of_keys(
    program: Program, address: str, site: Site, bridge: Client
) -> None:
    answer = program.call(address, {"token": site.token()}, {})
    assert answer.status == 302
    assert answer.location is not None
    assert visit(answer.location).status == 303
