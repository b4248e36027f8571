"""A sample as it comes out of the hub: unpacked, two lines filled in, started."""

import io
import os
import subprocess
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.functional.examples.company import Company
from tests.functional.examples.conftest import CROSSED
from tests.functional.examples.crossings import Shell, Web
from tests.functional.examples.samples import Sample, running
from tests.functional.examples.visitor import Visitor


def download(company: Company, name: str) -> zipfile.ZipFile:
    """The archive that the tenant's engineer gets."""
    cookies = company.world.browser("ada").cookies
    request = urllib.request.Request(
        company.url(f"/integration/samples/{name}/archive"),
        headers={"Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items())},
    )
    with urllib.request.urlopen(request) as answer:
        return zipfile.ZipFile(io.BytesIO(answer.read()))


def filled_in(folder: Path, secrets: dict[str, str]) -> dict[str, str]:
    """What a shell reads from `.env`, after somebody wrote the secrets behind their names."""
    env = folder / ".env"
    lines = env.read_text().splitlines()
    for name, value in secrets.items():
        lines[lines.index(f"{name}=")] += value
    env.write_text("\n".join(lines))
    done = subprocess.run(
        ["sh", "-c", "set -a; . ./.env; set +a; env"],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = dict(line.split("=", 1) for line in done.stdout.splitlines())
    return {name: value for name, value in loaded.items() if name.startswith(("PORTAL_", "SITE_"))}


@pytest.mark.parametrize("sample", CROSSED, indirect=True)
def test_it_runs_as_it_was_downloaded(
    sample: Sample, folder: Path, company: Company, visitor: Visitor
) -> None:
    with download(company, sample.name) as archive:
        archive.extractall(folder.parent / "downloaded")
    unpacked = folder.parent / "downloaded" / sample.name
    ours = {path.relative_to(sample.folder) for path in sample.folder.rglob("*") if path.is_file()}
    theirs = {path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()}
    assert theirs >= {path for path in ours if "__pycache__" not in path.parts}
    # Around them is what is no part of the download: packages, and an application for Laravel.
    unpacked.rename(folder / "new")
    for path in theirs:
        (folder / "new" / path).replace(folder / path)
    secrets = ("PORTAL_SIGNING_KEY", "PORTAL_API_SECRET")
    environment = filled_in(folder, {name: company.environment[name] for name in secrets})
    assert environment.items() >= company.environment.items()
    if not sample.command:
        assert Shell(folder, environment).open_ticket(visitor, "Left hinge cracked") == 1
        return
    with running(sample, folder, environment) as site:
        company.open_site(site.origin)
        assert Web(site).bring(visitor).url == company.url("/")
        assert Web(site).open_ticket(visitor, "Left hinge cracked") == 1
    assert company.signed_in(visitor) == "cleo@customer.test"
