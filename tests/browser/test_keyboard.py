"""Working with the keyboard: rows, keys, their list, the command palette."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.axe import violations
from tests.browser.running import Demo
from tests.browser.steps import BEN
from tests.browser.windows import NewPage

Profile = Callable[[str], StorageState]


@pytest.fixture
def queue(demo: Demo, new_page: NewPage, profile: Profile) -> Page:
    """The list of tickets, as ben sees it."""
    page = new_page(storage_state=profile(BEN))
    page.goto(demo.url("tickets"))
    return page


def test_a_ticket_is_opened_and_left_by_keys(demo: Demo, queue: Page) -> None:
    links = queue.get_by_role("row").get_by_role("link")
    for key in ("j", "j", "j", "k"):
        queue.keyboard.press(key)
    expect(links.nth(1)).to_be_focused()
    subject = links.nth(1).inner_text()
    # Others of the demo may have the same subject.
    opened = queue.locator(f'a[data-open][href^="{links.nth(1).get_attribute("href")}"]')
    queue.keyboard.press("o")
    expect(queue.get_by_role("heading", level=1)).to_contain_text(subject)
    queue.keyboard.press("n")
    note = queue.get_by_role("textbox", name="Internal note")
    expect(note).to_be_focused()
    # Inside a field a letter is a letter, until Escape leaves it.
    queue.keyboard.type("u")
    expect(note).to_have_value("u")
    note.fill("")
    queue.keyboard.press("Escape")
    expect(note).not_to_be_focused()
    queue.keyboard.press("p")
    expect(queue.get_by_label("Priority")).to_be_focused()
    queue.goto(queue.url.partition("?")[0])
    queue.keyboard.press("u")
    expect(queue).to_have_url(demo.url("tickets"))
    expect(opened).to_be_focused()


def test_two_keys_go_to_a_place_and_a_slash_to_the_search(demo: Demo, queue: Page) -> None:
    queue.goto(demo.url("people"))
    queue.keyboard.press("g")
    queue.keyboard.press("v")
    expect(queue).to_have_url(demo.url("tickets"))
    queue.keyboard.press("/")
    expect(queue.get_by_role("searchbox", name="Search in this list")).to_be_focused()


def test_the_list_of_keys_opens_over_the_page(queue: Page) -> None:
    queue.keyboard.press("?")
    dialog = queue.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Assign to me")
    assert violations(queue) == []
    queue.keyboard.press("c")  # the page behind it has no keys
    expect(dialog).to_be_visible()
    queue.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_palette_goes_to_places_and_does_what_the_page_can(demo: Demo, queue: Page) -> None:
    queue.keyboard.press("Control+k")
    box = queue.get_by_role("combobox")
    expect(box).to_be_focused()
    assert violations(queue) == []
    chosen = queue.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_count(1)
    first = box.get_attribute("aria-activedescendant")
    queue.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") not in ("", first)
    box.fill("s")
    expect(chosen).to_contain_text("Search in this list")
    queue.keyboard.press("Enter")
    expect(queue.get_by_role("dialog")).to_be_hidden()
    expect(queue.get_by_role("searchbox", name="Search in this list")).to_be_focused()
    queue.keyboard.press("Control+k")
    expect(box).to_have_value("")
    box.fill("c")
    queue.get_by_role("option", name="Customers").click()
    expect(queue).to_have_url(re.compile(r"/people$"))


def test_the_palette_finds_tickets_and_people(demo: Demo, queue: Page) -> None:
    queue.keyboard.press("Control+k")
    box = queue.get_by_role("combobox")
    box.fill("hinge")
    hits = queue.get_by_role("group", name="Tickets and people").get_by_role("option")
    expect(hits.filter(has_text="Left hinge cracked")).to_have_attribute("aria-selected", "true")
    box.fill("lindqvist")
    hits.filter(has_text="marta@northwind.example").click()
    expect(queue.get_by_role("heading", level=1)).to_contain_text("Marta Lindqvist")
