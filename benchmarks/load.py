"""Clients: threads in a few processes, each with a connection of its own."""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import multiprocessing
import os
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.pool import Pool
from typing import NamedTuple

#: What the proxy in front of a portal adds: it has ended TLS.
PROXY = {"Host": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
#: Threads a process: one process alone would be as busy as the server.
THREADS = 4
#: Seconds before the measuring begins.
WARM_UP = 2.0

#: From a client's number to its requests: path, headers, and the status that is right.
Requests = Callable[[int], Iterator[tuple[str, dict[str, str], int]]]


class Answer(NamedTuple):
    """One request: when it was answered (`time.time()`), in how many milliseconds."""

    at: float
    ms: float
    right: bool


@dataclass(frozen=True)
class SignIns:
    """A visitor with a fresh token and no cookies, each time a known customer."""

    slug: str
    secret: str
    emails: list[str]

    def __call__(self, client: int) -> Iterator[tuple[str, dict[str, str], int]]:
        """Callbacks of Central Tickets, for ever."""
        chosen = random.Random(client)  # noqa: S311 - which customer comes next is no secret
        while True:
            path = f"/{self.slug}/auth/callback?token={self._token(chosen.choice(self.emails))}"
            yield path, {"Accept": "text/html"}, 303

    def _token(self, email: str) -> str:
        now = int(time.time())
        claims = {
            "email": email, "name": email.partition("@")[0], "iat": now, "exp": now + 120,
            "jti": uuid.uuid4().hex, "redirect_url": "/tickets",
        }  # fmt: skip
        head = _b64(b'{"alg":"HS256","typ":"JWT"}')
        signing_input = f"{head}.{_b64(json.dumps(claims).encode())}"
        made = hmac.new(self.secret.encode(), signing_input.encode(), hashlib.sha256).digest()
        return f"{signing_input}.{_b64(made)}"


@dataclass(frozen=True)
class Page:
    """A page, again and again, of somebody who is signed in."""

    path: str
    cookie: str

    def __call__(self, _client: int) -> Iterator[tuple[str, dict[str, str], int]]:
        """The same request, for ever."""
        return itertools.repeat((self.path, {"Accept": "text/html", "Cookie": self.cookie}, 200))


def machine_load() -> str:
    """How many processes wanted the processors during the last minute."""
    return f"{os.getloadavg()[0]:.2f}"


def processes(clients: int) -> Pool:
    """Enough processes for so many clients."""
    return multiprocessing.get_context("fork").Pool(len(_groups(clients)))


def run(
    pool: Pool, place: tuple[str, int], requests: Requests, clients: int, seconds: float
) -> list[Answer]:
    """What `clients` at once were answered within `seconds`, after the warm-up.

    `place` is the server's host and port.
    """
    # All threads are up before any of them asks.
    start = time.time() + 0.5
    end = start + WARM_UP + seconds
    jobs = [(*place, requests, group, start, end) for group in _groups(clients)]
    found = pool.starmap(_group, jobs, chunksize=1)
    return [answer for group in found for answer in group if answer.at >= start + WARM_UP]


def _groups(clients: int) -> list[list[int]]:
    numbers = list(range(clients))
    return [numbers[first : first + THREADS] for first in range(0, clients, THREADS)]


def _group(
    host: str, port: int, requests: Requests, group: list[int], start: float, end: float
) -> list[Answer]:
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=_client, args=(host, port, requests(each), start, end, answers))
        for each in group
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _client(
    host: str,
    port: int,
    requests: Iterator[tuple[str, dict[str, str], int]],
    start: float,
    end: float,
    answers: list[Answer],
) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    time.sleep(max(0.0, start - time.time()))
    for path, headers, status in requests:
        if time.time() >= end:
            break
        began = time.perf_counter()
        connection.request("GET", path, headers=PROXY | headers)
        response = connection.getresponse()
        response.read()
        took = (time.perf_counter() - began) * 1000
        answers.append(Answer(time.time(), took, response.status == status))
    connection.close()


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
