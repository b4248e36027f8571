"""A colleague is named with the keyboard alone."""

from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.desks import Desk
from tests.browser.windows import NewPage


def test_names_are_offered_behind_an_at(desk: Desk, new_page: NewPage) -> None:
    page = new_page(storage_state=desk.signed_in("ben"))
    page.goto(f"{desk.ticket('Whom to ask')}?compose=note")
    page.wait_for_load_state()
    box = page.get_by_role("textbox", name="Internal note")
    offered = page.get_by_role("listbox", name="Colleagues").get_by_role("option")
    box.press_sequentially("Dear @")
    expect(offered).to_have_text(["Ada Adminada@acme.test", "Bea Agentbea@acme.test"])
    expect(offered.first).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "mention-1")
    assert violations(page) == []
    box.press("Enter")
    expect(box).to_have_value("Dear @Bea Agent ")
    # A typing mistake is understood; what is put away stays away, and the words stay.
    box.press_sequentially("and @adn")
    expect(offered).to_have_count(1)
    box.press("Escape")
    expect(offered).to_have_count(0)
    expect(box).to_be_focused()
    box.press_sequentially("a")
    expect(offered).to_have_count(1)
    box.press("Tab")
    expect(box).to_have_value("Dear @Bea Agent and @Ada Admin ")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".message .mention")).to_have_text(["@Bea Agent", "@Ada Admin"])
