"""Macros with the keyboard: found, used where the cursor is, and gone with the reply."""

from playwright.sync_api import Page, expect

from portal.macros.models import Macro, MacroScope
from tests.browser.desks import Desk, Outcome
from tests.browser.windows import NewPage


def _macros(desk: Desk) -> None:
    seed = desk.seed
    common = {"tenant_id": seed.tenant.id, "scope": MacroScope.ALL}
    with desk.factory.session(seed.tenant.id) as db:
        db.add_all(
            [
                Macro(name="Thanks", body="Thank you, {{ requester.first_name }}.", **common),
                Macro(
                    name="Serial number",
                    body="Which number is on it?",
                    actions={"state": "on_hold", "add_tags": ["serial", "asked"]},
                    **common,
                ),
            ]
        )


def test_a_macro_is_used_with_the_keyboard_and_in_the_middle_of_a_text(
    desk: Desk, new_page: NewPage
) -> None:
    _macros(desk)
    desk.undoes_nothing("ben")
    ticket = desk.ticket("Left hinge cracked")
    # The clock stands: no draft is saved, and nothing is polled, between two keys.
    page: Page = new_page(storage_state=desk.signed_in("ben"), clock=True)
    page.goto(ticket)
    page.wait_for_load_state()
    with page.expect_navigation():
        page.keyboard.press("m")
    expect(page.get_by_label("Find a macro")).to_be_focused()
    page.keyboard.type("numb")
    page.keyboard.press("Enter")
    text = page.get_by_role("textbox", name="Reply to customer")
    expect(text).to_have_value("Which number is on it?")
    expect(page.locator(".carried")).to_contain_text("State → On hold")

    # Where the cursor is, in what was written since.
    expect(text).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.type("Hello.  ")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Macro", exact=True).click()
    page.get_by_role("button", name="Thanks").click()
    expect(text).to_have_value("Hello. Thank you, Cleo. Which number is on it?")
    expect(text).to_be_focused()
    page.get_by_role("button", name="Leave out: Tag + asked").click()
    expect(page.get_by_role("button", name="Leave out: Tag + asked")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message").last).to_contain_text("Thank you, Cleo.")
    assert desk.outcomes() == {
        "Left hinge cracked": Outcome(
            "on_hold",
            "normal",
            "Ben Agent",
            tags=["serial"],
            replies=["Hello. Thank you, Cleo. Which number is on it?"],
        )
    }
