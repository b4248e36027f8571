"""JupyterHub, whose people sign in through oauthenticator."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.interop.conftest import HERE, Picture
from tests.interop.installing import from_npm, from_pypi
from tests.interop.programs import running
from tests.interop.sites import Company, Site
from tests.ports import free_port

FILES = HERE / "jupyterhub"


@pytest.fixture(scope="module")
def programs() -> Path:
    return from_pypi(FILES / "jupyterhub.lock", "jupyterhub", "oauthenticator")


@pytest.fixture(scope="module")
def proxies() -> Path:
    return from_npm(FILES / "package-lock.json", "configurable-http-proxy")


@pytest.fixture
def hub(company: Company, folder: Path, programs: Path, proxies: Path) -> Iterator[Site]:
    site = company.site("JupyterHub", "/hub/oauth_callback", "/hub/login")
    shutil.copy(FILES / "jupyterhub_config.py", folder)
    environment = site.environment | {
        "HUB_PORT": str(free_port()),
        "PROXY_PORT": str(free_port()),
        "PROXY": str(proxies / "configurable-http-proxy"),
    }
    with running([str(programs / "jupyterhub")], folder, environment, site.url("/hub/login")):
        yield site


def come_in(company: Company, hub: Site, page: Page) -> None:
    page.goto(hub.url("/hub/login"))
    page.get_by_role("button", name="Sign in with the help desk").click()
    company.sign_in(page)
    page.wait_for_url(hub.url("/hub/home"))


def test_somebody_signs_in(company: Company, hub: Site, page: Page, picture: Picture) -> None:
    come_in(company, hub, page)
    expect(page.locator("nav")).to_contain_text(company.cleo.email)
    picture(page, "jupyterhub")


def test_signing_out_there_signs_out_here(company: Company, hub: Site, page: Page) -> None:
    come_in(company, hub, page)
    page.goto(hub.url("/hub/logout"))
    # The hub sends no ID token along, so the portal asks.
    assert company.knows(page)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(hub.url("/hub/login"))
    expect(page.get_by_role("button", name="Sign in with the help desk")).to_be_visible()
    assert not company.knows(page)
