"""One demo and one Chromium for all browser tests; every complaint of a page fails its test."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    StorageState,
    sync_playwright,
)

from tests.browser.running import ARGUMENTS, CHROMIUM, Demo, running_demo

NewPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these tests drive a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """`portal demo --serve` on free ports, with data of its own. Nothing may break inside it."""
    folder = Path(tempfile.mkdtemp(prefix="portal-browser-"))
    folder.chmod(0o755)  # PostgreSQL may have to run as another user
    with running_demo(folder) as running:
        yield running
    log = (folder / "log").read_text()
    shutil.rmtree(folder, ignore_errors=True)
    broken = log.find("[error")
    assert broken < 0, log[max(broken - 20, 0) : broken + 6000]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests; each test opens contexts of its own."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """Collects what pages complain about."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def over(self, context: BrowserContext, statuses: tuple[int, ...]) -> None:
        """Watch all pages of a context. The browser reports every answer from 400 on as an error:
        `statuses` are those that the test is about."""
        wanted = re.compile(rf"status of ({'|'.join(map(str, statuses))})\b") if statuses else None

        def hear(message: ConsoleMessage) -> None:
            # A breach of the content policy is an error here, too.
            if message.type == "error" and not (wanted and wanted.search(message.text)):
                self.complaints.append(
                    f"console of {message.page and message.page.url}: {message.text}"
                )

        context.on("console", hear)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("request", self._leave)
        context.on("requestfailed", self._fail)

    def _leave(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "http://localhost:", "data:")):
            self.complaints.append(f"asked somebody else: {request.url}")

    def _fail(self, request: Request) -> None:
        # The browser gives up what a page still loads when it leaves the page, and what it
        # downloads instead of showing it.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.method} {request.url}: {request.failure}")


@contextmanager
def watched_pages(browser: Browser) -> Iterator[NewPage]:
    """Opens pages, each in a fresh profile, and fails at the end when one complained."""
    contexts: list[BrowserContext] = []
    watch = Watch()

    def open_page(
        *,
        javascript: bool = True,
        dark: bool = False,
        width: int = 1280,
        height: int = 900,
        statuses: tuple[int, ...] = (),
        locale: str = "en-GB",
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": height},
            locale=locale,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        watch.over(context, statuses)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert watch.complaints == []


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[NewPage]:
    """Opens a page in a fresh profile: `new_page(javascript=False, dark=True, width=390)`.

    `statuses` names the answers from 400 on that the test expects; any other, and any error on
    the console, in a script or in a request, fails the test at its end.
    """
    with watched_pages(chromium) as open_page:
        yield open_page


@pytest.fixture(scope="session")
def profile(chromium: Browser, demo: Demo) -> Callable[..., StorageState]:
    """The cookies of somebody who signed in with a password, once for all tests:
    `new_page(storage_state=profile("ben@acme.test"))`. Not for tests that sign out."""
    known: dict[tuple[str, str], StorageState] = {}

    def of(email: str, tenant: str = "acme") -> StorageState:
        if (email, tenant) not in known:
            context = chromium.new_context()
            demo.sign_in(context.new_page(), email, tenant)
            known[email, tenant] = context.storage_state()
            context.close()
        return known[email, tenant]

    return of
