"""Signing in and out in a real browser: deep links, two tenants, the way back."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.running import Demo
from tests.browser.steps import CLEO, MARTA, enter_from_shop, open_ticket, sign_out

PAUL = "paul@kestrel.example"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("at_shop", [True, False], ids=["known at the shop", "known nowhere"])
def test_a_deep_link_is_kept_on_the_way_through_the_companys_login(
    demo: Demo, new_page: Callable[..., Page], script: bool, at_shop: bool
) -> None:
    page = new_page(javascript=script)
    enter_from_shop(page, demo, MARTA)
    wanted = demo.url("tickets?tab=closed")
    sign_out(page)
    if not at_shop:
        page.goto(f"{demo.shop}/account")
        page.get_by_role("button", name="Log out of the shop").click()
    page.goto(wanted)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Acme Audio")
    page.get_by_role("link", name="Sign In with Acme Audio").click()
    if not at_shop:
        demo.fill_shop_login(page, MARTA)
    expect(page).to_have_url(wanted)
    expect(page.get_by_role("heading", level=1)).to_have_text("My tickets")


def test_a_deep_link_survives_a_site_that_drops_all_parameters(
    demo: Demo, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    arrived: list[str] = []

    def drop_parameters(route: Route) -> None:
        arrived.append(urlsplit(route.request.url).query)
        route.continue_(url=f"{demo.shop}/ticket-sso")

    page.route("**/ticket-sso?*", drop_parameters)
    page.goto(demo.url("tickets/new"))
    page.get_by_role("link", name="Sign In with Acme Audio").click()
    demo.fill_shop_login(page, MARTA)
    expect(page).to_have_url(demo.url("tickets/new"))
    assert len(arrived) == 1
    assert "redirect_url" in arrived[0]


def test_a_deep_link_survives_a_way_of_ones_own_through_the_shop(
    demo: Demo, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto(demo.url("tickets/new"))
    demo.log_in_at_shop(page, MARTA)
    page.get_by_role("link", name="Support", exact=True).click()
    expect(page).to_have_url(demo.url("tickets/new"))


def test_two_tenants_in_one_browser_do_not_disturb_each_other(
    demo: Demo, new_page: Callable[..., Page]
) -> None:
    page = new_page(statuses=(404,))
    enter_from_shop(page, demo, MARTA)
    demo.sign_in(page, PAUL, tenant="globex")
    expect(page.get_by_text("Signed in as paul@kestrel.example.")).to_be_visible()
    page.goto(demo.url())
    expect(page.get_by_text("Signed in as marta@northwind.example.")).to_be_visible()
    ticket = open_ticket(page, demo, "Seen by one tenant alone")
    number = ticket.rpartition("/")[2]
    # The same number is nothing of Paul's at the other tenant.
    answer = page.goto(demo.url(f"tickets/{number}", tenant="globex"))
    assert answer is not None
    assert answer.status == 404
    page.goto(demo.url("", tenant="globex"))
    sign_out(page)
    page.goto(ticket)
    expect(page.get_by_role("heading", level=1)).to_have_text("Seen by one tenant alone")


def test_after_signing_out_the_back_button_shows_nothing_private(
    demo: Demo, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    demo.sign_in(page, CLEO)
    open_ticket(page, demo, "Only for my own eyes", "My address is 12 Vinyl Lane.")
    page.goto(demo.url("tickets"))
    sign_out(page)
    for _ in range(3):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in")
        assert "Only for my own eyes" not in page.content()
        assert "Vinyl Lane" not in page.content()
