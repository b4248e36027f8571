"""A change of all tickets of the large desk, and its undo: what the press of the button takes, how
long the run lasts, and what the queue costs an agent meanwhile."""

import http.client
import re
import statistics
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from benchmarks.data import DataSet
from benchmarks.load import PROXY, machine_load

#: By what they are called; the words in braces are of the data set.
CHANGES = {
    "priority": {"do": "priority:urgent"},
    "assignee": {"do": "assignee:{person}"},
    "tags": {"do": "add_tags:", "tags": "vip gold"},
}
#: Seconds between two looks at the queue and at the run.
PAUSE = 1.0
#: Looks at the queue before a run.
BEFORE = 15

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_GOES_ON = "Refresh"


def measure(place: tuple[str, int], desk: DataSet, only: str) -> Iterator[str]:
    """The lines of the table, each as soon as it is known."""
    yield (
        f"\nof {desk.tickets:,} tickets, one after the other\n\n"
        f"{'':26}{'button':>8}{'run':>8}{'a second':>10}{'queue':>9}{'longest':>9}{'load':>8}\n"
        f"{'':26}{'ms':>8}{'s':>8}{'tickets':>10}{'ms':>9}{'ms':>9}"
    )
    agent = _Agent(place, desk)
    idle = [agent.queue() for _ in range(BEFORE)]
    yield _line("no change", "", "", "", idle)
    for name, form in CHANGES.items():
        if only in f"bulk: {name}":
            fields = {key: value.format(person=desk.colleague) for key, value in form.items()}
            yield from _change(agent, desk, name, fields)


def _change(agent: "_Agent", desk: DataSet, name: str, fields: dict[str, str]) -> Iterator[str]:
    selection = {"all": "1", "sure": "1", "query": "state=any", **fields}
    pressed, run = agent.post(f"/{desk.slug}/bulk", selection)
    yield _run(agent, desk, f"bulk: {name}", pressed, run)
    pressed, _run_again = agent.post(f"{run}/undo", {})
    yield _run(agent, desk, f"bulk: {name}, undone", pressed, run)


def _run(agent: "_Agent", desk: DataSet, name: str, pressed: float, run: str) -> str:
    """Wait for the end of a run, with an eye on the queue."""
    began, queue = time.perf_counter(), []
    while agent.goes_on(run):
        queue.append(agent.queue())
        time.sleep(PAUSE)
    took = time.perf_counter() - began
    return _line(name, f"{pressed:.0f}", f"{took:.0f}", f"{desk.tickets / took:.0f}", queue)


def _line(name: str, pressed: str, took: str, speed: str, queue: list[float]) -> str:
    figures = f"{statistics.median(queue):9.1f}{max(queue):9.1f}" if queue else " " * 18
    return f"{name:26}{pressed:>8}{took:>8}{speed:>10}{figures}{machine_load():>8}"


class _Agent:
    """An agent's browser."""

    def __init__(self, place: tuple[str, int], desk: DataSet) -> None:
        self._place = place
        self._queue = f"/{desk.slug}/tickets"
        self._headers = PROXY | {
            "Accept": "text/html",
            "Cookie": desk.agent,
            "Origin": f"https://{PROXY['Host']}",
        }
        _took, _answer, text = self._ask("GET", self._queue)
        found = _TOKEN.search(text)
        if found is None:
            raise RuntimeError("the queue has no form")
        self._token = found[1]

    def queue(self) -> float:
        """Look at the queue; milliseconds."""
        return self._ask("GET", self._queue)[0]

    def goes_on(self, run: str) -> bool:
        """Whether a run's page reads itself again."""
        _took, answer, _text = self._ask("GET", run)
        return answer.headers[_GOES_ON] is not None

    def post(self, path: str, fields: dict[str, str]) -> tuple[float, str]:
        """Send a form: milliseconds, and where it leads to."""
        body = urlencode({"csrf_token": self._token, **fields})
        took, answer, _text = self._ask("POST", path, body)
        return took, (answer.headers["Location"] or "").removeprefix(f"https://{PROXY['Host']}")

    def _ask(
        self, method: str, path: str, body: str | None = None
    ) -> tuple[float, http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection(*self._place, timeout=60)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        began = time.perf_counter()
        connection.request(method, path, body, headers=self._headers | kind)
        answer = connection.getresponse()
        text = answer.read().decode()
        took = (time.perf_counter() - began) * 1000
        connection.close()
        if answer.status != (200 if method == "GET" else 303):
            raise RuntimeError(f"{method} {path} answered {answer.status}")
        return took, answer, text
