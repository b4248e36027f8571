"""Browser windows that are watched: every complaint of a page in one is kept.

A new profile costs the machine a second, and a page in it that is there already a fifth. So a
window is cleaned and lent again when its test is over.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    StorageState,
    expect,
)

#: Opens a page: `new_page(javascript=False, dark=True, width=390)`.
NewPage = Callable[..., Page]

#: What a window cannot change later: whether there is script, the language, fingers or a mouse,
#: a clock that tests can turn.
_Kind = tuple[bool, str, bool, bool]

#: Milliseconds that a test waits for what should come at once: it only ends a test that fails
#: anyway, on a machine that is busy with others too.
PATIENCE = 30_000

OURS = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:")


expect.set_options(timeout=PATIENCE)


class Window:
    """One page in a profile of its own."""

    def __init__(
        self, browser: Browser, *, javascript: bool, locale: str, touch: bool, clock: bool
    ) -> None:
        self.context = browser.new_context(
            java_script_enabled=javascript,
            locale=locale,
            reduced_motion="reduce",
            has_touch=touch,
            is_mobile=touch,
        )
        self.context.set_default_timeout(PATIENCE)
        if clock:
            self.context.clock.install()
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        self.context.on("request", self._leave)
        self.context.on("requestfailed", self._fail)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.statuses: tuple[int, ...] = ()

    def clean(self) -> list[str]:
        """Make the profile as new, for another test. Gives what was complained about."""
        for page in self.context.pages:
            if page is not self.page:
                page.close()
        self.page.unroute_all()
        self.page.goto("about:blank")
        self.context.clear_cookies()
        self.context.clear_permissions()
        complaints, self.complaints = self.complaints, []
        return complaints

    def _hear(self, message: ConsoleMessage) -> None:
        # The browser reports every answer from 400 on as an error, and every breach of the
        # content policy.
        status = re.search(r"status of (\d+)", message.text)
        expected = status is not None and int(status[1]) in self.statuses
        # A page that is open asks what is new, also after its session has ended.
        polls = "/live" in message.location["url"] and "status of 401" in message.text
        if message.type == "error" and not expected and not polls:
            where = message.page.url if message.page else ""
            self.complaints.append(f"console of {where}: {message.text}")

    def _leave(self, request: Request) -> None:
        if not request.url.startswith(OURS):
            self.complaints.append(f"asked somebody else: {request.url}")

    def _fail(self, request: Request) -> None:
        # The browser gives up what a page still loads when it leaves the page, and what it
        # downloads instead of showing it.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.method} {request.url}: {request.failure}")


class Windows:
    """The windows of one browser."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._idle: dict[_Kind, list[Window]] = {}

    @contextmanager
    def watched(self) -> Iterator[NewPage]:
        """Opens pages, each in a clean profile. Raises AssertionError at its end when one
        complained."""
        lent: list[tuple[_Kind, Window]] = []

        def new_page(
            *,
            javascript: bool = True,
            dark: bool = False,
            width: int = 1280,
            height: int = 900,
            locale: str = "en-GB",
            touch: bool = False,
            clock: bool = False,
            statuses: tuple[int, ...] = (),
            storage_state: StorageState | None = None,
            permissions: Sequence[str] = (),
        ) -> Page:
            kind = (javascript, locale, touch, clock)
            window = self._take(*kind)
            lent.append((kind, window))
            window.statuses = statuses
            window.page.set_viewport_size({"width": width, "height": height})
            window.page.emulate_media(color_scheme="dark" if dark else "light")
            window.context.grant_permissions(list(permissions))
            if storage_state:
                # Playwright's types know the shape of a cookie by two names.
                window.context.add_cookies(cast(Any, storage_state["cookies"]))
            return window.page

        yield new_page
        complaints: list[str] = []
        for kind, window in lent:
            complaints += window.clean()
            self._idle.setdefault(kind, []).append(window)
        if complaints:
            raise AssertionError("\n".join(complaints))

    def _take(self, javascript: bool, locale: str, touch: bool, clock: bool) -> Window:
        if idle := self._idle.get((javascript, locale, touch, clock)):
            return idle.pop()
        return Window(self.browser, javascript=javascript, locale=locale, touch=touch, clock=clock)
