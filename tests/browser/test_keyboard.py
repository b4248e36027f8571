"""Working with the keyboard: rows, keys, their list, the command palette."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.desks import Desk
from tests.browser.keyboard import Keys
from tests.browser.windows import NewPage


@pytest.fixture
def queue(desk: Desk, new_page: NewPage) -> Page:
    """A list of tickets, as ben sees it."""
    for subject in ("Left hinge cracked", "No sound on the right", "Where is my parcel"):
        desk.ticket(subject)
    page = new_page(storage_state=desk.signed_in("ben"))
    page.goto(desk.url("tickets"))
    return page


@pytest.fixture
def keys(queue: Page) -> Keys:
    """His keyboard."""
    return Keys(queue)


def test_a_ticket_is_opened_and_left_by_keys(desk: Desk, queue: Page, keys: Keys) -> None:
    second = queue.get_by_role("link", name="No sound on the right")
    keys.press("j", "j", "j", "k")
    expect(second).to_be_focused()
    keys.press("o")
    keys.arrive("No sound on the right")
    keys.press("n")
    note = queue.get_by_role("textbox", name="Internal note")
    expect(note).to_be_focused()
    # Inside a field a letter is a letter, until Escape leaves it.
    keys.type("u")
    expect(note).to_have_value("u")
    note.fill("")
    keys.press("Escape")
    expect(note).not_to_be_focused()
    keys.press("p")
    expect(queue.get_by_label("Priority")).to_be_focused()
    queue.goto(queue.url.partition("?")[0])
    keys.press("u")
    expect(queue).to_have_url(desk.url("tickets"))
    expect(second).to_be_focused()


def test_two_keys_go_to_a_place_and_a_slash_to_the_search(
    desk: Desk, queue: Page, keys: Keys
) -> None:
    queue.goto(desk.url("people"))
    keys.press("g", "v")
    expect(queue).to_have_url(desk.url("tickets"))
    keys.press("/")
    expect(queue.get_by_role("searchbox", name="Search in this list")).to_be_focused()


def test_the_list_of_keys_opens_over_the_page(queue: Page, keys: Keys) -> None:
    keys.press("?")
    dialog = queue.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Assign to me")
    assert violations(queue) == []
    keys.press("c")  # the page behind it has no keys
    expect(dialog).to_be_visible()
    keys.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_palette_goes_to_places_and_does_what_the_page_can(
    desk: Desk, queue: Page, keys: Keys
) -> None:
    keys.press("Control+k")
    box = queue.get_by_role("combobox")
    expect(box).to_be_focused()
    assert violations(queue) == []
    chosen = queue.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_count(1)
    first = box.get_attribute("aria-activedescendant") or ""
    keys.press("ArrowDown")
    expect(box).not_to_have_attribute("aria-activedescendant", first)
    expect(chosen).to_have_count(1)
    box.fill("s")
    expect(chosen).to_contain_text("Search in this list")
    keys.press("Enter")
    expect(queue.get_by_role("dialog")).to_be_hidden()
    expect(queue.get_by_role("searchbox", name="Search in this list")).to_be_focused()
    keys.press("Control+k")
    expect(box).to_have_value("")
    box.fill("c")
    queue.get_by_role("option", name="Customers").click()
    expect(queue).to_have_url(desk.url("people"))


def test_the_palette_finds_tickets_and_people(queue: Page, keys: Keys) -> None:
    keys.press("Control+k")
    box = queue.get_by_role("combobox")
    box.fill("hinge")
    hits = queue.get_by_role("group", name="Tickets and people").get_by_role("option")
    expect(hits.filter(has_text="Left hinge cracked")).to_have_attribute("aria-selected", "true")
    box.fill("dora")
    hits.filter(has_text="dora@customer.test").click()
    expect(queue.get_by_role("heading", level=1)).to_contain_text("Dora Customer")
