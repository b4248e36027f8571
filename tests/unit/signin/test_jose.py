"""Tokens taken apart: what two parsers could read differently is refused."""

import functools
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.signin import jose
from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from tests.unit.signin.tokens import b64, claims, refusal_of, sign

HEADER = b64(b'{"alg":"HS256"}')
TWICE = b64(b'{"a":1,"a":2}')


def refusal(raw: str) -> Refusal:
    with pytest.raises(Refusal) as refused:
        jose.parse(raw)
    assert refused.value.code is Code.TOKEN_MALFORMED
    return refused.value


def test_a_token_comes_apart() -> None:
    raw = sign(claims(name="Zoë"))
    token = jose.parse(raw)
    assert token.header == {"alg": "HS256", "typ": "JWT"}
    assert token.payload["name"] == "Zoë"
    assert len(token.signature) == 32
    assert token.signing_input == raw.rpartition(".")[0].encode()
    assert raw not in repr(token)
    assert "Zoë" not in repr(token)


@pytest.mark.parametrize(
    "raw",
    ["", ".", "..", "...", "a", "a.b", "a.b.c.d", "a.b.c.d.e", f"{HEADER}.{HEADER}", "é.é.é"],
)
def test_it_has_three_parts(raw: str) -> None:
    refusal(raw)


def test_an_empty_signature_is_left_to_the_algorithm_check() -> None:
    assert jose.parse(f"{HEADER}.{b64(b'{}')}.").signature == b""


@pytest.mark.parametrize(
    "part",
    ["a", "ab==", "abc=", "ab+/", "ab /", "a\nb", "\u0661", "ab!", "YR", "YWJ", "__9"],
)
def test_base64url_is_strict(part: str) -> None:
    """No padding, no other alphabet, no length that cannot be, no spare bits."""
    for raw in (f"{part}.{HEADER}.{HEADER}", f"{HEADER}.{part}.{HEADER}"):
        refusal(raw)
    refusal(f"{HEADER}.{b64(b'{}')}.{part}")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"null",
        b"1",
        b'"x"',
        b"[]",
        b"true",
        b"{",
        b'{"a":1',
        b"{'a':1}",
        b'{"a":1,}',
        b"{a:1}",
        b'{"a":1}x',
        b'{"a":1}{"a":1}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32-le"),
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"x":{"a":1,"a":2}}',
        b'{"x":[{"a":1,"a":2}]}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":0x1}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":["x",{"b":"\\ud83d"}]}',
        b'{"a":"\n"}',
        b'{"a":"\\x41"}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 11 + b"]" * 11 + b"}",
        b'{"a":' * 11 + b"1" + b"}" * 11,
        b"[" * 3000 + b"]" * 3000,
        b'{"a":' * 1200,
    ],
)
def test_json_is_strict(data: bytes) -> None:
    refusal(f"{b64(data)}.{b64(b'{}')}.")
    refusal(f"{HEADER}.{b64(data)}.")


@pytest.mark.parametrize(
    "value",
    [{"a": {"b": {"c": [1]}}}, {"a": "}]}]" * 20}, {"a": '\\"[[[[[[[[[[[[['}, {"a": "😀"}],
)
def test_what_real_tokens_hold_passes(value: dict[str, object]) -> None:
    assert jose.parse(f"{HEADER}.{b64(json.dumps(value).encode())}.").payload == value


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (f"Bearer {HEADER}.{HEADER}.x", "Bearer"),
        ("a.b.c.d.e", "JWE"),
        (f"{HEADER}.{HEADER}", "no signature"),
        (f"{HEADER}.{HEADER}=.x", "padding"),
        (f"{HEADER}.ab+/.x", "base64url"),
        (f"{HEADER}.ab /.x", "base64url"),
        (f"{HEADER}.{b64(b'[NaN]')}.", "NaN"),
        (f"{HEADER}.{TWICE}.", "twice"),
        (f"{HEADER[:-1]}.{HEADER}.", "cut off"),
    ],
)
def test_the_likely_mistake_is_named(raw: str, word: str) -> None:
    hint = refusal(raw).hint
    assert hint is not None
    assert word in hint


def test_hostile_quotes_cost_no_time() -> None:
    for text in (b'"' * 6000, b'\\"' * 3000, b'{"a":"' + b'\\"' * 3000, b'"\\' * 3000):
        started = time.thread_time()
        refusal(f"{HEADER}.{b64(text)}.")
        assert time.thread_time() - started < 2


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused(raw: str) -> None:
    refused = refusal_of(lambda: jose.parse(raw))
    assert refused is None or refused.code is Code.TOKEN_MALFORMED


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=40))
def test_any_bytes_inside_are_parsed_or_refused(a: bytes, b: bytes, c: bytes) -> None:
    for header, payload in ((a, b), (b'{"alg":"HS256"}', b), (b'{"alg":"HS256"}', b"{" + b + b"}")):
        raw = f"{b64(header)}.{b64(payload)}.{b64(c)}"
        refused = refusal_of(functools.partial(jose.parse, raw))
        assert refused is None or refused.code is Code.TOKEN_MALFORMED
