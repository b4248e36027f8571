"""Programs that nobody here wrote sign people in at the tenant's issuer: `make interop`.

They are installed as they are needed, into a cache folder, so no other run collects these tests.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from portal import application
from portal.settings import Settings
from tests.browser.running import ARGUMENTS, CHROMIUM
from tests.factories import World
from tests.factories.jobs import JobRunner
from tests.functional.left_out import unavailable
from tests.functional.serving import serving
from tests.interop.installing import INSTALLED
from tests.interop.sites import Company

HERE = Path(__file__).parent
#: Takes a picture of a page, under a name.
Picture = Callable[[Page, str], None]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Only where this folder, or a file in it, is named."""
    named = any(HERE.name in Path(argument).parts for argument in config.args)
    return None if named else True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which programs it were."""
    for line in sorted(INSTALLED):
        terminalreporter.write_line(f"Ran with {line}")


@pytest.fixture(scope="session")
def served(settings: Settings) -> Iterator[str]:
    """The origin of a portal that listens."""
    with serving(settings) as origin:
        yield origin


@pytest.fixture
def company(world: World, served: str) -> Company:
    """A tenant of its own, with nobody signed in."""
    return Company(world, served)


@pytest.fixture
def run_jobs(world: World, served: str, settings: Settings) -> Iterator[JobRunner]:
    """As everywhere, but for a portal that knows the address at which it is served."""
    registry = application(replace(settings, origin=served, hosts=("127.0.0.1",))).registry
    yield JobRunner(registry, world.seed.tenant.id)
    registry["db.engine"].dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser; each test has a profile of its own."""
    if CHROMIUM is None:
        unavailable("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in a clean profile."""
    with chromium.new_context(locale="en", viewport={"width": 1200, "height": 760}) as context:
        context.set_default_timeout(15_000)
        yield context.new_page()


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that a program may read which gives up its rights."""
    with tempfile.TemporaryDirectory(prefix="portal-interop-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def picture() -> Picture:
    """Keeps pictures in the folder that PICTURES names, if it does."""
    kept = os.environ.get("PICTURES")

    def take(page: Page, name: str) -> None:
        if kept:
            page.screenshot(path=Path(kept) / f"{name}.png")

    return take
