"""What script adds to the agent's pages: fields that save by themselves, names while one types."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import Desk
from tests.browser.windows import NewPage


@pytest.fixture
def writing(desk: Desk, new_page: NewPage) -> Page:
    """A ticket's page on which ben has begun a reply. One answer may be 503."""
    page = new_page(storage_state=desk.signed_in("ben"), statuses=(503,))
    page.goto(f"{desk.ticket('A cable that is too short')}?compose=reply")
    expect(page.get_by_role("textbox", name="Reply to customer")).to_be_focused()
    page.keyboard.type("Half an ans")
    return page


def test_a_field_is_saved_in_place_while_a_reply_is_being_written(writing: Page) -> None:
    priority = writing.get_by_label("Priority")
    priority.focus()
    priority.select_option("urgent")
    expect(writing.locator(".ticket-head")).to_contain_text("Urgent")
    expect(writing.locator(".thread .event")).to_contain_text("from Normal to Urgent")
    expect(writing.locator("[data-said]")).to_have_text("Saved.")
    expect(priority).to_be_focused()
    expect(writing.locator("#composer textarea")).to_have_value("Half an ans")
    writing.reload()
    expect(priority).to_have_value("urgent")


def test_a_field_that_could_not_be_saved_says_so_and_goes_back(writing: Page) -> None:
    writing.route("**/fields*", lambda route: route.fulfill(status=503, body="away"))
    priority = writing.get_by_label("Priority")
    priority.select_option("low")
    expect(writing.get_by_role("alert")).to_have_text("This could not be saved. Try again.")
    expect(priority).to_have_value("normal")
    expect(writing.locator("#composer textarea")).to_have_value("Half an ans")


def test_customers_are_suggested_while_one_types(desk: Desk, new_page: NewPage) -> None:
    page = new_page(storage_state=desk.signed_in("ben"))
    page.goto(desk.url("tickets/new"))
    page.get_by_label("Customer’s e-mail address").press_sequentially("dora")
    expect(page.locator("#customers option")).to_have_count(1)
    expect(page.locator("#customers option")).to_have_attribute("value", "dora@customer.test")
