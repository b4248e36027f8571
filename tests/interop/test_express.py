"""A shop on Express, whose visitors sign in through express-openid-connect."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.interop.conftest import HERE
from tests.interop.installing import from_npm
from tests.interop.programs import running
from tests.interop.sites import Company, Site

FILES = HERE / "express"


@pytest.fixture(scope="module")
def programs() -> Path:
    return from_npm(FILES / "package-lock.json", "express", "express-openid-connect")


@pytest.fixture
def shop(company: Company, folder: Path, programs: Path) -> Iterator[Site]:
    site = company.site("Shop", "/callback", "")
    shutil.copy(FILES / "site.mjs", folder)
    (folder / "node_modules").symlink_to(programs.parent)
    environment = site.environment | {"SESSION_SECRET": "only-in-this-test-and-not-elsewhere"}
    with running(["node", "site.mjs"], folder, environment, site.url("/")):
        yield site


def come_in(company: Company, shop: Site, page: Page) -> None:
    page.goto(shop.url("/login"))
    company.sign_in(page)
    page.wait_for_url(shop.url("/"))
    expect(page.get_by_text("Welcome back")).to_be_visible()


def got(page: Page, url: str) -> dict[str, Any]:
    answer = page.context.request.get(url)
    assert answer.status == 200, answer.text()
    body: dict[str, Any] = answer.json()
    return body


def test_somebody_signs_in(company: Company, shop: Site, page: Page) -> None:
    come_in(company, shop, page)
    user = company.cleo
    known = got(page, shop.url("/orders"))
    assert known.pop("organisation")
    assert known == {"sub": str(user.id), "name": user.name, "email": user.email}
    assert got(page, shop.url("/refreshed")) == {"changed": True}


def test_signing_out_there_signs_out_here(company: Company, shop: Site, page: Page) -> None:
    come_in(company, shop, page)
    page.goto(shop.url("/logout"))
    expect(page.get_by_text("Welcome", exact=True)).to_be_visible()
    assert not company.knows(page)
