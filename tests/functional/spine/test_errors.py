"""Errors are pages: they say what to do, wear the brand, and can be found in the log."""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from pyramid.router import Router
from webtest import TestApp

from portal.ops.logging import configure
from portal.people.models import User
from portal.settings import Settings
from tests.factories import TenantFactory, World
from tests.functional.spine.conftest import Visits
from tests.functional.spine.faulty import DONE, SECRET, faulty_application

STATUSES = ["400", "403", "404", "409", "413", "422", "429", "500", "503"]
REFERENCE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


@pytest.fixture(scope="module")
def faulty(settings: Settings) -> Iterator[Router]:
    router = faulty_application(replace(settings, database_statement_timeout_ms=1000))
    yield router
    router.registry["db.engine"].dispose()


@pytest.fixture
def world(tenants: TenantFactory, faulty: Router) -> World:
    return World(tenants.create(), faulty, tenants)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the log receives, in the shape in which production writes it."""
    root = logging.getLogger()
    handlers, level, config = root.handlers, root.level, structlog.get_config()
    stream = io.StringIO()
    configure("json", "info", stream)
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**config)
    logging.captureWarnings(False)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def ask(browser: TestApp, world: World, path: str, **headers: str) -> Any:
    return browser.get(world.url(path), headers=headers, expect_errors=True)


class TestPages:
    @pytest.mark.parametrize("status", STATUSES)
    def test_each_is_a_page_of_the_tenant(self, world: World, status: str) -> None:
        page = ask(world.browser("cleo"), world, f"/{status}")
        assert page.status_int == int(status)
        assert page.content_type == "text/html"
        assert "Acme Audio" in page
        assert f'href="/{world.slug}/"' in page
        assert len(page.html.find_all("h1")) == 1
        assert page.headers["Cache-Control"] == "no-store"
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("status", STATUSES)
    def test_its_reference_is_in_the_log(self, world: World, log: io.StringIO, status: str) -> None:
        page = ask(world.browser("cleo"), world, f"/{status}")
        reference = page.headers["X-Request-Reference"]
        assert REFERENCE.fullmatch(reference)
        assert reference in page
        (line,) = (line for line in lines(log) if line["event"] == "request")
        assert (line["reference"], line["status"]) == (reference, int(status))
        assert line["tenant"] == world.slug

    @pytest.mark.parametrize("status", STATUSES)
    def test_json_for_who_takes_nothing_else(self, world: World, status: str) -> None:
        answer = ask(world.browser("cleo"), world, f"/{status}", Accept="application/json")
        assert answer.status_int == int(status)
        body = answer.json
        assert body["success"] is False
        assert set(body["error"]) == {"code", "message", "request_id"}
        assert body["error"]["request_id"] == answer.headers["X-Request-Reference"]

    def test_all_say_something_of_their_own(self, world: World) -> None:
        browser = world.browser("cleo")
        titles = {ask(browser, world, f"/{status}").html.h1.text for status in STATUSES}
        assert len(titles) == len(STATUSES)

    def test_a_page_for_405(self, world: World, log: io.StringIO) -> None:
        page = world.browser("cleo").post(world.url("/profile/end-session-x"), status=404)
        page = world.browser("cleo").put(world.url("/tickets"), status=405)
        assert page.headers["Allow"] == "GET, HEAD"
        assert page.headers["X-Request-Reference"] in page

    def test_no_two_requests_share_a_reference(self, world: World) -> None:
        browser = world.browser("cleo")
        seen = {ask(browser, world, "/404").headers["X-Request-Reference"] for _ in range(50)}
        assert len(seen) == 50

    def test_nobody_is_told_what_broke(self, world: World) -> None:
        for accept in ("text/html", "application/json"):
            answer = ask(world.browser("cleo"), world, "/500", Accept=accept)
            assert SECRET not in answer
            assert "RuntimeError" not in answer
            assert "Traceback" not in answer

    def test_an_error_page_that_fails_too_is_still_an_answer(
        self, world: World, log: io.StringIO
    ) -> None:
        answer = ask(world.browser("cleo"), world, "/beyond-words")
        assert (answer.status_int, answer.content_type) == (500, "text/plain")
        assert answer.headers["X-Request-Reference"] in answer
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert SECRET not in answer
        events = [line["event"] for line in lines(log)]
        assert events == ["unhandled error", "error page failed", "request"]

    def test_in_the_readers_language(self, world: World) -> None:
        page = ask(world.browser("cleo"), world, "/404", **{"Accept-Language": "de"})
        assert page.html.html["lang"] == "de"


class TestLog:
    def test_an_unexpected_error_is_there_with_its_traceback(
        self, world: World, log: io.StringIO
    ) -> None:
        page = ask(world.browser("cleo"), world, "/500")
        (error,) = (line for line in lines(log) if line["event"] == "unhandled error")
        assert error["reference"] == page.headers["X-Request-Reference"]
        assert "RuntimeError" in error["exception"]
        assert "in unexpected" in error["exception"]

    def test_it_holds_no_secrets(self, world: World, visits: Visits, log: io.StringIO) -> None:
        browser = world.anonymous()
        visits.sign_in(browser)
        value = visits.value(browser)
        for path in (
            "/500",
            f"/jwt?token={'x' * 40}.{SECRET}.z",
            f"/404?password={SECRET}",
            f"/login?next=/t?token={SECRET}",
            f"/invitation/{'k' * 43}",
            "/duplicate",
        ):
            ask(browser, world, path)
        ask(browser, world, "/tickets", **{"X-API-Secret": SECRET, "Authorization": SECRET})
        written = log.getvalue()
        assert "staple-lantern-orchid" not in written
        assert SECRET not in written
        assert value not in written
        assert "k" * 43 not in written
        assert "argon2" not in written
        assert len(lines(log)) >= 10

    def test_a_line_for_every_request(self, world: World, log: io.StringIO) -> None:
        ask(world.browser("cleo"), world, "/tickets?q=hinge")
        (line,) = lines(log)
        assert line["event"] == "request"
        assert (line["method"], line["status"]) == ("GET", 200)
        assert line["path"] == world.url("/tickets")
        assert line["ms"] >= 0


class TestTransactions:
    def name(self, world: World) -> str:
        user = world.seed.users["cleo"]
        with world.factory.session(user.tenant_id) as db:
            return db.get_one(User, (user.tenant_id, user.id)).name

    @pytest.mark.parametrize("path", ["duplicate", "late"])
    def test_a_statement_that_is_refused_is_a_page(
        self, world: World, log: io.StringIO, path: str
    ) -> None:
        """Every row was expired by then, the tenant's own among them."""
        page = ask(world.browser("cleo"), world, f"/{path}")
        assert page.status_int == 500
        assert "Acme Audio" in page
        assert DONE not in page
        assert page.headers["X-Request-Reference"] in page
        assert any(line["event"] == "unhandled error" for line in lines(log))
        assert not any(line["event"] == "error page failed" for line in lines(log))

    def test_what_raised_left_nothing_behind(self, world: World) -> None:
        assert ask(world.browser("cleo"), world, "/torn").status_int == 409
        assert self.name(world) == "Cleo Customer"

    def test_a_clash_is_tried_again(self, world: World, log: io.StringIO) -> None:
        answer = ask(world.browser("cleo"), world, "/clash-once")
        assert answer.status_int == 200
        assert answer.text == DONE
        assert self.name(world) == "Renamed"

    def test_clashes_without_end_are_an_error(self, world: World) -> None:
        page = ask(world.browser("cleo"), world, "/clash-always")
        assert page.status_int == 503
        assert "Acme Audio" in page
        assert "cannot reach its database" not in page
        assert self.name(world) == "Cleo Customer"

    def test_a_statement_that_takes_too_long_is_ended(self, world: World) -> None:
        page = ask(world.browser("cleo"), world, "/slow")
        assert page.status_int == 503
        assert page.headers["Retry-After"] == "30"
