"""Files on their way to a message: chosen, pasted, dropped, stopped, and looked at."""

import base64

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.browser.desks import Desk
from tests.browser.steps import LOG, SCREENSHOT, paste_picture, png
from tests.browser.windows import NewPage

PROGRAM: FilePayload = {"name": "setup.exe", "mimeType": "x/x", "buffer": b"MZ"}
DROP = """(target, [name, content]) => {
  const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, {type: "image/png"}));
  for (const type of ["dragover", "drop"]) {
    const event = new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer});
    if (target.dispatchEvent(event)) throw Error(`nobody took ${type}`);
  }
}"""


@pytest.fixture
def writing(desk: Desk, new_page: NewPage) -> Page:
    """A ticket on which ben has begun a reply."""
    page = new_page(storage_state=desk.signed_in("ben"), statuses=(422, 503))
    page.goto(f"{desk.ticket('A plug that is too thick')}?compose=reply")
    page.get_by_role("textbox", name="Reply to customer").fill("See the pictures.")
    return page


def entry(page: Page, name: str) -> Locator:
    return page.locator(".chosen > li").filter(has_text=name)


def drop(page: Page, selector: str, name: str) -> None:
    page.locator(selector).evaluate(DROP, [name, base64.b64encode(png()).decode()])


def test_pasted_dropped_and_chosen_files_go_with_the_reply(writing: Page) -> None:
    paste_picture(writing, into="Reply to customer")
    expect(entry(writing, "Pasted picture")).to_have_attribute("data-state", "stored")
    drop(writing, "#composer", "on the composer.png")
    drop(writing, ".ticket-head", "beside it.png")
    writing.set_input_files("input[type=file]", [LOG, PROGRAM])
    refused = entry(writing, "setup.exe")
    expect(refused).to_contain_text("is a program, and programs cannot be attached")
    expect(writing.locator(".chosen > [data-state=stored]")).to_have_count(4)

    # One that was refused holds the message back, until it is taken off.
    send = writing.get_by_role("button", name="Send and set pending")
    send.click()
    expect(writing.get_by_text("A file did not arrive. Try again, or take it off.")).to_be_visible()
    take_off = refused.get_by_role("button", name="Take setup.exe off")
    expect(take_off).to_be_focused()
    take_off.click()
    entry(writing, "beside it.png").get_by_role("button").click()
    expect(writing.locator(".chosen > li")).to_have_count(3)
    send.click()

    message = writing.locator(".message").last
    expect(message).to_contain_text("See the pictures.")
    expect(message.locator(".picture")).to_have_count(2)
    expect(message.get_by_role("link", name="crash.log")).to_be_visible()
    look_at(writing, message)


def test_a_page_from_before_signing_in_again_uploads_all_the_same(
    desk: Desk, writing: Page
) -> None:
    writing.wait_for_load_state()
    # As in another tab: the browser has another session now, and the token of this page is void.
    (cookie,) = desk.signed_in("ben")["cookies"]
    name, value, domain = cookie["name"], cookie["value"], cookie["domain"]
    writing.context.add_cookies([{"name": name, "value": value, "domain": domain, "path": "/"}])
    writing.set_input_files("input[type=file]", [LOG])
    stored = entry(writing, "crash.log")
    expect(stored).to_have_attribute("data-state", "stored")
    with writing.expect_response("**/discard") as taken_off:
        stored.get_by_role("button").click()
    assert taken_off.value.status == 204
    writing.get_by_role("button", name="Preview").click()
    expect(writing.locator(".preview")).to_contain_text("See the pictures.")


def look_at(page: Page, message: Locator) -> None:
    """Open the first picture, and go through all of them with the keyboard."""
    picture = message.locator(".picture").first
    picture.click()
    viewer = page.get_by_role("dialog")
    expect(viewer.get_by_role("heading")).to_contain_text("Pasted picture")
    expect(viewer).to_contain_text("1 of 2")
    page.keyboard.press("ArrowRight")
    expect(viewer.get_by_role("img", name="on the composer.png")).to_have_js_property(
        "naturalWidth", 64
    )
    with page.expect_download() as download:
        viewer.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "on the composer.png"
    page.keyboard.press("ArrowRight")
    expect(viewer).to_contain_text("1 of 2")
    # By another address: what the browser has, it does not ask for again.
    page.route("**/preview?away", lambda route: route.fulfill(status=503, body="away"))
    message.locator(".picture").last.evaluate("link => { link.href += '?away' }")
    page.keyboard.press("ArrowLeft")
    expect(viewer.get_by_role("alert")).to_contain_text("This picture cannot be shown right now.")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(picture).to_be_focused()


def test_a_file_that_is_on_its_way_is_waited_for(writing: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    writing.route("**/files", hold)
    with writing.expect_request("**/files"):
        writing.set_input_files("input[type=file]", [SCREENSHOT, LOG])
    expect(entry(writing, "screenshot.png").get_by_role("progressbar")).to_be_visible()
    # The second one has not begun: it is stopped, and nothing of it is sent.
    entry(writing, "crash.log").get_by_role("button", name="Stop sending crash.log").click()
    writing.get_by_role("button", name="Send and set pending").click()
    expect(
        writing.get_by_text("Your message is sent as soon as its files are there.")
    ).to_be_visible()

    # The connection breaks off, and the message stays; tried again, it goes by itself or by hand.
    held.pop().fulfill(status=503, json={"message": "Files cannot be stored right now."})
    expect(entry(writing, "screenshot.png")).to_contain_text("Files cannot be stored right now.")
    expect(writing.locator("#composer textarea")).to_have_value("See the pictures.")
    writing.unroute_all()
    entry(writing, "screenshot.png").get_by_role("button", name="Try again").click()
    expect(entry(writing, "screenshot.png")).to_have_attribute("data-state", "stored")
    writing.get_by_role("button", name="Send and set pending").click()
    expect(writing.locator(".message").last.locator(".picture")).to_have_count(1)
    expect(writing.locator(".message").last).not_to_contain_text("crash.log")


def test_limits_are_said_before_anything_is_sent(desk: Desk, new_page: NewPage) -> None:
    page = new_page(storage_state=desk.signed_in("cleo"), width=390)
    page.goto(desk.url("tickets/new"))
    expect(page.get_by_text("Up to 10 files of 25\N{NO-BREAK SPACE}MB each.")).to_be_visible()
    logs: list[FilePayload] = [
        {"name": f"{number}.log", "mimeType": "text/plain", "buffer": b"x"} for number in range(11)
    ]
    page.set_input_files("input[type=file]", logs)
    expect(page.get_by_text("A message can carry 10 files.")).to_be_visible()
    expect(page.locator(".chosen > [data-state=stored]")).to_have_count(10)
