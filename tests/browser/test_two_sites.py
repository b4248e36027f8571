"""A company's two websites: signed in at one, signed in at the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.settings import Settings
from tests.browser.windows import NewPage
from tests.factories import World
from tests.functional.examples.samples import Running
from tests.functional.issuer.two_sites import one_site
from tests.functional.serving import serving


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[str]:
    """The origin of a portal that listens."""
    with serving(settings) as origin:
        yield origin


@pytest.fixture
def site_a(world: World, served: str, tmp_path: Path) -> Iterator[Running]:
    with one_site(world, served, "Website A", tmp_path) as site:
        yield site


@pytest.fixture
def site_b(world: World, served: str, tmp_path: Path) -> Iterator[Running]:
    with one_site(world, served, "Website B", tmp_path) as site:
        yield site


def test_one_password_for_both(
    new_page: NewPage, world: World, site_a: Running, site_b: Running
) -> None:
    page = new_page(statuses=(401,))
    for site in (site_a, site_b):
        page.goto(site.url("/dashboard"))
        expect(page.get_by_text("You must log in")).to_be_visible()

    # At the first, the help desk asks who it is.
    page.get_by_role("link", name="log in").click()
    page.get_by_label("E-mail address").fill("cleo@customer.test")
    page.get_by_label("Password").first.fill("staple-lantern-orchid")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(site_b.url("/dashboard"))
    expect(page.get_by_text("Welcome Cleo Customer (cleo@customer.test).")).to_be_visible()

    # At the second it knows.
    page.goto(site_a.url("/"))
    page.get_by_role("link", name="Log in").click()
    expect(page).to_have_url(site_a.url("/dashboard"))
    expect(page.get_by_text("Welcome Cleo Customer (cleo@customer.test).")).to_be_visible()
