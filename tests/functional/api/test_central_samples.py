"""Central Tickets' samples as programs, against the portal as it is served.

Each does what its document prints: also where that is a mistake, for then it must be refused as
we say it is.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from portal.settings import Settings
from tests.functional.api.conftest import Client
from tests.functional.api.test_clients import visit
from tests.functional.left_out import unavailable
from tests.functional.serving import serving
from tests.functional.signin.conftest import Site
from tests.ports import free_port
from tests.unit.signin.tokens import SECRET

FOLDER = Path(__file__).parent / "clients" / "central"


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[str]:
    """The origin of a portal that listens."""
    with serving(settings) as origin:
        yield origin


def run(command: str, script: str, *arguments: str, stdin: str = "", **environment: str) -> str:
    """What a sample prints."""
    if shutil.which(command) is None:
        unavailable(f"{command} is not installed")
    done = subprocess.run(
        [command, FOLDER / script, *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


class PhpSite:
    """The tenant's website in plain PHP, on a server of its own; somebody may be logged in."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""

    def log_in(self) -> None:
        """Somebody has logged in to the site."""
        self.cookie = self._get("/login.php")[1]["Set-Cookie"].partition(";")[0]

    def ticket_sso(self, **query: str) -> tuple[str | None, str]:
        """A visitor comes from the landing page's button: where they are sent, else the page."""
        _, headers, text = self._get(f"/ticket-sso.php?{urlencode(query)}")
        return headers["Location"], text

    def _get(self, path: str) -> tuple[int, Message, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text


@contextmanager
def php_site(bridge: Client, folder: Path, *, send_keys: bool) -> Iterator[PhpSite]:
    """The site is up; its sessions are kept in the folder."""
    if shutil.which("php") is None:
        unavailable("php is not installed")
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "SEND_KEYS": "1" if send_keys else "0",
        "TICKET_SYSTEM_API_KEY": bridge.headers["X-API-Key"],
        "TICKET_SYSTEM_API_SECRET": bridge.headers["X-API-Secret"],
    }
    settings = {"session.save_path": folder, "auto_prepend_file": FOLDER / "site.php"}
    options = [part for name, value in settings.items() for part in ("-d", f"{name}={value}")]
    process = subprocess.Popen(
        ["php", *options, "-S", f"127.0.0.1:{port}", "-t", FOLDER],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield PhpSite(port)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the PHP site does not start")


class TestPlainPhp:
    def asked(self, served: str, bridge: Client) -> dict[str, str]:
        """The parameters of the landing page's button."""
        home = f"{served}{bridge.world.url()}"
        return {
            "redirect_url": f"{home}dashboard",
            "callback_api": f"{home}api/auth/redirect",
            "tenant": bridge.world.slug,
        }

    def test_with_the_keys_sent_it_signs_in(
        self, served: str, bridge: Client, site: Site, tmp_path: Path
    ) -> None:
        with php_site(bridge, tmp_path, send_keys=True) as php:
            php.log_in()
            location, _ = php.ticket_sso(**self.asked(served, bridge))
        assert location is not None
        arrived = visit(location)
        assert arrived.status == 303
        assert arrived.headers["Location"] == f"{served}{bridge.world.url()}"
        assert site.last().code == "signed_in"

    def test_as_printed_it_forgets_the_keys_and_is_refused(
        self, served: str, bridge: Client, site: Site, tmp_path: Path
    ) -> None:
        with php_site(bridge, tmp_path, send_keys=False) as php:
            php.log_in()
            assert php.ticket_sso(**self.asked(served, bridge)) == (None, "Authentication failed")
        assert site.last().code == "api_key_invalid"
        assert "forget the headers" in site.last().hint

    def test_whoever_is_not_logged_in_there_logs_in_first(
        self, served: str, bridge: Client, site: Site, tmp_path: Path
    ) -> None:
        with php_site(bridge, tmp_path, send_keys=True) as php:
            location, _ = php.ticket_sso(**self.asked(served, bridge))
        assert location is not None
        assert location.startswith("/login?return=%2Fticket-sso.php%3Fredirect_url%3D")
        assert site.log() == []

    def test_a_request_without_its_parameters_goes_no_further(
        self, bridge: Client, site: Site, tmp_path: Path
    ) -> None:
        with php_site(bridge, tmp_path, send_keys=True) as php:
            php.log_in()
            assert php.ticket_sso(tenant=bridge.world.slug) == (None, "Invalid SSO request")
        assert site.log() == []


@pytest.fixture(params=["0", "1"], ids=["a stand-in", "Laravel"])
def laravel(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment that chooses the HTTP client."""
    if request.param == "1" and not Path("/usr/share/php/Illuminate/Http/autoload.php").is_file():
        unavailable("Laravel is not installed (package php-laravel-framework)")
    return {"LARAVEL": request.param}


class TestLaravel:
    def test_as_printed_the_visitor_ends_at_our_sign_in_page(
        self, served: str, bridge: Client, site: Site, laravel: dict[str, str]
    ) -> None:
        """It sends no keys, and follows the address in the JSON, whatever the status."""
        home = f"{served}{bridge.world.url()}"
        address = f"{home}api/auth/redirect"
        gone = run("php", "laravel.php", "controller", address, f"{home}dashboard", "", **laravel)
        assert gone == f"{home}login?reference={site.last().reference}"
        assert visit(gone).status == 200
        assert site.last().code == "api_key_invalid"

    @pytest.mark.parametrize("below", ["", "tenant"])
    def test_to_a_ticket_with_keys(
        self, served: str, bridge: Client, site: Site, below: str, laravel: dict[str, str]
    ) -> None:
        """Its client follows the redirect, which must not use the reference up."""
        home = f"{served}{bridge.world.url()}"
        address = f"{home if below else served + '/'}api/auth/redirect"
        gone = run(
            "php", "laravel.php", "ticket", address, "/tickets/42", bridge.world.slug,
            TICKET_API_KEY=bridge.headers["X-API-Key"],
            TICKET_API_SECRET=bridge.headers["X-API-Secret"], **laravel,
        )  # fmt: skip
        assert gone.startswith(f"{home}auth/callback?token=")
        assert site.log() == []
        assert visit(gone).headers["Location"] == f"{home}tickets/42"


class TestStaticPage:
    def test_as_printed_the_visitor_ends_at_our_sign_in_page(
        self, served: str, bridge: Client, site: Site
    ) -> None:
        home = f"{served}{bridge.world.url()}"
        gone = run("node", "page.mjs", f"{home}api/auth/redirect", f"{home}dashboard")
        assert gone == f"{home}login?reference={site.last().reference}"
        assert visit(gone).status == 200
        assert site.last().code == "api_key_invalid"


class TestTicketLinks:
    def test_curl_opens_a_ticket_and_php_signs_its_requester_in(
        self, served: str, writer: Client, site: Site
    ) -> None:
        answer = run(
            "sh", "ticket.sh", f"{served}/api/v2/tickets",
            API_KEY=writer.headers["X-API-Key"], API_SECRET=writer.headers["X-API-Secret"],
        )  # fmt: skip
        data = json.loads(answer)["data"]
        home = f"{served}{writer.world.url()}"
        assert data["ticket_url"] == f"{home}tickets/1"
        assert data["sso_redirect"]["callback_url"] == f"{home}auth/callback"
        gone = run("php", "ticket-jwt.php", stdin=answer, JWT_SECRET=SECRET)
        assert gone.startswith(f"{home}auth/callback?token=")
        arrived = visit(gone)
        assert (arrived.status, arrived.headers["Location"]) == (303, data["ticket_url"])
        assert site.last().code == "signed_in"
        assert visit(gone).status == 401
