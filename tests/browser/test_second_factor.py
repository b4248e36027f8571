"""Second factors in a real browser, with Chromium's own virtual authenticator.

A portal of its own, at `localhost`: browsers know no passkeys at an address of figures.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from portal.settings import Settings
from tests.browser.axe import violations
from tests.browser.steps import follow, sign_out
from tests.browser.windows import NewPage
from tests.factories import PASSWORD, TenantFactory, TenantSeed
from tests.functional.serving import serving


@pytest.fixture(scope="module")
def origin(settings: Settings) -> Iterator[str]:
    """Where the portal is."""
    with serving(settings, "localhost") as found:
        yield found


@pytest.fixture
def seed(engine: Engine, settings: Settings) -> TenantSeed:
    """A tenant of the test's own."""
    return TenantFactory(engine, settings).create()


@pytest.fixture
def home(origin: str, seed: TenantSeed) -> str:
    """The address of its home page."""
    return f"{origin}/{seed.slug}/"


@contextmanager
def authenticator(page: Page) -> Iterator[None]:
    """A device with a fingerprint reader, which knows the finger."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    client.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    try:
        yield
    finally:
        client.send("WebAuthn.disable")
        client.detach()


def give_password(page: Page, home: str, email: str = "ada@acme.test") -> None:
    """Fill in the first step."""
    page.goto(home + "login/local")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def is_in(page: Page, home: str) -> None:
    """Somebody is signed in."""
    page.wait_for_url(re.compile(re.escape(home) + "(?!login)"))
    expect(page.locator("[popovertarget=account]")).to_be_visible()


def test_a_passkey_is_added_and_signs_in_both_ways(new_page: NewPage, home: str) -> None:
    page = new_page()
    with authenticator(page):
        give_password(page, home)
        is_in(page, home)
        page.goto(home + "profile")
        follow(page.get_by_role("link", name="Set up a second factor"))
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
        expect(page.locator(".codes li")).to_have_count(10)
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_text("never used")).to_be_visible()
        sign_out(page)

        # As the second factor.
        give_password(page, home)
        expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
        page.wait_for_load_state()
        assert violations(page) == []
        page.get_by_role("button", name="Use your passkey").click()
        is_in(page, home)
        sign_out(page)

        # Alone: no address, no password.
        page.goto(home + "login")
        page.get_by_role("button", name="Sign in with a passkey").click()
        is_in(page, home)
        page.goto(home + "profile/security")
        expect(page.get_by_text("last used")).to_be_visible()


def test_a_browser_that_gives_no_passkey_says_so(new_page: NewPage, home: str) -> None:
    page = new_page()
    with authenticator(page):
        page.goto(home + "login")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("alert")).to_contain_text("The browser gave no passkey.")
        expect(page.get_by_label("E-mail address")).to_be_editable()


def test_a_required_one_is_set_up_on_the_way(
    new_page: NewPage, home: str, seed: TenantSeed, engine: Engine, settings: Settings
) -> None:
    with TenantFactory(engine, settings).session(seed.tenant.id) as db:
        db.merge(seed.tenant).second_factor = "staff"
    page = new_page()
    with authenticator(page):
        page.goto(home + "tickets?state=open")
        give_password(page, home + "", "ben@acme.test")
        expect(page.get_by_role("heading", level=1)).to_have_text("Protect your account")
        page.wait_for_load_state()
        assert violations(page) == []
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_role("link", name="I have kept them").click()
        is_in(page, home)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_an_app_needs_no_script(new_page: NewPage, home: str, script: bool) -> None:
    page = new_page(javascript=script)
    give_password(page, home)
    page.goto(home + "profile/security")
    follow(page.get_by_role("button", name="Set up an app"))
    picture = page.locator(".qr svg").bounding_box()
    assert picture is not None
    assert picture["width"] > 150
    page.get_by_text("Enter the secret by hand").click()
    secret = page.locator(".secret").inner_text().replace(" ", "")
    if script:
        assert violations(page) == []
    page.get_by_label("Code that the app shows").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".codes li")).to_have_count(10)
    codes = page.locator(".codes li").all_inner_texts()
    if script:
        assert violations(page) == []
    page.get_by_role("link", name="I have kept them").click()
    page.context.clear_cookies()

    give_password(page, home)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("You used a recovery code.")).to_be_visible()
