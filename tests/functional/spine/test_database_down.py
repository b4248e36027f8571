"""The database goes away and comes back: pages say so, and nobody restarts anything."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyramid.router import Router
from webtest import TestApp

from portal.settings import Settings
from tests.factories import TenantFactory, World
from tests.functional.spine.faulty import DONE, faulty_application
from tests.functional.spine.severed import Wire


@pytest.fixture(scope="module")
def wire(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    # A socket's path is limited to a hundred bytes.
    folder = Path(tmp_path_factory.mktemp("w"))
    wire = Wire(settings.database_url, folder)
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def router(settings: Settings, wire: Wire) -> Iterator[Router]:
    """The application, whose only way to the database is the wire."""
    router = faulty_application(
        replace(settings, database_url=wire.url, database_statement_timeout_ms=1000)
    )
    router.registry["db.engine"].pool._timeout = 0.5  # two seconds are not worth the wait
    yield router
    wire.join()
    router.registry["db.engine"].dispose()


@pytest.fixture
def world(router: Router, wire: Wire, tenants: TenantFactory) -> Iterator[World]:
    yield World(tenants.create(), router, tenants)
    wire.join()


@pytest.fixture
def browser(world: World) -> TestApp:
    browser = world.browser("cleo")
    browser.get(world.url("/tickets"), status=200)
    return browser


def ask(browser: TestApp, world: World, path: str = "/tickets", **headers: str) -> Any:
    return browser.get(world.url(path), headers=headers, expect_errors=True)


def is_a_break(page: Any) -> None:
    """The page for 503, made without a database."""
    assert page.status_int == 503
    assert page.headers["Retry-After"] == "30"
    assert page.headers["X-Request-Reference"] in page
    assert "taking a short break" in page


class TestCut:
    def test_a_page_says_so_and_then_it_works_again(
        self, world: World, wire: Wire, browser: TestApp
    ) -> None:
        wire.cut()
        for path in ("/", "/tickets", "/login", "/branding/brand.css", "/nothing"):
            is_a_break(ask(browser, world, path))
        wire.join()
        assert ask(browser, world).status_int == 200

    def test_to_strangers_too(self, world: World, wire: Wire) -> None:
        wire.cut()
        is_a_break(ask(world.anonymous(), world))
        is_a_break(world.anonymous().get("/", expect_errors=True))

    def test_in_json(self, world: World, wire: Wire, browser: TestApp) -> None:
        wire.cut()
        answer = ask(browser, world, Accept="application/json")
        assert answer.status_int == 503
        assert answer.json["error"]["code"] == "service_unavailable"

    def test_in_the_middle_of_a_page(self, world: World, wire: Wire, browser: TestApp) -> None:
        knife = threading.Timer(0.3, wire.cut)
        knife.start()
        is_a_break(ask(browser, world, "/slow"))
        knife.join()
        wire.join()
        assert ask(browser, world).status_int == 200

    def test_static_files_and_health_need_no_database(self, world: World, wire: Wire) -> None:
        wire.cut()
        page = ask(world.anonymous(), world)
        sheet = page.html.find("link", rel="stylesheet")["href"]
        world.anonymous().get(sheet, status=200)
        world.anonymous().get("/-/health", status=200)
        world.anonymous().get("/-/ready", status=503)


class TestOtherEnds:
    def test_connections_that_the_server_ended(self, world: World, browser: TestApp) -> None:
        """A restarted PostgreSQL: what lies in the pool is stale, and is found out before use."""
        is_a_break(ask(browser, world, "/killed"))
        assert ask(browser, world).status_int == 200

    def test_a_frozen_server_holds_nobody_for_ever(
        self, world: World, wire: Wire, browser: TestApp
    ) -> None:
        wire.freeze()
        started = time.monotonic()
        is_a_break(ask(browser, world))
        assert time.monotonic() - started < 60
        wire.join()
        assert ask(browser, world).status_int == 200

    def test_a_pool_that_is_used_up(self, router: Router, world: World, browser: TestApp) -> None:
        engine = router.registry["db.engine"]
        with ThreadPoolExecutor(16) as threads:
            held = list(threads.map(lambda _: engine.connect(), range(12)))
        try:
            is_a_break(ask(browser, world))
        finally:
            for connection in held:
                connection.close()
        assert ask(browser, world).status_int == 200

    def test_what_was_not_committed_is_not_there(
        self, world: World, wire: Wire, browser: TestApp
    ) -> None:
        wire.cut()
        assert DONE not in ask(browser, world, "/late")
        wire.join()
        assert ask(browser, world).status_int == 200
