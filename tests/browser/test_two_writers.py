"""Two write to one ticket at once: nothing is sent past what was not read, and nothing is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.running import Demo
from tests.browser.steps import BEN, CLEO, PRIYA, open_ticket

Profile = Callable[[str], StorageState]


def poll(page: Page) -> None:
    """Let the page ask now what it would ask within fifteen seconds."""
    with page.expect_response(re.compile("/live")):
        page.evaluate("dispatchEvent(new Event('online'))")


def send_note(page: Page, ticket: str, words: str) -> None:
    page.goto(f"{ticket}?compose=note")
    page.get_by_role("textbox", name="Internal note").fill(words)
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".message").last).to_contain_text(words)


@pytest.fixture
def desk(demo: Demo, new_page: Callable[..., Page], profile: Profile) -> tuple[str, Page, Page]:
    """A ticket, and two agents' browsers; the first of them is about to be refused a reply."""
    ticket = open_ticket(new_page(storage_state=profile(CLEO)), demo, "Both of you at once")
    first = new_page(storage_state=profile(BEN), statuses=(403, 409))
    return ticket, first, new_page(storage_state=profile(PRIYA))


def test_what_was_not_shown_holds_a_reply_back(desk: tuple[str, Page, Page]) -> None:
    ticket, first, second = desk
    first.set_viewport_size({"width": 1280, "height": 500})
    send_note(second, ticket, "A long story.\n\n" * 60)
    first.goto(f"{ticket}?compose=reply")
    box = first.get_by_role("textbox", name="Reply to customer")
    box.fill("Not so fast.")
    seen = first.locator("form.composer input[name=seen]").input_value()
    first.locator("article.message").first.evaluate("each => each.scrollIntoView()")
    send_note(second, ticket, "The newest.")
    poll(first)
    expect(first.get_by_role("link", name="1 new message")).to_be_visible()
    expect(first.locator("form.composer input[name=seen]")).to_have_value(seen)
    first.get_by_role("button", name="Send and set pending").click()
    expect(first.get_by_text("Nothing was sent: somebody wrote while you did.")).to_be_visible()
    expect(first.locator("#unread + article")).to_contain_text("The newest.")
    expect(box).to_have_value("Not so fast.")
    first.get_by_role("button", name="Send and set pending").click()
    expect(first.locator("article.message").last).to_contain_text("Not so fast.")


def test_both_ways_of_a_merge_while_somebody_writes_a_reply(
    demo: Demo, desk: tuple[str, Page, Page], new_page: Callable[..., Page], profile: Profile
) -> None:
    ticket, first, second = desk
    customer = new_page(storage_state=profile(CLEO))
    other = open_ticket(customer, demo, "The same thing again", "It hums, too.")
    third = open_ticket(customer, demo, "And once more")

    def merge(source: str, target: str) -> None:
        second.goto(f"{source}/merge?with={target.rpartition('/')[2]}")
        second.get_by_role("button", name=re.compile("^Merge")).click()
        expect(second.get_by_text("was merged into this ticket.").first).to_be_visible()

    # Another one comes into this one: what it brings was written before, and still is new here.
    first.goto(f"{other}?compose=reply")
    box = first.get_by_role("textbox", name="Reply to customer")
    box.fill("Where shall this go?")
    count = first.locator("form.composer input[name=seen_count]")
    expect(count).to_have_value("1")
    merge(ticket, other)
    poll(first)
    expect(first.locator("article.message")).to_have_count(2)
    expect(count).to_have_value("2")
    expect(box).to_have_value("Where shall this go?")

    # This one goes into another: what was typed can be sent there.
    merge(other, third)
    poll(first)
    expect(first.get_by_text("This ticket was merged.").first).to_be_visible()
    expect(box).to_have_value("Where shall this go?")
    first.get_by_role("button", name="Send and set pending").click()
    expect(first.get_by_text("was merged into this ticket while you wrote")).to_be_visible()
    expect(first.get_by_role("heading", level=1)).to_contain_text("And once more")
    expect(box).to_have_value("Where shall this go?")
    first.get_by_role("button", name="Send and set pending").click()
    expect(first).to_have_url(re.compile(third))
    expect(first.locator("article.message").last).to_contain_text("Where shall this go?")
