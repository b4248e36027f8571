"""Two browsers on one ticket: they see each other, and what the other does."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import Desk
from tests.browser.windows import NewPage

LIVE = re.compile(r"/live[/?]")


def poll(page: Page, seconds: int = 15) -> None:
    """Let the page ask now what it would ask within so many seconds: its clock is turned, but not
    so far that it gives the answer up."""
    with page.expect_response(LIVE), page.expect_request(LIVE) as asked:
        for _ in range(seconds):
            if not asked.is_done():
                page.clock.run_for(1_000)


def send_note(page: Page, ticket: str, words: str) -> None:
    page.goto(f"{ticket}?compose=note")
    page.get_by_role("textbox", name="Internal note").fill(words)
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".message").last).to_contain_text(words)


@pytest.fixture
def ticket(desk: Desk) -> str:
    """The address of a ticket that both agents look at."""
    return desk.ticket("Both of you at once")


@pytest.fixture
def first(desk: Desk, new_page: NewPage) -> Page:
    """ben's browser, about to be refused a reply."""
    return new_page(storage_state=desk.signed_in("ben"), clock=True, statuses=(403, 409))


@pytest.fixture
def second(desk: Desk, new_page: NewPage) -> Page:
    """bea's browser."""
    return new_page(storage_state=desk.signed_in("bea"), clock=True)


def test_a_message_appears_while_one_types(ticket: str, first: Page, second: Page) -> None:
    first.goto(f"{ticket}?compose=reply")
    box = first.get_by_role("textbox", name="Reply to customer")
    box.fill("Have you tried")
    send_note(second, ticket, "It is the hinge.")
    poll(first)
    expect(first.locator(".message").last).to_contain_text("It is the hinge.")
    expect(first.locator("[data-said]")).to_have_text("1 new message")
    expect(box).to_have_value("Have you tried")
    expect(box).to_be_focused()
    # It was shown, so the reply is no longer written past it.
    number = first.locator("article.message").last.get_attribute("id") or ""
    expect(first.locator("form.composer input[name=seen]")).to_have_value(number[1:])


def test_what_was_not_shown_holds_a_reply_back(
    desk: Desk, ticket: str, first: Page, second: Page
) -> None:
    desk.undoes_nothing("ben")
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
    desk: Desk, ticket: str, first: Page, second: Page
) -> None:
    desk.undoes_nothing("ben")
    other, third = desk.ticket("The same thing again"), desk.ticket("And once more")

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


def test_colleagues_see_who_looks_and_who_types(ticket: str, first: Page, second: Page) -> None:
    first.goto(ticket)
    second.goto(f"{ticket}?compose=note")
    poll(second)
    poll(first)
    expect(first.locator(".presence")).to_contain_text("Bea")
    expect(first.locator(".presence")).to_contain_text("is looking at this")
    second.get_by_role("textbox", name="Internal note").press_sequentially("Hm")
    poll(second)
    poll(first)
    expect(first.locator(".presence")).to_contain_text("is typing")


def test_a_field_changes_and_the_list_moves(
    desk: Desk, ticket: str, first: Page, second: Page
) -> None:
    first.goto(ticket)
    second.goto(desk.url("tickets?state=new"))
    row = second.get_by_role("row").filter(has_text="Both of you at once")
    expect(row).to_be_visible()
    other = first.context.new_page()
    other.goto(ticket)
    with other.expect_response(re.compile("/fields")):
        other.get_by_label("Priority").select_option("urgent")
    poll(first)
    expect(first.get_by_label("Priority")).to_have_value("urgent")
    poll(second)
    expect(row).to_contain_text("Urgent")
    other.close()


def test_who_is_signed_out_keeps_what_they_typed(ticket: str, first: Page) -> None:
    first.goto(f"{ticket}?compose=note")
    box = first.get_by_role("textbox", name="Internal note")
    box.fill("Half a thought")
    first.context.clear_cookies()
    poll(first)
    expect(first.get_by_text("You were signed out")).to_be_visible()
    expect(box).to_have_value("Half a thought")


def test_a_customer_sees_what_became_of_it(
    desk: Desk, ticket: str, second: Page, new_page: NewPage
) -> None:
    customer = new_page(storage_state=desk.signed_in("cleo"), clock=True)
    customer.goto(ticket)
    customer.get_by_label("Your reply").fill("And another thing")
    agent = second
    agent.goto(ticket)
    with agent.expect_response(re.compile("/fields")):
        agent.get_by_label("State").select_option("solved")
    poll(customer)
    expect(customer.locator("[data-part=banner]")).to_contain_text("This ticket is solved.")
    expect(customer.locator("[data-part=thread]")).to_contain_text("as solved")
    expect(customer.get_by_label("Your reply")).to_have_value("And another thing")


def test_a_customers_list_moves_and_they_keep_their_place(
    desk: Desk, ticket: str, second: Page, new_page: NewPage
) -> None:
    desk.undoes_nothing("bea")
    customer = new_page(storage_state=desk.signed_in("cleo"), clock=True)
    customer.goto(desk.url("tickets?tab=open"))
    customer.wait_for_load_state()
    link = customer.locator(f"[data-part=list] a[href*='/{ticket.rpartition('/')[2]}']")
    link.focus()
    second.goto(f"{ticket}?compose=reply")
    second.get_by_role("textbox", name="Reply to customer").fill("Which colour is it?")
    second.get_by_role("button", name="Other ways to send").click()
    second.get_by_role("button", name="Send", exact=True).click()
    expect(second.locator(".message").last).to_contain_text("Which colour is it?")
    poll(customer)
    expect(customer.locator("[data-part=list]")).to_contain_text("Which colour is it?")
    expect(customer.locator("[data-pulse-part=unread] .count")).to_be_visible()
    expect(link).to_be_focused()
