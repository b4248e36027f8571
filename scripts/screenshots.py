"""Take the pictures of the main screens anew, into docs/screenshots: `make screenshots`.

Starts the demo with data of its own, visits each screen wide and on a phone, light and dark, and
keeps small files: at most 256 colours each.
"""

import io
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jwt
from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, sync_playwright

from portal.demo.loader import tenant_file
from tests.browser.running import ARGUMENTS, CHROMIUM, Demo, running_demo
from tests.browser.steps import REPAIR

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
PICTURE = Path(__file__).parents[1] / "portal" / "demo" / "acme" / "files" / "hinge-left.jpg"
#: The port that `make run` uses, for the addresses that the settings show.
PORT = 6543

CLEO = "cleo@customer.test"
GRACE = "grace@redwoodpodcasting.example"
MARTA = "marta@northwind.example"
PRIYA = "priya@acme.test"
ADA = "ada@acme.test"

#: The browser of those who are refused.
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0"

SIZES: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass(frozen=True)
class Shot:
    """A screen: its name, its path below the tenant, and whose browser it is."""

    name: str
    path: str
    who: str | None = None
    #: What is done before the picture is taken.
    then: Callable[[Page], object] = lambda page: None


def _write_ticket(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=REPAIR).click()
    page.get_by_label("Product").select_option("Studio 7")
    page.get_by_label("What is wrong with").select_option("Sound")
    page.get_by_label("Subject").fill("Second pair creaks where the hinge was replaced")
    page.get_by_label("Description").fill(
        "Since the repair the **left side** creaks when I turn my head:\n\n"
        "- only on the left\n"
        "- louder when it is cold\n\n"
        "The photo shows where it comes from."
    )
    page.set_input_files("input[type=file]", PICTURE)
    page.locator(".chosen img[src]").wait_for()


def _write_note(page: Page) -> None:
    page.get_by_role("textbox", name="Internal note").fill(
        "The new pair is from batch 2411, so it has the stronger hinge. Serial is booked out."
    )


def _open_refusal(page: Page) -> None:
    page.locator("summary").filter(has_text="The token comes from the future").click()


#: A path in which the number of the ticket with a photo, a note and a new answer belongs.
HINGE = "tickets/{hinge}"
SHOTS = [
    Shot("customer-home", "", CLEO),
    Shot("customer-tickets", "tickets?whose=organisation&tab=open", GRACE),
    Shot("customer-new", "tickets/new?choose=1", MARTA, _write_ticket),
    Shot("customer-thread", HINGE, MARTA),
    Shot("agent-queue", "tickets", PRIYA),
    Shot("agent-ticket", HINGE, PRIYA),
    Shot("agent-ticket-note", f"{HINGE}?compose=note", PRIYA, _write_note),
    Shot("settings-general", "settings/general", ADA),
    Shot("settings-sign-in", "settings/sign-in", ADA),
    Shot("sign-in-log", "settings/sign-in/log", ADA, _open_refusal),
    Shot("sign-in", "login"),
    Shot("signed-out", "signed-out"),
]


def main() -> int:
    """Take all pictures. Gives the exit status."""
    if CHROMIUM is None:
        print("There is no Chromium: apt-get install chromium.", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        _temporary_folder() as folder,
        running_demo(folder, PORT) as demo,
        sync_playwright() as playwright,
        ThreadPoolExecutor(1) as shrinking,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        windows = _open_windows(browser, _sign_everybody_in(browser, demo))
        _be_refused(browser, demo)
        hinge = _number(windows[PRIYA, "wide"], demo, "Left hinge cracked")
        sizes = [
            shrinking.submit(_keep, name, picture)
            for shot in SHOTS
            for size in SIZES
            for name, picture in _pictures(
                windows[shot.who, size], demo.url(shot.path.format(hinge=hinge)), shot, size
            )
        ]
        total = sum(each.result() for each in sizes)
        browser.close()
    print(f"{len(sizes)} pictures in {FOLDER}, {total / 1e6:.1f} MB")
    return 0


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="portal-pictures-"))
    folder.chmod(0o755)  # PostgreSQL may have to run as another user
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _sign_everybody_in(browser: Browser, demo: Demo) -> dict[str | None, StorageState | None]:
    """The cookies of everybody who stands in a picture. Customers come from the shop."""
    found: dict[str | None, StorageState | None] = {None: None}
    for email in (CLEO, GRACE, MARTA, PRIYA, ADA):
        context = browser.new_context()
        page = context.new_page()
        if email in {CLEO, GRACE, MARTA}:
            demo.log_in_at_shop(page, email)
            page.goto(f"{demo.shop}/support")
        else:
            demo.sign_in(page, email)
        found[email] = context.storage_state()
        context.close()
    return found


def _be_refused(browser: Browser, demo: Demo) -> None:
    """Sign-ins with faults that happen to every company, for the sign-in log to explain."""
    secret = tenant_file("acme")["sso"]["keys"][0]["secret"]
    now = int(time.time())

    def token(key: str = secret, *, email: str, at: int = now, **claims: Any) -> str:
        times = {"iat": at, "exp": at + 120, "jti": uuid.uuid4().hex}
        return jwt.encode({"email": email, "name": "", **times, **claims}, key, "HS256")

    page = browser.new_context(user_agent=WINDOWS).new_page()
    used = token(email="lena@tonwerk.example")
    for each in (
        used,
        used,
        token("a-key-of-the-staging-site-0123456789abcdef", email="nils@fjord.example"),
        token(email="theo@redwoodpodcasting.example", at=now * 1000),
        token(email="elin@northwind.example", at=now - 900),
        token(email="jonas@northwind.example", at=now + 214),
    ):
        page.goto(demo.url(f"auth/callback?token={each}"))
        page.context.clear_cookies()
    page.context.close()


def _open_windows(
    browser: Browser, people: dict[str | None, StorageState | None]
) -> dict[tuple[str | None, str], Page]:
    """A page for everybody in each size. They are used again: a new one costs a second."""
    return {
        (who, size): browser.new_context(
            storage_state=state,
            viewport=viewport,
            device_scale_factor=2 if size == "phone" else 1,
            is_mobile=size == "phone",
            has_touch=size == "phone",
            locale="en-GB",
            reduced_motion="reduce",
        ).new_page()
        for who, state in people.items()
        for size, viewport in SIZES.items()
    }


def _number(page: Page, demo: Demo, subject: str) -> str:
    """The number of a ticket, from the queue."""
    page.goto(demo.url("tickets"))
    address = page.get_by_role("row").get_by_role("link", name=subject).get_attribute("href") or ""
    return address.partition("?")[0].rpartition("/")[2]


def _pictures(page: Page, url: str, shot: Shot, size: str) -> Iterator[tuple[str, bytes]]:
    """A screen, light and dark: names and PNGs."""
    page.goto(url)
    shot.then(page)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        yield f"{shot.name}-{size}-{scheme}", page.screenshot(caret="hide")


def _keep(name: str, picture: bytes) -> int:
    """Write a picture with few colours, which these screens have anyway. Gives its bytes."""
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, 1)
    path = FOLDER / f"{name}.png"
    few.save(path, optimize=True)
    return path.stat().st_size


if __name__ == "__main__":
    sys.exit(main())
