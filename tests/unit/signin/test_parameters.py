"""Rule C1: one token, once, of a sensible size."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.signin.codes import Code
from portal.signin.parameters import TOKEN_LIMIT, TOKEN_NAMES, read_parameters
from portal.signin.refusals import Refusal
from tests.unit.signin.tokens import refusal_of

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("name", TOKEN_NAMES)
def test_each_name_is_accepted_in_query_and_form(name: str) -> None:
    assert read_parameters(f"{name}=a.b.c".encode()).token == "a.b.c"
    assert read_parameters(b"", f"{name}=a.b.c".encode(), FORM).token == "a.b.c"
    assert read_parameters(b"", f"{name}=a.b.c".encode(), f"{FORM}; charset=utf-8").token == "a.b.c"


def test_white_space_around_the_token_is_dropped() -> None:
    assert read_parameters(b"token=+%0d%0aa.b.c%09+").token == "a.b.c"


def test_other_parameters_are_read_when_asked_for() -> None:
    query = b"utm_source=x&utm_source=y&account_id=a%26b&token=t&auth_url=https%3A%2F%2Fx"
    read = read_parameters(query, names=["account_id", "auth_url", "state"])
    assert (read.get("account_id"), read.get("auth_url")) == ("a&b", "https://x")
    assert read.get("state") is None
    assert read.get("utm_source") is None


def test_path_parameters_count_like_the_others() -> None:
    read = read_parameters(b"token=t", names=["client_id"], path={"client_id": "c"})
    assert read.get("client_id") == "c"
    with pytest.raises(Refusal, match="request_malformed"):
        read_parameters(b"token=t&client_id=d", names=["client_id"], path={"client_id": "c"})


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        (b"", b"", Code.TOKEN_MISSING),
        (b"token=", b"", Code.TOKEN_MISSING),
        (b"token", b"", Code.TOKEN_MISSING),
        (b"token=+%20", b"", Code.TOKEN_MISSING),
        (b"Token=x", b"", Code.TOKEN_MISSING),
        (b"token=a&token=a", b"", Code.REQUEST_MALFORMED),
        (b"token=a&jwt=a", b"", Code.REQUEST_MALFORMED),
        (b"token=a&jwt=", b"", Code.REQUEST_MALFORMED),
        (b"token=a", b"token=a", Code.REQUEST_MALFORMED),
        (b"token=a", b"jwt=a", Code.REQUEST_MALFORMED),
        (b"tok%65n=a&token=a", b"", Code.REQUEST_MALFORMED),
        (b"token=a&state=1&state=2", b"", Code.REQUEST_MALFORMED),
        (b"token=a&state=1", b"state=1", Code.REQUEST_MALFORMED),
        (b"token=%ff", b"", Code.REQUEST_MALFORMED),
        (b"token=a&x=%ff", b"", Code.REQUEST_MALFORMED),
        (b"token=a&%ff=x", b"", Code.REQUEST_MALFORMED),
        (b"token=a%00", b"", Code.REQUEST_MALFORMED),
        (b"token=a&x=%00", b"", Code.REQUEST_MALFORMED),
        (b"token=%ed%a0%80", b"", Code.REQUEST_MALFORMED),
        (b"&".join(b"x=1" for _ in range(101)), b"", Code.REQUEST_MALFORMED),
        (b"token=" + b"a" * (TOKEN_LIMIT + 1), b"", Code.TOKEN_TOO_LARGE),
        (b"token=" + b"%c3%a9" * (TOKEN_LIMIT // 2 + 1), b"", Code.TOKEN_TOO_LARGE),
        (b"x=" + b"a" * 40_000, b"", Code.TOKEN_TOO_LARGE),
        (b"", b"x=" + b"a" * 40_000, Code.TOKEN_TOO_LARGE),
    ],
)
def test_anything_else_is_refused(query: bytes, body: bytes, code: Code) -> None:
    with pytest.raises(Refusal) as refused:
        read_parameters(query, body, FORM, names=["state"])
    assert refused.value.code is code


def test_the_largest_token_passes() -> None:
    assert len(read_parameters(b"token=" + b"a" * TOKEN_LIMIT).token) == TOKEN_LIMIT


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x"])
def test_only_a_plain_form_is_read(content_type: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_parameters(b"", b"token=a", content_type)
    assert refused.value.code is Code.REQUEST_MALFORMED
    assert refused.value.hint is not None


def test_the_token_is_not_in_the_repr() -> None:
    assert "a.b.c" not in repr(read_parameters(b"token=a.b.c"))


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(["", FORM, "é"]))
def test_any_bytes_are_read_or_refused(query: bytes, body: bytes, content_type: str) -> None:
    for raw in (query, b"token=" + query):
        read = functools.partial(read_parameters, raw, body, content_type, names=["state"])
        refusal = refusal_of(read)
        if refusal is None:
            assert read().token
        else:
            assert refusal.code.status in (400, 413)
