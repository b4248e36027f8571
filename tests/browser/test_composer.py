"""Nothing that was typed is lost, and what was sent too fast can be taken back."""

from playwright.sync_api import Page, Request, Response, Route, expect

from tests.browser.desks import Desk
from tests.browser.windows import NewPage

#: Milliseconds after which what was typed is saved, by a clock that the test turns.
SAVED = 2000


def _prefer(page: Page, desk: Desk, seconds: str) -> None:
    page.goto(desk.url("profile"))
    page.get_by_label("Time to undo a reply").select_option(seconds)
    page.get_by_role("button", name="Save how you work").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_a_draft_survives_a_closed_tab_and_two_tabs_do_not_overwrite_each_other(
    desk: Desk, new_page: NewPage
) -> None:
    ticket = desk.ticket("Kept while I write")
    page = new_page(storage_state=desk.signed_in("ben"), statuses=(409,))
    page.goto(f"{ticket}?compose=reply")
    text = page.get_by_role("textbox", name="Reply to customer")
    text.fill("Is it the left")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    # What was typed a moment ago goes with the page.
    text.fill("Is it the left one?")
    page.goto(desk.url("tickets"))
    # What is sent while a page goes away may arrive behind the next ones.
    for _ in range(20):
        page.goto(ticket)
        if text.input_value() == "Is it the left one?":
            break
    expect(text).to_have_value("Is it the left one?")
    expect(page.get_by_text("Draft from")).to_be_visible()

    second = page.context.new_page()
    second.goto(ticket)
    second.get_by_role("textbox", name="Reply to customer").fill("From the second tab")
    expect(second.get_by_text("Draft saved")).to_be_visible()
    text.fill("From the first tab")
    expect(page.get_by_text("This draft was changed, sent or discarded")).to_be_visible()
    page.get_by_role("button", name="Save what is here").click()
    expect(page.get_by_text("Draft saved")).to_be_visible()
    second.reload()
    expect(second.get_by_role("textbox", name="Reply to customer")).to_have_value(
        "From the first tab"
    )
    second.get_by_role("button", name="Discard the draft").click()
    expect(second.get_by_text("The draft is discarded.")).to_be_visible()


def test_a_save_that_breaks_off_is_none_and_the_next_one_is_heard(
    desk: Desk, new_page: NewPage
) -> None:
    ticket = desk.ticket("Kept all the same")
    page = new_page(storage_state=desk.signed_in("ben"), clock=True)
    page.goto(f"{ticket}?compose=reply")
    page.wait_for_load_state()
    page.route(
        "**/draft?*",
        lambda route: route.fulfill(content_type="application/json", body='{"revis'),
        times=1,
    )
    text = page.get_by_role("textbox", name="Reply to customer")
    text.fill("Is it the left")
    page.clock.run_for(SAVED)
    expect(page.get_by_text("The draft could not be saved.")).to_be_visible()
    text.fill("Is it the left one?")
    page.clock.run_for(SAVED)
    expect(page.get_by_text("Draft saved")).to_be_visible()


def test_a_reply_waits_for_the_save_that_is_on_its_way(desk: Desk, new_page: NewPage) -> None:
    desk.undoes_nothing("ben")
    ticket = desk.ticket("Saved while I send")
    page = new_page(storage_state=desk.signed_in("ben"), clock=True)
    page.goto(f"{ticket}?compose=reply")
    page.wait_for_load_state()
    on_its_way: list[Route] = []
    order: list[str] = []

    def hear(answer: Response) -> None:
        if answer.request.method == "POST":
            order.append(answer.url.partition("?")[0].rpartition("/")[2])

    def hold(route: Route) -> None:
        on_its_way.append(route)

    page.route("**/draft?*", hold)
    page.get_by_role("textbox", name="Reply to customer").fill("Is it the left one?")
    with page.expect_request("**/draft?*"):
        page.clock.run_for(SAVED)
    page.on("response", hear)
    page.get_by_role("button", name="Send and set pending").click()
    on_its_way.pop().continue_()
    expect(page.locator(".message").last).to_contain_text("Is it the left one?")
    page.remove_listener("response", hear)
    assert order == ["draft", "reply"]
    # Nothing of it is left behind as a draft.
    page.goto(ticket)
    expect(page.get_by_role("textbox", name="Reply to customer")).to_have_count(0)


def test_what_was_sent_is_no_draft_for_who_goes_back_to_it(desk: Desk, new_page: NewPage) -> None:
    ticket = desk.ticket("Sent, and looked at again")
    page = new_page(storage_state=desk.signed_in("cleo"))
    page.goto(ticket)
    page.wait_for_load_state()
    text = page.get_by_role("textbox", name="Your reply")
    text.fill("It is the left one.")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".message").last).to_contain_text("It is the left one.")
    page.wait_for_load_state()
    page.go_back()
    page.wait_for_load_state()
    # The browser brings back what stood there.
    expect(text).to_have_value("It is the left one.")
    # As when the page is left.
    saves: list[Request] = []
    page.on("request", lambda request: saves.append(request) if request.method == "POST" else None)
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden'});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    text.fill("And the right one too.")
    with page.expect_request(lambda request: request.method == "POST"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert "And the right one too." in (saves[0].post_data or "")


def test_a_reply_is_undone_after_a_change_of_page(desk: Desk, new_page: NewPage) -> None:
    ticket = desk.ticket("Sent too fast")
    customer = new_page(storage_state=desk.signed_in("cleo"))
    page = new_page(storage_state=desk.signed_in("ben"), clock=True)
    _prefer(page, desk, "30")
    page.goto(f"{ticket}?compose=reply")
    page.get_by_role("textbox", name="Reply to customer").fill("Dear Marta,")
    page.get_by_role("button", name="Send and set pending").click()
    expect(page.locator("#sending")).to_contain_text("Dear Marta,")
    customer.goto(ticket)
    expect(customer.locator(".message")).to_have_count(1)
    told = page.get_by_role("status").filter(has_text="Your reply to Cleo Customer is on its way.")
    expect(told.get_by_role("button", name="Undo")).to_be_visible()
    page.clock.run_for(32_000)
    expect(told).to_have_count(0)
    page.goto(desk.url("tickets"))
    page.goto(ticket)
    page.locator("#sending").get_by_role("button", name="Undo").click()
    composer = page.get_by_role("textbox", name="Reply to customer")
    expect(composer).to_have_value("Dear Marta,")
    expect(composer).to_be_focused()
    composer.fill("Dear Cleo,")
    _prefer(page, desk, "0")
    page.goto(ticket)
    expect(composer).to_have_value("Dear Cleo,")
    page.get_by_role("button", name="Send and set pending").click()
    expect(page.locator(".message").last).to_contain_text("Dear Cleo,")
    customer.goto(ticket)
    expect(customer.locator(".message").last).to_contain_text("Dear Cleo,")
