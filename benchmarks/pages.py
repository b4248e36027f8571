"""Every page of agents and customers: its queries and its time, on a young desk and on an old one.

One client asks, with nobody beside it: what a page costs, not what a server bears.
"""

import http.client
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from pyramid.request import Request
from pyramid.router import Router
from sqlalchemy import Engine, event

from benchmarks.data import DataSet
from benchmarks.desk import COMMON, RARE
from benchmarks.load import PROXY

#: Requests that are not measured, and those that are.
WARM, MEASURED = 3, 15

#: By what is done there; the words in braces are of the data set.
AGENT: Mapping[str, str] = {
    "home": "",
    "queue": "tickets",
    "queue, mine": "tickets?state=unsolved&assignee=me",
    "queue, unassigned": "tickets?state=unsolved&assignee=none",
    "queue, pending": "tickets?state=pending",
    "queue, solved": "tickets?state=solved",
    "queue, everything": "tickets?state=any",
    "queue, most urgent": "tickets?state=unsolved&sort=urgency",
    "queue, longest unchanged": "tickets?state=unsolved&sort=oldest",
    "queue, newest": "tickets?state=any&sort=created",
    "queue, starred": "tickets?is=starred",
    "queue, followed": "tickets?is=following",
    "queue, snoozed": "tickets?is=snoozed",
    "queue, of a tag": "tickets?state=unsolved&tag=tag-3",
    "queue, of a field": "tickets?state=any&field.model=Studio",
    "queue, of a requester": "tickets?state=any&requester=customer-0%40bench.test",
    "queue, of an organisation": "tickets?state=any&organisation={organisation}",
    "queue, of a project": "tickets?state=any&project=none",
    "queue, words": "tickets?state=unsolved&q={common}",
    "queue, a rare word": "tickets?state=any&q={rare}",
    "saved view": "tickets?view={view}",
    "next in the queue": "tickets/{newest}/next",
    "ticket": "tickets/{old}",
    "ticket, long": "tickets/{newest}",
    "ticket, writing": "tickets/{old}?compose=reply",
    "ticket, printed": "tickets/{newest}/print",
    "new ticket": "tickets/new",
    "search, rare": "tickets/search?q={rare}",
    "search, common": "tickets/search?q={common}",
    "search, operators": "tickets/search?q=state%3Aunsolved+tag%3Atag-3+{common}",
    "search, a number": "tickets/search?q=A-7312",
    "suggestions": "tickets/suggest?q={common}",
    "manage views": "views",
    "new view": "views/new?state=open",
    "bulk changes": "bulk",
    "people": "people",
    "person": "people/{person}",
    "organisation": "organisations/{organisation}",
    "notifications": "notifications",
    "poll of a list": "live",
    "poll of a ticket": "live/{old}",
}
CUSTOMER: Mapping[str, str] = {
    "home": "",
    "list": "tickets",
    "list, needs your reply": "tickets?tab=waiting",
    "list, open": "tickets?tab=open",
    "list, closed": "tickets?tab=closed",
    "list, company": "tickets?whose=organisation&tab=closed",
    "list, words": "tickets?q={common}",
    "list, a rare word": "tickets?q={rare}&whose=organisation",
    "thread": "tickets/{old}",
    "thread, long": "tickets/{newest}",
    "new ticket": "tickets/new",
    "notifications": "notifications",
    "profile": "profile",
    "poll of a list": "live",
}


def measure(
    app: Router, place: tuple[str, int], desks: Sequence[DataSet], only: str
) -> Iterator[str]:
    """The lines of the table, each as soon as it is known."""
    head = "".join(f"{f'{desk.tickets:,} tickets':>22}" for desk in desks)
    yield f"\n{'':36}{head}\n{'':36}" + f"{'queries':>13}{'ms':>9}" * len(desks)
    for who, pages in (("agent", AGENT), ("customer", CUSTOMER)):
        for name, path in pages.items():
            line = f"{who}: {name}"
            if only in line:
                yield f"{line:36}{_figures(app, place, desks, who, path)}"


def queries(app: Router, path: str, headers: Mapping[str, str]) -> int:
    """Statements that reach the database for one request, BEGIN and COMMIT not counted.

    Counted in this process, on the same database: the server's cannot be looked into. Raises
    RuntimeError for an answer that is none.
    """
    request = Request.blank(path, headers=dict(headers), base_url="https://127.0.0.1")
    with _counting(app.registry["db.engine"]) as statements:
        answer = request.get_response(app)
    _check(path, answer.status_int)
    return len(statements)


def _figures(
    app: Router, place: tuple[str, int], desks: Sequence[DataSet], who: str, path: str
) -> str:
    """Of each desk in turn, so that whatever else the machine does is done to all of them."""
    requests = [_request(desk, who, path) for desk in desks]
    asked = [[queries(app, *request) for _ in range(WARM)][-1] for request in requests]
    connection = http.client.HTTPConnection(*place, timeout=60)
    times: list[list[float]] = [[] for _ in requests]
    for number in range(WARM + MEASURED):
        for taken, request in zip(times, requests, strict=True):
            milliseconds = _milliseconds(connection, *request)
            if number >= WARM:
                taken.append(milliseconds)
    connection.close()
    pairs = zip(asked, times, strict=True)
    return "".join(f"{each:13}{statistics.median(taken):9.1f}" for each, taken in pairs)


def _request(desk: DataSet, who: str, path: str) -> tuple[str, dict[str, str]]:
    """The path and the headers of a page."""
    named = path.format(
        newest=desk.tickets,
        # One of the first customer's.
        old=desk.tickets - 20,
        person=desk.person,
        organisation=desk.organisation,
        view=desk.view,
        common=COMMON,
        rare=RARE,
    )
    cookie = desk.agent if who == "agent" else desk.customer
    return f"/{desk.slug}/{named}", {"Accept": "text/html", "Cookie": cookie}


def _milliseconds(
    connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]
) -> float:
    """From sending a request to having read its answer."""
    began = time.perf_counter()
    connection.request("GET", path, headers=PROXY | dict(headers))
    answer = connection.getresponse()
    answer.read()
    _check(path, answer.status)
    return (time.perf_counter() - began) * 1000


def _check(path: str, status: int) -> None:
    if status >= 400:
        raise RuntimeError(f"{path.partition('?')[0]} answered {status}")


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
