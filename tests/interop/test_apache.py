"""Apache with mod_auth_openidc in front of pages that are for members."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.factories.jobs import JobRunner
from tests.interop.conftest import HERE, Picture
from tests.interop.installing import from_debian
from tests.interop.programs import running
from tests.interop.sites import Company, Site

PACKAGES = ("apache2-bin", "libapache2-mod-auth-openidc")


@pytest.fixture(scope="module")
def root() -> Path:
    return from_debian(PACKAGES, *PACKAGES)


@pytest.fixture
def apache(company: Company, folder: Path, root: Path) -> Iterator[Site]:
    site = company.site(
        "Members",
        "/members/signed-in",
        "/bye.shtml",
        backchannel="/members/signed-in?logout=backchannel",
    )
    shutil.copytree(HERE / "apache", folder, dirs_exist_ok=True)
    libraries = root / "usr" / "lib"
    environment = site.environment | {
        "FOLDER": str(folder),
        "MODULES": str(libraries / "apache2" / "modules"),
        "PASSPHRASE": os.urandom(24).hex(),
        "LD_LIBRARY_PATH": ":".join(str(each) for each in libraries.glob("*-linux-gnu*")),
    }
    program = [str(root / "usr" / "sbin" / "apache2"), "-D", "FOREGROUND"]
    # Started as root, it becomes somebody else; started by anybody else, it cannot.
    rights = ["-D", "ROOT"] if os.getuid() == 0 else []
    command = [*program, *rights, "-f", str(folder / "httpd.conf")]
    with running(command, folder, environment, site.url("/bye.shtml")):
        yield site


def info(page: Page, site: Site) -> dict[str, Any]:
    """What the module holds of its visitor."""
    answer = page.context.request.get(site.url("/members/signed-in?info=json"))
    assert answer.status == 200
    held: dict[str, Any] = answer.json()
    return held


def test_members_sign_in(company: Company, apache: Site, page: Page, picture: Picture) -> None:
    page.goto(apache.url("/members/index.shtml"))
    company.sign_in(page)
    page.wait_for_url(apache.url("/members/index.shtml"))
    cleo = company.cleo
    expect(page.locator("#user")).to_have_text(cleo.email)
    expect(page.locator("#sub")).to_have_text(str(cleo.id))
    expect(page.locator("#name")).to_have_text(cleo.name)
    expect(page.locator("#iss")).to_have_text(apache.issuer)
    picture(page, "apache")
    held = info(page, apache)
    assert held["id_token"]["aud"] == apache.client_id
    assert held["userinfo"]["organisation"]["name"]


def test_the_module_refreshes(company: Company, apache: Site, page: Page) -> None:
    page.goto(apache.url("/members/index.shtml"))
    company.sign_in(page)
    page.wait_for_url(apache.url("/members/index.shtml"))
    before = info(page, apache)["access_token"]
    back = apache.url("/members/index.shtml")
    page.goto(apache.url(f"/members/signed-in?refresh={back}&access_token={before}"))
    expect(page).to_have_url(back)
    assert info(page, apache)["access_token"] != before


def test_signing_out_there_signs_out_here(company: Company, apache: Site, page: Page) -> None:
    page.goto(apache.url("/members/index.shtml"))
    company.sign_in(page)
    page.wait_for_url(apache.url("/members/index.shtml"))
    assert company.knows(page)
    page.goto(apache.url(f"/members/signed-in?logout={apache.url('/bye.shtml')}"))
    expect(page).to_have_url(apache.url("/bye.shtml"))
    assert not company.knows(page)
    page.goto(apache.url("/members/index.shtml"))
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_signing_out_here_signs_out_there(
    company: Company, apache: Site, page: Page, run_jobs: JobRunner
) -> None:
    page.goto(apache.url("/members/index.shtml"))
    company.sign_in(page)
    page.wait_for_url(apache.url("/members/index.shtml"))
    company.sign_out(page)
    done = run_jobs()
    assert {each.status for each in done} == {"succeeded"}, done
    answer = page.context.request.get(apache.url("/members/signed-in?info=json"))
    assert answer.status == 401
    page.goto(apache.url("/members/index.shtml"))
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_people_are_asked_for_somebody_elses_site(
    company: Company, apache: Site, page: Page
) -> None:
    company.gives_away(apache)
    page.goto(apache.url("/members/index.shtml"))
    company.sign_in(page)
    page.get_by_role("button", name="Cancel").click()
    # What the page says is the module's affair: this version of it takes the `iss` of an error
    # (RFC 9207, 2) for the beginning of a sign-in.
    expect(page).to_have_url(
        re.compile(rf"^{apache.origin}/members/signed-in\?error=access_denied&")
    )
    expect(page.locator("#user")).to_have_count(0)
    page.goto(apache.url("/members/index.shtml"))
    page.get_by_role("button", name="Sign in at Members").click()
    page.wait_for_url(apache.url("/members/index.shtml"))
    expect(page.locator("#user")).to_have_text(company.cleo.email)
