"""What the shell sample does besides the journey, and what nobody can read beside it."""

import os
import shutil
import subprocess
from pathlib import Path

import jwt
import pytest

from tests.functional.examples.company import Company
from tests.functional.examples.crossings import CLEO, NotTaken, Shell
from tests.functional.examples.visitor import Visitor
from tests.unit.signin.tokens import SECRET

pytestmark = pytest.mark.parametrize("sample", ["shell"], indirect=True)

SPY = """#!/bin/sh
printf '%s\\n' "$0 $*" >> "$SPIED"
PATH=$REAL exec "${0##*/}" "$@"
"""


@pytest.fixture
def shell(folder: Path, company: Company) -> Shell:
    return Shell(folder, dict(company.environment))


def test_the_api_hands_over(shell: Shell, visitor: Visitor, company: Company) -> None:
    del shell.environment["PORTAL_SIGNING_KEY"]
    ticket = company.url(f"/tickets/{company.world.ticket().number}")
    address = shell.run("handover", *CLEO, ticket)
    assert address.startswith(company.url("/auth/callback?token="))
    assert company.site.log() == []
    assert visitor.get(address).url == ticket
    assert company.signed_in(visitor) == CLEO[0]


def test_a_refused_handover(shell: Shell, company: Company) -> None:
    shell.environment["PORTAL_API_SECRET"] = "wrong-and-as-long-as-a-secret-0123456789"
    with pytest.raises(NotTaken) as refused:
        shell.run("handover", *CLEO)
    reference = company.site.last().reference
    assert str(refused.value) == f"The help desk answered 401 api_key_invalid {reference}"


def test_a_portal_that_is_away(shell: Shell) -> None:
    shell.environment["PORTAL_URL"] = "http://127.0.0.1:1"
    with pytest.raises(NotTaken, match="onnect"):
        shell.run("sign-out", CLEO[0])


@pytest.mark.parametrize("program", ["dash", "bash", "busybox"])
def test_tokens_of_every_shell(folder: Path, company: Company, program: str) -> None:
    """Texts that need escaping, and keys of all lengths around SHA-256's block of 64 bytes."""
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program}")
    shell = [program, "sh"] if program == "busybox" else [program]
    for length in (32, 63, 64, 65, 100):
        name = f'{length} "quoted" \\ \u00e9 \U0001f3a7'
        key = "k\u00e9%$`'\"\\" * length
        key = key[:length]
        done = subprocess.run(
            [*shell, "portal.sh", "token", CLEO[0], name, "/tickets/1?a=b&c"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], **company.environment, "PORTAL_SIGNING_KEY": key},
            capture_output=True,
            text=True,
            check=True,
        )
        token = done.stdout.strip()
        claims = jwt.decode(token, key, algorithms=["HS256"])
        assert (claims["name"], claims["redirect_url"]) == (name, "/tickets/1?a=b&c")
        assert claims["exp"] - claims["iat"] == 120
        assert jwt.get_unverified_header(token)["kid"] == "2026-a"


def test_no_command_line_shows_a_secret(shell: Shell, company: Company, tmp_path: Path) -> None:
    """What programs are started with is for everybody on the machine to read."""
    real = os.environ["PATH"]
    spies, spied = tmp_path / "spies", tmp_path / "spied"
    spies.mkdir()
    for name in ("awk", "curl", "date", "od", "openssl", "sed", "tr"):
        (spies / name).write_text(SPY)
        (spies / name).chmod(0o755)
    shell.environment |= {"PATH": f"{spies}:{real}", "REAL": real, "SPIED": str(spied)}
    shell.run("sign-in", *CLEO)
    shell.run("ticket", *CLEO, "Left hinge cracked", "It cracked this morning.")
    shell.run("handover", *CLEO)
    shell.run("sign-out", CLEO[0])
    seen = spied.read_text()
    assert seen.count("/curl --config - ") == 3
    assert seen.count("/openssl dgst -sha256 -binary") == 2
    for secret in (SECRET, SECRET.encode().hex(), company.environment["PORTAL_API_SECRET"]):
        assert secret not in seen
