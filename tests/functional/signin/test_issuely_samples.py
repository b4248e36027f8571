"""Issuely's samples as programs: the host, the company's ID and the secret alone are changed."""

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from webtest import TestApp

from tests.factories import World
from tests.functional.left_out import unavailable
from tests.functional.signin.conftest import Site
from tests.functional.signin.vendors import name_tenant
from tests.unit.signin.tokens import SECRET

FOLDER = Path(__file__).parent / "clients"


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    made.configure(dialects=["issuely"], primary_dialect="issuely")
    name_tenant(made)
    return made


def run(script: str, *arguments: str) -> str:
    """What the sample prints."""
    command = {".mjs": "node", ".php": "php", ".py": sys.executable}[Path(script).suffix]
    if shutil.which(command) is None:
        unavailable(f"{command} is not installed")
    done = subprocess.run(
        [command, FOLDER / script, *arguments],
        env={"PATH": os.environ["PATH"], "ISSUELY_SSO_SECRET": SECRET},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("script", ["issuely.mjs", "issuely.php", "issuely.py", "issuely_net.py"])
def test_each_sample_signs_in(site: Site, browser: TestApp, script: str) -> None:
    email = f"{uuid.uuid4().hex}@customer.test"
    address = run(script, "http://localhost", site.tenant.company_id or "", email)
    assert address.startswith("http://localhost/api/auth/sso?token=")
    response = browser.get(address)
    assert response.status_int == 303
    assert response.location == f"http://localhost{site.world.url('/')}"
    user = site.user(email)
    assert user is not None
    assert (user.name, user.role) == ("Jane Smith", "customer")
    assert site.last().warnings == []
    # Stricter than the vendor: a link is good once.
    assert site.world.anonymous().get(address, expect_errors=True).status_int == 401
    assert site.last().code == "token_replayed"
