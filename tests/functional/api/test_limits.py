"""How often an API key may call."""

import re
from dataclasses import replace

import pytest

from portal.api import limits
from tests.functional.api.conftest import Client


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CALLS", replace(limits.CALLS, attempts=3))


def test_every_answer_says_what_is_left(client: Client) -> None:
    for left in (599, 598):
        headers = client.get("/tickets").headers
        assert headers["RateLimit-Policy"] == '"calls";q=600;w=60'
        assert re.fullmatch(rf'"calls";r={left};t=\d+', headers["RateLimit"])


@pytest.mark.usefixtures("three")
def test_then_it_has_to_wait(client: Client) -> None:
    for _ in range(3):
        client.get("/tickets", status=200)
    answer = client.get("/tickets", status=429)
    assert answer.json["error"]["code"] == "rate_limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit"].startswith('"calls";r=0;t=')
    Client(client.world, ["tickets:read"]).get("/tickets", status=200)


@pytest.mark.usefixtures("three")
def test_refused_calls_count_as_well(writer: Client) -> None:
    for _ in range(3):
        writer.post("/v2/tickets", {}, status=422)
    writer.post("/v2/tickets", {}, status=429)
    writer.get("/tickets/1", status=429)


@pytest.mark.usefixtures("three")
def test_strangers_use_nothing_up(client: Client) -> None:
    wrong = {**client.headers, "X-API-Secret": "wrong"}
    for _ in range(5):
        client.http.get(client.world.url("/api/v2/tickets"), headers=wrong, status=401)
    client.get("/tickets", status=200)
