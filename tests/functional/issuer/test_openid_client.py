"""A client that nobody here wrote: openid-client, for Node, against a portal that is served."""

import http.client
import json
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from webtest import TestApp

from tests.factories import World
from tests.functional.issuer.conftest import CALLBACK, Forum
from tests.functional.left_out import unavailable

CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, with what `npm ci` installs from its lock."""
    folder = tmp_path_factory.mktemp("npm") / "clients"
    shutil.copytree(CLIENTS, folder, ignore=shutil.ignore_patterns("node_modules"))
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = shutil.which("npm") and subprocess.run(
        command, cwd=folder, capture_output=True, check=False
    )
    if not installed or installed.returncode != 0:
        unavailable("openid-client needs Node and npm")
    return folder / "openid_client.mjs"


def test_a_whole_sign_in(
    program: Path, served: str, forum: Forum, world: World, cleo: TestApp
) -> None:
    issuer = f"{served}/{world.slug}"
    command = ["node", str(program), issuer, forum.client_id, forum.secret or "", CALLBACK]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked = process.stdout.readline()
        assert asked, process.stderr.read() if process.stderr else ""
        url = json.loads(asked)["url"]
        assert url.startswith(f"{issuer}/oauth2/authorize?")
        # The visitor's browser, which is signed in, at the address that the client made.
        back = visit(cleo, url)
        process.stdin.write(f"{back}\n")
        process.stdin.flush()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    said = json.loads(out)
    user = world.seed.users["cleo"]
    assert said["claims"]["iss"] == issuer
    assert said["claims"]["sub"] == str(user.id)
    assert said["userinfo"]["email"] == user.email
    assert said["introspected"]["active"]
    assert said["afterwards"] == {"active": False}
    assert said["logout"].startswith(f"{issuer}/oauth2/logout?id_token_hint=")


def visit(browser: TestApp, url: str) -> str:
    """Where a signed-in visitor is sent from there."""
    parts = urlsplit(url)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with closing(http.client.HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}", headers={"Cookie": cookies})
        answer = connection.getresponse()
        answer.read()
    location = answer.getheader("Location")
    assert answer.status == 303
    assert location is not None
    return location
