"""The page of the keys in a real browser: what counts down."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.browser.running import Demo

Profile = Callable[..., StorageState]

IRENE = "irene@globex.test"


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_grace_of_a_key_counts_down(
    demo: Demo, chromium: Browser, profile: Profile, language: str
) -> None:
    """As the server writes it: its two largest units, in the reader's language."""
    hours, minutes = {"en": ("hours", "minutes"), "de": ("Stunden", "Minuten")}[language]
    keys = demo.url("settings/sign-in/keys", tenant="globex")
    state = profile(IRENE, "globex")
    with chromium.new_context(storage_state=state, locale=language) as context:
        page = context.new_page()
        # The page's own clock, which this test turns.
        page.clock.install()
        page.goto(keys)
        with page.expect_navigation():
            page.locator("form[action$=new-key] button").click()
        page.goto(keys)
        left = page.locator("time[data-when=until]").first
        expect(left).to_have_text(re.compile(f"^23 {hours} 5[0-9] {minutes}$"))
        page.clock.fast_forward("02:00:00")
        expect(left).to_have_text(re.compile(f"^21 {hours} 5[0-9] {minutes}$"))
        page.clock.fast_forward("30:00:00")
        expect(left).to_have_text(left.get_attribute("data-none") or "")
