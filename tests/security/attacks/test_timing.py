"""Response timing: what is unknown costs the same work as what is wrong.

Counted, not measured: hashes and statements, one by one. The clock is read as well and printed
(`pytest -rP`), for whoever wants to see it; no test depends on it.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine

from portal.people import passwords
from portal.security import api_keys
from portal.security.api_keys import ApiKeyService
from tests.queries import QueryCounter
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL

pytestmark = pytest.mark.security

Shape = list[str]


class Work:
    """What a request costs: the statements by their text, and the hashes."""

    def __init__(self, counter: QueryCounter, hashes: list[str]) -> None:
        self.counter = counter
        self.hashes = hashes

    def of(self, call: Callable[[], Any]) -> tuple[Shape, int]:
        """The work of a call."""
        self.counter.reset()
        self.hashes.clear()
        call()
        return [" ".join(text.split()) for text in self.counter.statements], len(self.hashes)


@pytest.fixture
def work(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    hashes: list[str] = []

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            hashes.append(function.__name__)
            return function(*arguments, **options)

        return call

    for name in ("verify_password", "verify_nobody"):
        monkeypatch.setattr(
            f"portal.signin.local_password.{name}", counted(getattr(passwords, name))
        )
    monkeypatch.setattr(api_keys, "secret_hash", counted(api_keys.secret_hash))
    counter = QueryCounter(engine)
    yield Work(counter, hashes)
    counter.detach()


def measured(name: str, calls: dict[str, Callable[[], Any]], rounds: int = 8) -> None:
    """Print the median of each in milliseconds, in turn, so that all meet the same machine."""
    times: dict[str, list[float]] = {what: [] for what in calls}
    for _ in range(rounds):
        for what, call in calls.items():
            start = time.perf_counter()
            call()
            times[what].append((time.perf_counter() - start) * 1000)
    medians = {what: round(statistics.median(found), 2) for what, found in times.items()}
    print(name, medians)  # noqa: T201 - to be read with -rP


class TestPasswords:
    def ask(self, own: Target, email: str) -> Callable[[], Any]:
        """A wrong password for an address, in a browser that has the form already."""
        browser = own.browser()
        form = browser.get(own.world.url("/login/local")).forms[0]
        form["email"], form["password"] = email, "wrong-password"

        def submit() -> Any:
            return form.submit(expect_errors=True)

        return submit

    def test_an_unknown_account_costs_what_a_wrong_password_costs(
        self, own: Target, work: Work
    ) -> None:
        own.site.change("dora", password_hash=None)
        asks = {
            "wrong password": self.ask(own, "cleo@customer.test"),
            "unknown account": self.ask(own, "nobody@customer.test"),
            "an account without a password": self.ask(own, "dora@customer.test"),
            "an admin's": self.ask(own, "ada@acme.test"),
        }
        found = {name: work.of(ask) for name, ask in asks.items()}
        wanted = found.pop("wrong password")
        assert wanted[1] == 1
        for name, cost in found.items():
            assert cost == wanted, name
        answers = {name: ask() for name, ask in asks.items()}
        assert {answer.status_int for answer in answers.values()} == {401}
        measured("password", asks, rounds=4)

    def test_the_answers_differ_in_nothing(self, own: Target) -> None:
        texts = set()
        for email in ("cleo@customer.test", "none@customer.test"):
            response = self.ask(own, email)()
            page = response.text.replace(email, "").replace(
                response.headers["X-Request-Reference"], ""
            )
            tokens = response.html.find_all("input", attrs={"name": "csrf_token"})
            for field in tokens:
                page = page.replace(field["value"], "")
            texts.add(page)
        assert len(texts) == 1


class TestKeys:
    def ask(self, own: Target, public_id: str, secret: str, path: str) -> Callable[[], Any]:
        """A call of the backend's."""
        headers = {"X-API-Key": public_id, "X-API-Secret": secret}
        browser = own.browser()

        def post() -> Any:
            return browser.post_json(
                own.world.url(path), {"email": "cleo@customer.test"}, headers=headers,
                expect_errors=True,
            )  # fmt: skip

        return post

    @pytest.mark.parametrize("path", ["/api/auth/redirect", "/api/auth/logout", "/api/v2/tickets"])
    def test_an_unknown_key_costs_what_a_wrong_secret_costs(
        self, own: Target, work: Work, path: str
    ) -> None:
        tenant = own.site.tenant
        with own.world.factory.session(tenant.id) as db:
            key, secret = ApiKeyService(db, tenant).create("Backend", list(api_keys.SCOPES))
            known = key.public_id
        asks = {
            "wrong secret": self.ask(own, known, "x" * len(secret), path),
            "unknown key": self.ask(own, "tk_" + "0" * 16, secret, path),
            "nearly the secret": self.ask(own, known, secret[:-1] + "~", path),
            "a long secret": self.ask(own, known, "x" * 500, path),
        }
        for ask in asks.values():
            ask()  # the first call from an address makes its row in the ledger of attempts
        found = {name: work.of(ask) for name, ask in asks.items()}
        wanted = found.pop("wrong secret")
        for name, cost in found.items():
            assert cost == wanted, name
        assert {ask().status_int for ask in asks.values()} == {401}
        measured(path, asks)


def test_a_wrong_signature_costs_the_same_whoever_it_is_for(own: Target, work: Work) -> None:
    """Whether there is such a person is looked up only once the signature is right."""
    costs = []
    for email in ("cleo@customer.test", "nobody@customer.test", "ada@acme.test"):
        raw = own.token(CENTRAL, email=email)
        broken = raw[:-10] + ("A" * 10 if not raw.endswith("A" * 10) else "B" * 10)
        browser = own.browser()
        costs.append(work.of(partial(own.send, CENTRAL, broken, browser)))
    assert costs[0] == costs[1] == costs[2]
    assert not any("users" in statement for statement in costs[0][0])
