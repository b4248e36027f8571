"""Health: every check bounded, nothing told that helps a stranger."""

import json
import threading
import time
from typing import Any

import pytest
from webtest import TestApp

from portal.ops.health import HealthChecks, listener_app


def fine() -> None:
    """A check that passes."""


def broken() -> None:
    """A check that fails, with what nobody outside may read."""
    raise RuntimeError("cannot reach 10.0.0.7")


@pytest.fixture
def checks() -> HealthChecks:
    return HealthChecks(deadline=20, kept=0.0)


def test_ready_without_any_check(checks: HealthChecks) -> None:
    assert checks.report() == (True, {"status": "ready", "checks": {}})


def test_one_failing_check_is_enough_and_its_reason_stays_inside(checks: HealthChecks) -> None:
    checks.add("store", fine)
    checks.add("mail", broken)

    ready, report = checks.report()

    assert not ready
    assert report == {"status": "unavailable", "checks": {"store": "ok", "mail": "failing"}}
    assert checks.failing() == {"mail": "RuntimeError: cannot reach 10.0.0.7"}


def test_what_no_visitor_waits_for_keeps_none_away(checks: HealthChecks) -> None:
    checks.add("jobs", broken, vital=False)

    assert checks.report() == (True, {"status": "degraded", "checks": {"jobs": "failing"}})

    checks.add("database", broken)

    assert checks.report()[0] is False
    assert checks.report()[1]["status"] == "unavailable"


def test_a_check_that_hangs_ends_at_the_deadline_and_holds_one_thread() -> None:
    checks = HealthChecks(deadline=0.5, kept=0.0)
    release, calls = threading.Event(), []

    def hang() -> None:
        calls.append(1)
        release.wait(60)

    checks.add("database", hang)
    started = time.monotonic()
    assert checks.failing() == {"database": "no answer within 0.5 seconds"}
    assert time.monotonic() - started < 30
    assert checks.failing() == {"database": "the check before has not ended"}
    assert len(calls) == 1

    release.set()
    while any(thread.name == "health-database" for thread in threading.enumerate()):
        time.sleep(0.01)
    assert checks.failing() == {}
    assert len(calls) == 2


def test_an_answer_is_kept_for_a_while() -> None:
    calls: list[int] = []
    checks = HealthChecks(kept=60)
    checks.add("database", lambda: calls.append(1))

    for _ in range(5):
        checks.report()

    assert len(calls) == 1


def test_checks_run_side_by_side() -> None:
    checks = HealthChecks(deadline=30, kept=0)
    together = threading.Barrier(3, timeout=25)
    for name in ("a", "b", "c"):
        checks.add(name, lambda: (together.wait(), None)[1])

    assert checks.failing() == {}


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/-/health", 200, {"status": "alive"}),
        ("GET", "/-/ready", 503, {"status": "unavailable", "checks": {"mail": "failing"}}),
        ("GET", "/acme/", 404, {"status": "not found"}),
        ("POST", "/-/ready", 405, {"status": "method not allowed"}),
    ],
)
def test_the_listener_of_its_own(
    checks: HealthChecks, method: str, path: str, status: int, body: dict[str, Any]
) -> None:
    checks.add("mail", broken)

    response = TestApp(listener_app(checks)).request(path, method=method, status=status)

    assert json.loads(response.body) == body
    assert response.headers["Cache-Control"] == "no-store"
    assert "10.0.0.7" not in response.text
