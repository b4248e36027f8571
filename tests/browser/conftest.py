"""One demo and one Chromium for all browser tests; every complaint of a page fails its test."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright
from sqlalchemy import create_engine, pool, text

from portal.db import embedded, roles
from portal.settings import Settings
from tests.browser.desks import Desk
from tests.browser.running import ARGUMENTS, CHROMIUM, Demo, running_demo
from tests.browser.windows import NewPage, Windows
from tests.factories import TenantFactory


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
        _let_replies_go_at_once(running)
        yield running
    log = (folder / "log").read_text()
    shutil.rmtree(folder, ignore_errors=True)
    broken = log.find("[error")
    assert broken < 0, log[max(broken - 20, 0) : broken + 6000]


def _let_replies_go_at_once(demo: Demo) -> None:
    """Nobody undoes anything, but where a test is about that: it chooses so in the profile."""
    with embedded.start(demo.data) as server:
        engine = create_engine(server.url(database=roles.DATABASE), poolclass=pool.NullPool)
        with engine.begin() as connection:
            connection.execute(
                text("""update users set preferences = preferences || '{"undo_seconds": 0}'""")
            )


@pytest.fixture(scope="session")
def demo_tenants(demo: Demo) -> Iterator[TenantFactory]:
    """Makes more tenants in the demo."""
    settings = Settings.from_ini(
        {
            "portal.origin": demo.portal,
            "portal.data": str(demo.data),
            "portal.development": "true",
            "portal.secret_key": "auto",
            "database.url": "embedded",
            "passwords.profile": "cheap",
        }
    )
    with embedded.start(demo.data) as server:
        address = server.url(roles.APPLICATION, roles.DATABASE)
        yield TenantFactory(create_engine(address, poolclass=pool.NullPool), settings)


@pytest.fixture
def desk(demo: Demo, demo_tenants: TenantFactory) -> Desk:
    """A desk of the test's own, where nobody else has left anything: no drafts, no tickets, no
    choices. What a test makes at Acme Audio, the tests after it find there."""
    return Desk(demo, demo_tenants)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests; each test opens contexts of its own."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def windows(chromium: Browser) -> Windows:
    """The windows that tests work in."""
    return Windows(chromium)


@pytest.fixture
def new_page(windows: Windows) -> Iterator[NewPage]:
    """Opens a page in a clean profile: `new_page(javascript=False, dark=True, width=390)`.

    `statuses` names the answers from 400 on that the test expects; any other, and any error on
    the console, in a script or in a request, fails the test at its end.
    """
    with windows.watched() as open_page:
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
