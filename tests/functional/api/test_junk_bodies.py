"""Whatever is in a body or a header: an answer in JSON, and never a 500."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.security.api_keys import SCOPES
from tests.factories import World
from tests.functional.api.conftest import Client
from tests.functional.signin.conftest import Site

NAMES = [
    "email", "name", "title", "description", "priority", "external_user_id", "redirect_url", "role",
    "tenant", "token",
]  # fmt: skip
PATHS = ["/v2/tickets", "/auth/redirect", "/auth/logout"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["cleo@customer.test", "\0", "\ud800", "th_" + "A" * 43, "a.b.c", "high"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)  # fmt: skip
EFFORT = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def caller(world: World, site: Site) -> Client:
    return Client(world, list(SCOPES))


def check(answer: Any) -> None:
    assert answer.status_int < 500
    assert isinstance(answer.json["success"], bool)
    assert answer.json["success"] is (answer.status_int < 400)


@given(path=st.sampled_from(PATHS), body=st.dictionaries(st.sampled_from(NAMES), VALUES))
@EFFORT
def test_in_the_fields(caller: Client, path: str, body: dict[str, Any]) -> None:
    url = caller.world.url(f"/api{path}")
    sure = {"email": "cleo@customer.test", "title": "T", "description": "D"}
    for fields in (body, sure | body):
        for headers in (caller.headers, {}):
            check(caller.http.post_json(url, fields, headers=headers, expect_errors=True))


@given(
    path=st.sampled_from(PATHS),
    body=st.binary(max_size=60),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "x", "x/y;"]),
)
@EFFORT
def test_in_the_body(caller: Client, path: str, body: bytes, kind: str) -> None:
    for address in (caller.world.url(f"/api{path}"), f"/api{path}"):
        headers = {**caller.headers, "Content-Type": kind}
        check(caller.http.post(address, body, headers=headers, expect_errors=True))


@given(value=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40))
@EFFORT
def test_in_the_headers(caller: Client, value: str) -> None:
    for name in ("X-API-Key", "X-API-Secret", "Authorization", "Origin", "Idempotency-Key"):
        for address in (caller.world.url("/api/auth/redirect"), "/api/v2/tickets"):
            environ = {f"HTTP_{name.upper().replace('-', '_')}": value}
            headers = {k: v for k, v in caller.headers.items() if k != name}
            answer = caller.http.post_json(
                address, {}, headers=headers, extra_environ=environ, expect_errors=True
            )
            check(answer)
