"""A sample beside a portal that is served: two sites, as the browser sees it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import windows
from tests.browser.windows import NewPage
from tests.functional.examples.company import Company
from tests.functional.examples.conftest import (  # noqa: F401 - fixtures
    Start,
    company,
    folder,
    node_modules,
    sample,
    served,
    start,
)
from tests.functional.examples.samples import Running

StartBeside = Start
#: Milliseconds.
PATIENCE = 40_000


@pytest.fixture
def start_beside(start: Start, company: Company) -> StartBeside:  # noqa: F811 - uses the fixtures
    """Starts the sample where its pages are another site than the portal's: cookies that are
    `SameSite=Lax` do not come with its forms."""

    def go(**changes: str) -> Running:
        running = start(**changes)
        running = replace(running, origin=running.origin.replace("127.0.0.1", "localhost"))
        company.open_site(running.origin)
        return running

    return go


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Two servers have just been started, and a busy machine is no finding."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=windows.PATIENCE)


@pytest.fixture
def new_page(new_page: NewPage) -> NewPage:
    """The same for what a test does on a page."""

    def open_page(**options: Any) -> Page:
        page = new_page(**options)
        page.set_default_timeout(PATIENCE)
        return page

    return open_page
