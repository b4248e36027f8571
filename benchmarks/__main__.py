"""`python -m benchmarks`: a table of how long a sign-in, lists and searches take under load."""

import argparse
import os
import platform
import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from pyramid.request import Request
from pyramid.router import Router
from sqlalchemy import Engine, event

from benchmarks import load
from benchmarks.data import COMMON, RARE, SLUG, DataSet, build
from benchmarks.installation import running
from benchmarks.load import Answer, Page, Requests, SignIns
from portal import application
from portal.db import embedded
from portal.ops import logging

#: Requests by which the statements are counted, after one that fills the caches.
COUNTED = 5


def main() -> None:
    """Build the data set, load a real server with it, and print what was measured."""
    options = _options()
    # The clients' processes first, while there is nothing yet that they would inherit.
    with load.processes(options.clients) as pool, running() as installation:
        settings = embedded.resolve(installation.settings)
        logging.configure(settings.log_format, "error")
        app = application(settings)
        print(f"Building the data set: {options.tickets} tickets …", flush=True)
        data = build(app, settings, options.tickets)
        shapes = _shapes(data, options.only)
        print(_heading(options.clients, options.seconds))
        for name, requests in shapes.items():
            queries = _queries(app, requests)
            place = (installation.host, installation.port)
            answers = load.run(pool, place, requests, options.clients, options.seconds)
            print(_row(name, answers, options.seconds, queries), flush=True)
        app.registry["db.engine"].dispose()
        embedded.start(settings.data).close()
    print(f"\nLoad of the machine at the end (1, 5, 15 minutes): {_machine_load()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--clients", type=int, default=8, help="clients at once (8)")
    parser.add_argument("--seconds", type=float, default=15, help="measured, a row (15)")
    parser.add_argument("--tickets", type=int, default=1000, help="in the agents' queue (1000)")
    parser.add_argument("--only", default="", help="a part of a row's name: queue, search")
    return parser.parse_args()


def _shapes(data: DataSet, only: str) -> dict[str, Requests]:
    shapes: dict[str, Requests] = {
        "sign-in callback": SignIns(SLUG, data.secret, data.emails),
        "customer's list": Page(f"/{SLUG}/tickets", data.customer),
        "agent's queue": Page(f"/{SLUG}/tickets", data.agent),
        "search, rare": Page(f"/{SLUG}/tickets/search?q={RARE}", data.agent),
        "search, common": Page(f"/{SLUG}/tickets/search?q={COMMON}", data.agent),
    }
    return {name: requests for name, requests in shapes.items() if only in name}


def _heading(clients: int, seconds: float) -> str:
    return (
        f"\n{clients} clients at once, {seconds:g} s a row, Python {platform.python_version()}, "
        f"{os.cpu_count()} processors, load {_machine_load()}\n\n"
        f"{'':18}{'median':>9}{'p90':>9}{'p99':>9}{'longest':>9}   {'a second':>8}"
        f"{'queries':>9}{'requests':>10}{'wrong':>7}\n"
        f"{'':18}{'ms':>9}{'ms':>9}{'ms':>9}{'ms':>9}"
    )


def _row(name: str, answers: list[Answer], seconds: float, queries: float) -> str:
    times = sorted(answer.ms for answer in answers)
    if len(times) < 2:
        return f"{name:18} no answers"
    parts = statistics.quantiles(times, n=100, method="inclusive")
    wrong = sum(not answer.right for answer in answers)
    figures = "".join(f"{value:9.1f}" for value in (parts[49], parts[89], parts[98], times[-1]))
    return f"{name:18}{figures}   {len(times) / seconds:8.1f}{queries:9g}{len(times):10}{wrong:7}"


def _queries(app: Router, requests: Requests) -> float:
    """Statements that reach the database for one request, BEGIN and COMMIT not counted.

    Counted in this process, on the same database: the server's cannot be looked into. Raises
    RuntimeError when an answer is not the right one.
    """
    counts = []
    for path, headers, status in requests(0):
        request = Request.blank(path, headers=headers, base_url="https://127.0.0.1")
        with _counting(app.registry["db.engine"]) as statements:
            answer = request.get_response(app)
        if answer.status_int != status:
            raise RuntimeError(f"{path.partition('?')[0]} answered {answer.status}")
        counts.append(len(statements))
        if len(counts) > COUNTED:
            break
    return statistics.median(counts[1:])


@contextmanager
def _counting(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _machine_load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


if __name__ == "__main__":
    main()
