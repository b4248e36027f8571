"""Two clicks, and two people, at the same time."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.running import Demo
from tests.browser.steps import BEN, CLEO, PRIYA, begin_ticket, open_ticket

Profile = Callable[[str], StorageState]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_double_click_sends_one_message(
    demo: Demo, new_page: Callable[..., Page], profile: Profile, script: bool
) -> None:
    subject = f"Sent with a double click, {'script' if script else 'no script'}"
    customer = new_page(storage_state=profile(CLEO), javascript=script)
    begin_ticket(customer, demo)
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
    customer.goto(demo.url("tickets?q=double+click"))
    expect(customer.get_by_role("link", name=subject)).to_have_count(1)

    agent = new_page(storage_state=profile(BEN), javascript=script)
    agent.goto(f"{ticket}?compose=reply")
    agent.get_by_role("textbox", name="Reply to customer").fill("Thrice.")
    agent.get_by_role("button", name="Send and set pending").dblclick()
    expect(agent.locator(".message").nth(2)).to_contain_text("Thrice.")
    agent.goto(ticket)
    expect(agent.locator(".message")).to_have_count(3)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_two_agents_on_one_ticket_do_not_write_past_each_other(
    demo: Demo, new_page: Callable[..., Page], profile: Profile, script: bool
) -> None:
    customer = new_page(storage_state=profile(CLEO))
    ticket = open_ticket(customer, demo, "Two of you, one of me")
    first = new_page(storage_state=profile(BEN), javascript=script, statuses=(409,))
    second = new_page(storage_state=profile(PRIYA), javascript=script)
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
