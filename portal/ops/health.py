"""Is the process alive, and is it ready for visitors?

`/-/health` says that the process answers, and touches nothing: restarting it would not help a
database that is away. `/-/ready` asks every registered check and answers 503 while one fails, so
that a proxy sends visitors elsewhere; or 200 and `degraded` where only checks fail that no visitor
waits for. Features add checks with `config.add_health_check`.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy import Engine, NullPool, create_engine, text

from portal.db import migrations
from portal.db.deadline import keep_deadline

#: Raises when what it looks at is not fit for visitors. Called from a thread of its own.
HealthCheck = Callable[[], None]

#: Seconds that a check may take.
DEADLINE = 3.0
#: Seconds that an answer is kept: anybody may ask, and asking must not be a way to keep us busy.
KEPT = 1.0

log = structlog.get_logger("portal.health")


class HealthChecks:
    """The registered checks, run together, each bounded in time."""

    def __init__(self, deadline: float = DEADLINE, kept: float = KEPT) -> None:
        self._checks: dict[str, HealthCheck] = {}
        self._not_vital: set[str] = set()
        self._running: dict[str, threading.Thread] = {}
        self._deadline = deadline
        self._kept = kept
        self._lock = threading.Lock()
        self._failing: dict[str, str] = {}
        self._asked_at = float("-inf")

    def add(self, name: str, check: HealthCheck, *, vital: bool = True) -> None:
        """Register a check. A second one of the same name takes the place of the first.

        `vital`: whether visitors must be kept away while it fails.
        """
        self._checks[name] = check
        (self._not_vital.discard if vital else self._not_vital.add)(name)

    def failing(self) -> dict[str, str]:
        """The checks that fail now, each with its reason."""
        with self._lock:
            if time.monotonic() - self._asked_at > self._kept:
                self._failing = self._run()
                self._asked_at = time.monotonic()
            return self._failing

    def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether visitors may come, and what the outside may know. Reasons stay in the log."""
        failing = self.failing()
        checks = {name: "failing" if name in failing else "ok" for name in self._checks}
        fit = failing.keys() <= self._not_vital
        status = "unavailable" if not fit else "degraded" if failing else "ready"
        return fit, {"status": status, "checks": checks}

    def _run(self) -> dict[str, str]:
        failing: dict[str, str] = {}
        for name, check in self._checks.items():
            previous = self._running.get(name)
            if previous is not None and previous.is_alive():
                # One thread that hangs is enough.
                failing[name] = "the check before has not ended"
                continue
            thread = threading.Thread(
                target=_note, args=(name, check, failing), name=f"health-{name}", daemon=True
            )
            self._running[name] = thread
            thread.start()
        deadline = time.monotonic() + self._deadline
        for name in self._checks:
            if name not in failing:
                self._running[name].join(max(0.0, deadline - time.monotonic()))
                if self._running[name].is_alive():
                    failing[name] = f"no answer within {self._deadline:g} seconds"
        for name, reason in failing.items():
            log.warning("check_failing", check=name, reason=reason)
        return dict(failing)


def _note(name: str, check: HealthCheck, failing: dict[str, str]) -> None:
    try:
        check()
    except Exception as error:  # noqa: BLE001  (whatever a check raises means "not ready")
        failing[name] = f"{type(error).__name__}: {error}"


class OpsContext:
    """The context of the routes below `/-/`: no tenant, nothing to be permitted."""

    __parent__ = None
    __name__ = "-"

    def __init__(self, request: Request) -> None:
        self.request = request


def health(_request: Request) -> Response:
    """Alive."""
    return _json(200, {"status": "alive"})


def ready(request: Request) -> Response:
    """Ready for visitors, or 503."""
    fine, report = request.registry["portal.health"].report()
    return _json(200 if fine else 503, report)


def listener_app(checks: HealthChecks) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """A WSGI application of the same two answers, for a listener that serves nothing else."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO"), environ.get("REQUEST_METHOD")
        if method not in ("GET", "HEAD"):
            status, body = 405, {"status": "method not allowed"}
        elif path == "/-/health":
            status, body = 200, {"status": "alive"}
        elif path == "/-/ready":
            fine, body = checks.report()
            status = 200 if fine else 503
        else:
            status, body = 404, {"status": "not found"}
        answer: Iterable[bytes] = _json(status, body)(environ, start_response)
        return answer

    return app


def _json(status: int, body: dict[str, Any]) -> Response:
    response = Response(
        body=json.dumps(body).encode() + b"\n", status=status, content_type="application/json"
    )
    response.cache_control.no_store = True
    return response


def _engine(url: str) -> Engine:
    """Connections apart from the pages' pool: a pool that is all in use is busy, not broken."""
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"connect_timeout": 2, "application_name": "health"}
    )
    keep_deadline(engine, DEADLINE)
    return engine


def check_database(engine: Engine) -> None:
    """The database answers a query."""
    with engine.connect() as connection:
        connection.execute(text("select 1"))


def check_migrations(engine: Engine) -> None:
    """No migration is pending. Raises RuntimeError that names those which are."""
    if steps := migrations.pending(engine):
        raise RuntimeError("pending migrations: " + ", ".join(steps))


def add_health_check(
    config: Configurator, name: str, check: HealthCheck, *, vital: bool = True
) -> None:
    """Pyramid directive: `/-/ready` answers 503 while `check` raises; or, of a check that is not
    `vital`, 200 and `degraded`."""
    checks: HealthChecks = config.registry["portal.health"]
    config.action(("health_check", name), lambda: checks.add(name, check, vital=vital))


def includeme(config: Configurator) -> None:
    """The two routes, the directive, and the checks of the database."""
    config.registry["portal.health"] = HealthChecks()
    config.add_directive("add_health_check", add_health_check)
    engine = _engine(config.registry["portal.settings"].database_url)
    config.add_health_check("database", lambda: check_database(engine))
    config.add_health_check("migrations", lambda: check_migrations(engine))
    for name, view in (("health", health), ("ready", ready)):
        config.add_route(name, f"/-/{name}", factory=OpsContext)
        config.add_view(
            view,
            route_name=name,
            request_method="GET",
            permission=NO_PERMISSION_REQUIRED,
        )
