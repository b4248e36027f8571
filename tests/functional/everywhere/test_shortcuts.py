"""The list of keyboard shortcuts, and switching them off."""

import pytest
from webtest import TestApp
from webtest.forms import Form
from webtest.response import TestResponse

from tests.factories import World


def words(page: TestResponse) -> str:
    return str(page.html.select_one("[data-part=shortcuts]").get_text(" ", strip=True))


@pytest.mark.parametrize("who", ["cleo", "ben"])
def test_the_list_is_a_page_and_every_page_leads_to_it(world: World, who: str) -> None:
    browser: TestApp = world.browser(who)
    page = browser.get(world.url("/profile"))
    assert page.html.body["data-shortcuts"] == world.url("/profile/shortcuts")
    page = page.click("Keyboard shortcuts")
    assert "New ticket" in words(page)
    assert ("Internal note" in words(page)) == (who == "ben")
    # What the script shows over other pages.
    assert "data-here" in page


def test_single_keys_can_be_switched_off_and_on_again(world: World) -> None:
    browser: TestApp = world.browser("cleo")
    address = world.url("/profile/shortcuts")
    off = switch(browser.get(address)).submit("on").follow()
    assert "Single keys are off." in off.text
    assert "data-shortcuts" not in browser.get(world.url("/tickets")).html.body.attrs
    assert "data-palette" in browser.get(world.url("/tickets")).html.body.attrs
    on = switch(off).submit("on").follow()
    assert "Single keys are on." in on.text
    assert "data-shortcuts" in browser.get(world.url("/tickets")).html.body.attrs


def switch(page: TestResponse) -> Form:
    """The form with the switch."""
    return next(form for form in page.forms.values() if form.action.endswith("/shortcuts"))


def test_strangers_have_neither_keys_nor_palette(world: World) -> None:
    page = world.anonymous().get(world.url("/login"))
    assert {"data-shortcuts", "data-palette"}.isdisjoint(page.html.body.attrs)
