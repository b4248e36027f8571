"""An admin tries other sign-in settings with the shop's real login, makes them live, and goes
back when they turn out wrong."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.running import Demo
from tests.browser.steps import ADA, MARTA, enter_from_shop


def discard_draft(page: Page) -> None:
    """Press "Discard", where there is a draft: another test may have left one."""
    discard = page.get_by_role("button", name="Discard")
    if discard.is_visible():
        discard.click()
        expect(page.get_by_text("The draft is discarded. Nothing has changed.")).to_be_visible()


def save_as_draft(page: Page) -> None:
    """Press the second button of the form; with a draft there is only one."""
    page.get_by_role("button", name="Save as draft").or_(
        page.get_by_role("button", name="Save the draft")
    ).click()
    expect(page.get_by_text("The draft is saved. It is not in force yet.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_draft_is_tried_promoted_and_undone(
    demo: Demo, new_page: Callable[..., Page], script: bool
) -> None:
    page = new_page(javascript=script)
    demo.sign_in(page, ADA)
    settings = demo.url("settings/sign-in")
    page.goto(settings)
    discard_draft(page)
    page.goto(f"{settings}/accounts")
    before = page.get_by_label("Only these e-mail domains").input_value()

    # A draft that shuts this customer out: the test says so, and nobody notices it.
    page.get_by_label("Only these e-mail domains").fill("acme.test")
    save_as_draft(page)
    expect(page.get_by_role("heading", name="A draft with 1 change")).to_be_visible()
    page.get_by_role("button", name="Test it").click()
    demo.fill_shop_login(page, MARTA)
    expect(page).to_have_url(f"{settings}/tested")
    expect(page.get_by_text("The sign-in would be refused.")).to_be_visible()
    checks = page.get_by_role("listitem")
    expect(checks.filter(has_text="Signature")).to_have_class("")
    expect(checks.filter(has_text="E-mail address")).to_contain_text("email_domain_blocked")
    expect(checks.filter(has_text="E-mail address")).to_contain_text("northwind.example")
    expect(checks.filter(has_text="Where to go")).to_contain_text("not reached")
    customer = new_page(javascript=script)
    enter_from_shop(customer, demo, MARTA)

    # Mended, it passes, and one press makes it live.
    page.goto(f"{settings}/accounts")
    page.get_by_label("Only these e-mail domains").fill("acme.test\nnorthwind.example")
    save_as_draft(page)
    expect(page.get_by_role("link", name="Changed since the test")).to_be_visible()
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text("The sign-in would work.")).to_be_visible()
    expect(page.get_by_role("link", name="Marta Lindqvist")).to_be_visible()
    page.get_by_role("button", name="Make it live").click()
    expect(page.get_by_text("The draft is in force now.")).to_be_visible()
    page.goto(f"{settings}/accounts")
    expect(page.get_by_label("Only these e-mail domains")).to_have_value(
        "acme.test\nnorthwind.example"
    )

    # Saved without a test, it shuts everybody out, and one press brings the former state back.
    page.get_by_label("Only these e-mail domains").fill("nobody.example")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The sign-in settings are saved.")).to_be_visible()
    refused = new_page(javascript=script, statuses=(403,))
    demo.log_in_at_shop(refused, MARTA)
    refused.get_by_role("link", name="Support", exact=True).click()
    expect(refused.get_by_role("heading", level=1)).to_contain_text("sign")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The earlier settings are in force again.")).to_be_visible()
    enter_from_shop(new_page(javascript=script), demo, MARTA)

    # And from the history back to where all began.
    page.goto(f"{settings}/history")
    started = page.get_by_role("listitem").filter(has_text="Draft made live").first
    expect(started).to_contain_text("The same as now")
    page.goto(f"{settings}/accounts")
    page.get_by_label("Only these e-mail domains").fill(before)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The sign-in settings are saved.")).to_be_visible()


def test_a_draft_without_a_login_offers_the_tester(
    demo: Demo, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    demo.sign_in(page, "irene@globex.test", tenant="globex")
    page.goto(demo.url("settings/sign-in", tenant="globex"))
    discard_draft(page)
    page.get_by_label("Remote login URL").fill("")
    page.get_by_label("Leeway").select_option("30")
    save_as_draft(page)
    region = page.get_by_role("region", name="A draft with")
    expect(region).to_contain_text("it cannot be tried by signing in")
    expect(region.get_by_role("link", name="Test a token instead")).to_be_visible()
    region.get_by_role("button", name="Make it live").click()
    expect(page.get_by_text("This draft was never tested.")).to_be_visible()
    page.get_by_role("link", name="Back to the draft").click()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("The draft is discarded. Nothing has changed.")).to_be_visible()
