"""Two clicks, and two people, at the same time."""

import pytest
from playwright.sync_api import expect

from tests.browser.desks import Desk
from tests.browser.windows import NewPage


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_double_click_sends_one_message(desk: Desk, new_page: NewPage, script: bool) -> None:
    subject = "Sent with a double click"
    customer = new_page(storage_state=desk.signed_in("cleo"), javascript=script)
    customer.goto(desk.url("tickets/new"))
    customer.get_by_label("Subject").fill(subject)
    customer.get_by_label("Description").fill("Once.")
    customer.get_by_role("button", name="Send ticket").dblclick()
    expect(customer.get_by_role("heading", level=1)).to_have_text(subject)
    ticket = customer.url.partition("#")[0]
    customer.get_by_label("Your reply").fill("Twice.")
    customer.get_by_role("button", name="Send reply").dblclick()
    expect(customer.locator(".message").nth(1)).to_contain_text("Twice.")
    customer.goto(ticket)
    expect(customer.locator(".message")).to_have_count(2)
    customer.goto(desk.url("tickets?q=double+click"))
    expect(customer.get_by_role("link", name=subject)).to_have_count(1)

    agent = new_page(storage_state=desk.signed_in("ben"), javascript=script)
    agent.goto(f"{ticket}?compose=reply")
    agent.get_by_role("textbox", name="Reply to customer").fill("Thrice.")
    agent.get_by_role("button", name="Send and set pending").dblclick()
    expect(agent.locator(".message").nth(2)).to_contain_text("Thrice.")
    agent.goto(ticket)
    expect(agent.locator(".message")).to_have_count(3)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_two_agents_on_one_ticket_do_not_write_past_each_other(
    desk: Desk, new_page: NewPage, script: bool
) -> None:
    ticket = desk.ticket("Two of you, one of me")
    customer = new_page(storage_state=desk.signed_in("cleo"))
    first = new_page(storage_state=desk.signed_in("ben"), javascript=script, statuses=(409,))
    second = new_page(storage_state=desk.signed_in("bea"), javascript=script)
    # What the second sends is not shown to the first meanwhile: test_live.py is about that.
    first.route("**/live/**", lambda route: route.fulfill(status=304))
    for agent, words in ((first, "Is it the left one?"), (second, "Is it the right one?")):
        agent.goto(f"{ticket}?compose=reply")
        agent.get_by_role("textbox", name="Reply to customer").fill(words)

    second.get_by_role("button", name="Send and set pending").click()
    expect(second.locator(".message").last).to_contain_text("Is it the right one?")
    first.get_by_role("button", name="Send and set pending").click()
    expect(first.get_by_text("Nothing was sent: somebody wrote while you did.")).to_be_visible()
    expect(first.locator(".message").last).to_contain_text("Is it the right one?")
    draft = first.get_by_role("textbox", name="Reply to customer")
    expect(draft).to_have_value("Is it the left one?")
    customer.goto(ticket)
    expect(customer.locator(".message")).to_have_count(2)

    # Having seen it, the agent may send after all.
    draft.fill("And if not the right one, the left one?")
    first.get_by_role("button", name="Send and set pending").click()
    expect(first.locator(".message").last).to_contain_text("the left one?")
    customer.goto(ticket)
    expect(customer.locator(".message")).to_have_count(3)
