"""The integration hub in a browser: the checklist ticks while somebody looks at it."""

import os
import re
import secrets
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from portal.demo.shop import SHOP_PROGRAM
from tests.browser.running import PORTAL, Demo
from tests.browser.steps import BEN, MARTA
from tests.browser.windows import NewPage
from tests.ports import free_port

Profile = Callable[..., StorageState]

ENGINEER, PASSWORD = "engineer@hub.test", "lantern-orchid-staple"


@dataclass(frozen=True)
class Newcomer:
    """A tenant that nobody has signed in to yet, and its shop."""

    slug: str
    shop: str


@pytest.fixture
def newcomer(demo: Demo, tmp_path: Path) -> Iterator[Newcomer]:
    """A new tenant, with a demo shop of its own."""
    slug, secret = f"hub-{secrets.token_hex(5)}", secrets.token_hex(32)
    port = free_port()
    shop = f"http://127.0.0.1:{port}"
    file = tmp_path / "newcomer.toml"
    file.write_text(
        f"""
        [tenant]
        slug = "{slug}"
        name = "Newcomer"
        [sso]
        dialects = ["central", "happyfox"]
        primary = "central"
        remote_login_url = "{shop}/ticket-sso"
        [[sso.keys]]
        kid = "first"
        algorithm = "HS256"
        secret = "{secret}"
        [[people]]
        email = "{ENGINEER}"
        name = "Eve Engineer"
        role = "agent"
        password = "{PASSWORD}"
        """
    )
    apply = [str(PORTAL), "tenant", "apply", str(file)]
    subprocess.run(apply, env=os.environ | {"PORTAL_DATA": str(demo.data)}, check=True)
    environment = {
        "SHOP_SECRET": secret,
        "SHOP_PORTAL_CALLBACK": f"{demo.portal}/{slug}/jwt",
        "SHOP_HOST": "127.0.0.1",
        "SHOP_PORT": str(port),
    }
    with running(port, environment):
        yield Newcomer(slug, shop)


@contextmanager
def running(port: int, environment: dict[str, str]) -> Iterator[None]:
    """The demo shop on a port, until the end."""
    with subprocess.Popen(
        [sys.executable, SHOP_PROGRAM], env=os.environ | environment, stdout=subprocess.DEVNULL
    ) as shop:
        try:
            while shop.poll() is None:
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        break
            yield
        finally:
            shop.terminate()


def step(page: Page, title: str) -> Locator:
    """A step of the checklist."""
    return page.locator("portal-checklist li").filter(has_text=title)


def ask_again(page: Page) -> None:
    """Let the page ask now what was done meanwhile, as it does every few seconds: its clock is
    turned."""
    with page.expect_response("**/integration/checklist"):
        page.clock.run_for(4_000)


def test_it_ticks_while_a_visitor_comes_and_goes(
    demo: Demo, newcomer: Newcomer, new_page: NewPage
) -> None:
    hub = new_page(clock=True)
    hub.goto(demo.url("login/local", newcomer.slug))
    hub.get_by_label("E-mail address").fill(ENGINEER)
    hub.get_by_label("Password", exact=True).fill(PASSWORD)
    hub.get_by_role("button", name="Sign in", exact=True).click()
    hub.wait_for_url(re.compile(rf"/{newcomer.slug}/(?!login)"))
    hub.goto(demo.url("integration", newcomer.slug))
    expect(hub.get_by_role("status")).to_have_text("2 of 7 steps are done")
    hub.evaluate("window.neverReloaded = true")

    visitor = new_page()
    visitor.goto(f"{newcomer.shop}/login")
    demo.fill_shop_login(visitor, MARTA)
    visitor.wait_for_url(f"{newcomer.shop}/account")
    visitor.get_by_role("link", name="Support", exact=True).click()
    expect(visitor).to_have_url(demo.url("", newcomer.slug))

    ask_again(hub)
    for title in ("Your site signed a token", "A visitor signed in"):
        expect(step(hub, title)).to_contain_text("Done")
    expect(step(hub, "A visitor landed")).to_contain_text("Not yet")
    expect(hub.get_by_role("status")).to_have_text("4 of 7 steps are done")

    visitor.goto(demo.url("logout", newcomer.slug))
    ask_again(hub)
    expect(step(hub, "A visitor signed out")).to_contain_text("Done")

    visitor.goto(demo.url("tickets/new", newcomer.slug))
    visitor.get_by_role("link", name="Sign In with Newcomer").click()
    expect(visitor).to_have_url(demo.url("tickets/new", newcomer.slug))
    ask_again(hub)
    expect(step(hub, "A visitor landed")).to_contain_text("Done")
    expect(hub.get_by_role("status")).to_have_text("6 of 7 steps are done")
    assert hub.evaluate("window.neverReloaded")


def test_a_page_that_was_forgotten_asks_nothing(
    demo: Demo, chromium: Browser, profile: Profile
) -> None:
    """Or it would keep its session alive for as long as the browser is open."""
    with chromium.new_context(storage_state=profile(BEN)) as context:
        page = context.new_page()
        page.add_init_script(
            "const real = fetch; window.asked = 0;"
            "window.fetch = (...what) => {"
            " if (what[0].includes('/checklist')) asked += 1; return real(...what); };"
        )
        # The page's own clock, which this test turns.
        page.clock.install()
        page.goto(demo.url("integration"))
        ask_again(page)
        page.clock.pause_at(datetime.now() + timedelta(hours=1))  # noqa: DTZ005 - as a browser counts
        before = page.evaluate("asked")
        page.clock.run_for(60_000)
        assert page.evaluate("asked") == before > 0
        page.keyboard.press("Shift")
        ask_again(page)


def test_a_source_is_copied_whole(demo: Demo, new_page: NewPage, profile: Profile) -> None:
    page = new_page(storage_state=profile(BEN), permissions=["clipboard-read", "clipboard-write"])
    page.goto(demo.url("integration/samples/php/.env"))
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    raw = page.request.get(demo.url("integration/samples/php/.env/raw")).text()
    assert copied == raw
    assert f"PORTAL_URL={demo.portal}/acme\n" in copied


def test_everything_is_downloaded(demo: Demo, new_page: NewPage, profile: Profile) -> None:
    page = new_page(storage_state=profile(BEN), javascript=False)
    page.goto(demo.url("integration"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    assert download.value.suggested_filename == "portal-integration-acme.zip"
    with zipfile.ZipFile(download.value.path()) as packed:
        assert packed.testzip() is None
        assert "portal-integration-acme/php/.env" in packed.namelist()
