"""The way of a ticket, through the company's site and the portal, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.running import Demo
from tests.browser.steps import (
    BEN,
    LOG,
    MARTA,
    QUESTION,
    SCREENSHOT,
    enter_from_shop,
    paste_picture,
    sign_out,
)

NOTE = "Third one from batch 2409: tell the workshop before anybody else."
REPLY = "Could you send us the serial number? It is inside the left ear cup."


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_customer_asks_and_an_agent_answers(
    demo: Demo, new_page: Callable[..., Page], script: bool
) -> None:
    subject = f"Halo 2 crackles on the left, {'pasted' if script else 'plain'}"

    # The customer is logged in at the company's site, and needs no other account.
    customer = new_page(javascript=script)
    enter_from_shop(customer, demo, MARTA)
    expect(customer.get_by_role("heading", level=1)).to_have_text("How can we help, Marta?")

    # A ticket with a screenshot and a file.
    customer.get_by_role("link", name="New ticket").locator("visible=true").click()
    customer.get_by_role("link", name=QUESTION).click()
    customer.get_by_label("Subject").fill(subject)
    customer.get_by_label("Description").fill("It crackles **only** on the left.")
    if script:
        paste_picture(customer, into="Description")
        expect(customer.get_by_role("listitem").filter(has_text=".png")).to_be_visible()
        customer.set_input_files("input[type=file]", [LOG])
        expect(customer.get_by_role("listitem").filter(has_text="crash.log")).to_be_visible()
    else:
        customer.set_input_files("input[type=file]", [SCREENSHOT, LOG])
    customer.get_by_role("button", name="Send ticket").click()
    expect(customer.get_by_role("heading", level=1)).to_have_text(subject)
    expect(customer.locator(".alert")).to_contain_text(["We are working on it."])
    ticket = customer.url.partition("#")[0]
    see_picture(customer)

    # An agent finds it among those that are nobody's.
    agent = new_page(javascript=script)
    agent.goto(demo.url("login"))
    agent.get_by_label("E-mail address").fill(BEN)
    agent.get_by_label("Password", exact=True).fill(demo.password(BEN))
    agent.get_by_role("button", name="Sign in", exact=True).click()
    agent.get_by_role("link", name="Unassigned").click()
    row = agent.get_by_role("row").filter(has_text=subject)
    expect(row).to_contain_text("New")
    row.get_by_role("link", name=subject).click()
    expect(agent.locator(".message")).to_contain_text(["It crackles only on the left."])
    see_picture(agent)
    with agent.expect_download() as download:
        agent.get_by_role("link", name="crash.log").click()
    assert download.value.path().read_bytes() == LOG["buffer"]

    # A note for the team, then an answer for the customer.
    agent.get_by_role("link", name="Internal note").click()
    expect(agent.get_by_text("Only your team sees this")).to_be_visible()
    agent.get_by_role("textbox", name="Internal note").fill(NOTE)
    agent.get_by_role("button", name="Add note").click()
    expect(agent.locator(".message.note-ground")).to_contain_text(NOTE)
    agent.get_by_role("link", name="Reply to customer").click()
    expect(agent.locator(".recipients")).to_contain_text("Marta Lindqvist")
    agent.get_by_role("textbox", name="Reply to customer").fill(REPLY)
    agent.get_by_role("button", name="Send and set pending").click()
    expect(agent.locator(".message").last).to_contain_text(REPLY)
    expect(agent.get_by_label("State")).to_have_value("pending")

    # The customer reads the answer, and nowhere the note.
    customer.goto(demo.url())
    waiting = customer.get_by_role("region", name="Needs your reply")
    expect(waiting).to_contain_text(subject)
    assert NOTE not in customer.content()
    waiting.get_by_role("link", name=subject).click()
    expect(customer.locator(".alert")).to_contain_text(["We are waiting for your reply."])
    expect(customer.locator(".message").last).to_contain_text(REPLY)
    assert customer.url.partition("#")[0] == ticket
    assert NOTE not in customer.content()
    customer.goto(demo.url("tickets?q=workshop"))
    expect(customer.get_by_role("heading", name="Nothing found for “workshop”")).to_be_visible()

    # Answered, and solved.
    customer.goto(ticket)
    customer.get_by_label("Your reply").fill("S7-2409-118833")
    customer.get_by_role("button", name="Send reply").click()
    expect(customer.locator(".message").last).to_contain_text("S7-2409-118833")
    expect(customer.locator(".alert")).to_contain_text(["We are working on it."])
    customer.get_by_role("button", name="Problem solved").click()
    expect(customer.locator(".alert")).to_contain_text(["This ticket is solved."])
    agent.goto(ticket)
    expect(agent.locator(".message").last).to_contain_text("S7-2409-118833")
    expect(agent.get_by_label("State")).to_have_value("solved")

    # Signed out, and in again with one click: the company's site still knows the customer.
    sign_out(customer)
    expect(customer).to_have_url(demo.url("signed-out"))
    customer.get_by_role("link", name="Sign In with Acme Audio").click()
    expect(customer.get_by_role("heading", level=1)).to_have_text("How can we help, Marta?")


def see_picture(page: Page) -> None:
    """The attached picture is shown in the thread: its bytes arrived, and the browser read them."""
    picture = page.locator(".message img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 64)
