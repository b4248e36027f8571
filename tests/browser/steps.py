"""What people do in the portal, in steps that several tests take."""

import base64
import struct
import zlib

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.running import Demo

CLEO = "cleo@customer.test"
MARTA = "marta@northwind.example"
BEN = "ben@acme.test"
PRIYA = "priya@acme.test"
ADA = "ada@acme.test"
IRENE = "irene@globex.test"
HANNAH = "hannah@acme.test"
JUN = "jun@acme.test"
RAFAEL = "rafael@acme.test"
PAUL = "paul@kestrel.example"
TOMAS = "tomas@acme.test"
#: What a ticket of Acme's can be about; the one that asks nothing more.
QUESTION = "A question or an idea"
REPAIR = "Something does not work"


def png(width: int = 64, height: int = 40) -> bytes:
    """A picture: all of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    rows = (b"\0" + b"\x3a\x6e\xa5" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


SCREENSHOT: FilePayload = {"name": "screenshot.png", "mimeType": "image/png", "buffer": png()}
LOG: FilePayload = {"name": "crash.log", "mimeType": "text/plain", "buffer": b"USB reset at 12 s\n"}


def follow(control: Locator) -> None:
    """Click what leads to another page, and wait until that has its scripts. Needed before a
    click there on what only script answers, and before reading what is not waited for."""
    with control.page.expect_navigation():
        control.click()


def paste_picture(page: Page, into: str) -> None:
    """Copy a picture, and paste it into a field with the keyboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """async picture => {
          const bytes = Uint8Array.from(atob(picture), letter => letter.charCodeAt(0));
          const blob = new Blob([bytes], {type: "image/png"});
          await navigator.clipboard.write([new ClipboardItem({"image/png": blob})]);
        }""",
        base64.b64encode(png()).decode(),
    )
    page.get_by_role("textbox", name=into).click()
    page.keyboard.press("Control+V")


def enter_from_shop(page: Page, demo: Demo, email: str) -> None:
    """Log in at the shop, click "Support" and stand in the portal."""
    demo.log_in_at_shop(page, email)
    page.get_by_role("link", name="Support", exact=True).click()
    expect(page).to_have_url(demo.url())


def begin_ticket(page: Page, demo: Demo, topic: str = QUESTION) -> None:
    """The form of a topic. Also where a draft of a new ticket would lead to its own topic."""
    page.goto(demo.url("tickets/new?choose=1"))
    with page.expect_navigation():
        page.get_by_role("link", name=topic).click()


def open_ticket(page: Page, demo: Demo, subject: str, text: str = "It does.") -> str:
    """Open a ticket as the customer who is signed in. Gives its address."""
    begin_ticket(page, demo)
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("Description").fill(text)
    page.get_by_role("button", name="Send ticket").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(subject)
    return page.url.partition("#")[0]


def sign_out(page: Page) -> None:
    """Sign out with the menu."""
    page.locator("[popovertarget=account]").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You are signed out")
