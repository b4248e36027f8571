"""`python -m benchmarks`: what every page costs on a small and on a large desk, and how long a
sign-in, lists and searches take under load."""

import argparse
import os
import platform
import statistics
import time

from pyramid.router import Router

from benchmarks import bulk, load, pages
from benchmarks.data import DataSet, build, settle
from benchmarks.desk import COMMON, RARE
from benchmarks.installation import running
from benchmarks.load import Answer, Page, Requests, SignIns
from portal import application
from portal.db import embedded
from portal.ops import logging

#: Tickets of the desk that the large one is compared with.
FEW = 100
#: Requests by which the statements are counted, after one that fills the caches.
COUNTED = 5


def main() -> None:
    """Build both desks, ask a real server for them, and print what was measured."""
    options = _options()
    # The clients' processes first, while there is nothing yet that they would inherit.
    with load.processes(options.clients) as pool, running() as installation:
        settings = embedded.resolve(installation.settings)
        logging.configure(settings.log_format, "error")
        app = application(settings)
        place = (installation.host, installation.port)
        print(_machine(), flush=True)
        desks = []
        for slug, tickets in (("few", FEW), ("many", options.tickets)):
            began = time.monotonic()
            desks.append(build(app, settings, slug, tickets))
            print(f"{tickets:,} tickets: {time.monotonic() - began:.0f} s", flush=True)
        settle(settings)
        if options.part in (None, "pages"):
            for line in pages.measure(app, place, desks, options.only):
                print(line, flush=True)
        if options.part in (None, "load"):
            print(_heading(options.clients, options.seconds))
            for name, requests in _shapes(desks[-1], options.only).items():
                queries = _queries(app, requests)
                answers = load.run(pool, place, requests, options.clients, options.seconds)
                print(_row(name, answers, options.seconds, queries), flush=True)
        if options.part == "bulk":
            for line in bulk.measure(place, desks[-1], options.only):
                print(line, flush=True)
        app.registry["db.engine"].dispose()
        embedded.start(settings.data).close()
    print(f"\nLoad of the machine at the end (1, 5, 15 minutes): {_machine_load()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--clients", type=int, default=8, help="clients at once (8)")
    parser.add_argument("--seconds", type=float, default=15, help="measured, a row of load (15)")
    parser.add_argument("--tickets", type=int, default=100_000, help="of the large desk (100000)")
    parser.add_argument("--only", default="", help="a part of a row's name: queue, search")
    parser.add_argument("--part", choices=("pages", "load", "bulk"), help="one of the tables")
    return parser.parse_args()


def _shapes(data: DataSet, only: str) -> dict[str, Requests]:
    tickets = f"/{data.slug}/tickets"
    shapes: dict[str, Requests] = {
        "sign-in callback": SignIns(data.slug, data.secret, data.emails),
        "customer's list": Page(tickets, data.customer),
        "agent's queue": Page(tickets, data.agent),
        "search, rare": Page(f"{tickets}/search?q={RARE}", data.agent),
        "search, common": Page(f"{tickets}/search?q={COMMON}", data.agent),
    }
    return {name: requests for name, requests in shapes.items() if only in name}


def _machine() -> str:
    return (
        f"Python {platform.python_version()}, {os.cpu_count()} processors, load {_machine_load()}"
    )


def _heading(clients: int, seconds: float) -> str:
    return (
        f"\n{clients} clients at once, {seconds:g} s a row, load {_machine_load()}\n\n"
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
    """The statements of one request; see `pages.queries`."""
    counts = []
    for path, headers, _status in requests(0):
        counts.append(pages.queries(app, path, headers))
        if len(counts) > COUNTED:
            break
    return statistics.median(counts[1:])


def _machine_load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


if __name__ == "__main__":
    main()
