"""An application without a server, in the browser alone, on oidc-client-ts."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.interop.conftest import HERE, Picture
from tests.interop.installing import from_npm
from tests.interop.programs import running
from tests.interop.sites import Company, Site

FILES = HERE / "spa"


@pytest.fixture(scope="module")
def library() -> Path:
    programs = from_npm(FILES / "package-lock.json", "oidc-client-ts")
    return programs.parent / "oidc-client-ts" / "dist" / "browser" / "oidc-client-ts.min.js"


@pytest.fixture
def player(company: Company, folder: Path, library: Path) -> Iterator[Site]:
    site = company.site("Player", "/", "/", kind="public")
    for file in (FILES / "index.html", library):
        shutil.copy(file, folder)
    settings = {"issuer": site.issuer, "clientId": site.client_id}
    (folder / "settings.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "http.server", str(site.port), "--bind", "127.0.0.1"]
    with running(command, folder, {}, site.url("/")):
        yield site


def said(page: Page) -> dict[str, Any]:
    """What the application says just now, once it says something."""
    expect(page.locator("#said")).not_to_be_empty()
    text = page.locator("#said").text_content()
    known: dict[str, Any] = json.loads(text or "")
    return known


def press(page: Page, name: str) -> None:
    page.locator("#said").evaluate("element => { element.textContent = '' }")
    page.get_by_role("button", name=name, exact=True).click()


def come_in(company: Company, player: Site, page: Page) -> dict[str, Any]:
    page.goto(player.url("/"))
    assert said(page) == {"nobody": True}
    press(page, "Sign in")
    company.sign_in(page)
    page.wait_for_url(player.url("/"))
    return said(page)


def test_somebody_signs_in(company: Company, player: Site, page: Page, picture: Picture) -> None:
    profile = come_in(company, player, page)
    assert profile.get("sub") == str(company.cleo.id), profile
    assert profile["email"] == company.cleo.email
    assert profile["organisation"]["name"]
    picture(page, "spa")
    press(page, "Refresh")
    assert said(page) == {"changed": True, "sub": str(company.cleo.id)}
    press(page, "Revoke")
    assert said(page) == {"afterwards": 401}


def test_signing_out_there_signs_out_here(company: Company, player: Site, page: Page) -> None:
    come_in(company, player, page)
    press(page, "Sign out")
    expect(page.locator("#said")).to_have_text('{"nobody":true}')
    expect(page).to_have_url(player.url("/"))
    assert not company.knows(page)
