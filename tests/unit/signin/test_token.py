"""Steps 2 and 5 to 8 in a row, as the pipeline and the token tester run them."""

from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.signin.codes import Code, Step
from portal.signin.dialects.base import Dialect
from portal.signin.dialects.central import CENTRAL
from portal.signin.dialects.happyfox import HAPPYFOX
from portal.signin.refusals import Refusal
from portal.signin.token import Verified, parse, verify
from portal.signin.trace import Outcome, Trace
from tests.unit.signin.tokens import CURRENT, NOW, PREVIOUS, SECRET, b64, claims, refusal_of, sign


def run(raw: str, dialect: Dialect = CENTRAL, trace: Trace | None = None) -> Verified:
    trace = trace or Trace()
    return verify(parse(raw, trace), dialect, [CURRENT, PREVIOUS], now=NOW, trace=trace)


def refused(raw: str, dialect: Dialect = CENTRAL, trace: Trace | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        run(raw, dialect, trace)
    return caught.value


def test_a_good_token_passes_every_check() -> None:
    trace = Trace()
    made = run(sign(claims(role="user", redirect_url="/tickets/42")), trace=trace)
    assert made.claims.email == "Cleo@Customer.test"
    assert made.claims.text("target") == "/tickets/42"
    assert made.key is CURRENT
    assert [(check.step, check.outcome) for check in trace.checks] == [
        (Step.STRUCTURE, Outcome.OK),
        (Step.HEADER, Outcome.OK),
        (Step.SIGNATURE, Outcome.OK),
        (Step.CLAIMS, Outcome.OK),
        (Step.TIME, Outcome.OK),
    ]
    assert trace.key_id == "2026-a"
    assert trace.age == 0
    assert len(trace.jti_hash or "") == 64


def test_the_first_failure_ends_it() -> None:
    """A wrong signature says nothing about the claims, nor about the clock."""
    trace = Trace()
    raw = sign(claims(email=..., exp=1), "another-secret-another-secret-another")
    assert refused(raw, trace=trace).step is Step.SIGNATURE
    assert trace.checks[-1].step is Step.SIGNATURE
    assert trace.jti_hash is None


@pytest.mark.parametrize("claim", ["email", "iat", "exp", "jti"])
def test_central_requires(claim: str) -> None:
    refusal = refused(sign(claims(**{claim: ...})))
    assert (refusal.code, refusal.wanted) == (Code.CLAIM_MISSING, claim)


@pytest.mark.parametrize("claim", ["email", "iat", "jti"])
def test_happyfox_requires(claim: str) -> None:
    refusal = refused(sign(claims(exp=..., **{claim: ...})), HAPPYFOX)
    assert (refusal.code, refusal.wanted) == (Code.CLAIM_MISSING, claim)


@pytest.mark.parametrize("value", ["", " ", None])
def test_an_empty_jti_is_none(value: Any) -> None:
    assert refused(sign(claims(jti=value))).code is Code.CLAIM_MISSING


@pytest.mark.parametrize("name", ["iat", "exp"])
@pytest.mark.parametrize("value", ["true", "false", "null", "1e999", "-1e999", "[]", '"x"'])
def test_what_json_can_say_and_a_time_cannot(name: str, value: str) -> None:
    text = f'{{"email":"a@b.example","jti":"x","iat":{int(NOW)},"exp":{int(NOW) + 60}}}'
    text = text.replace(f'"{name}":{int(NOW) + (60 if name == "exp" else 0)}', f'"{name}":{value}')
    assert value in text
    assert refused(sign(text)).code is Code.CLAIM_TYPE


def test_the_documented_dialect_takes_no_exp_and_two_minutes() -> None:
    run(sign(claims(exp=..., iat=NOW - 120)), HAPPYFOX)
    assert refused(sign(claims(exp=..., iat=NOW - 121)), HAPPYFOX).code is Code.TOKEN_EXPIRED


def test_a_numeric_jti_is_taken() -> None:
    assert run(sign(claims(jti=123456789))).claims.text("jti") == "123456789"


def test_the_replay_key_is_the_jti() -> None:
    first = run(sign(claims(jti="same")))
    second = run(sign(claims(jti="same", name="Other", iat=int(NOW) - 5)), HAPPYFOX)
    other = run(sign(claims(jti="other")))
    assert first.replay_key == second.replay_key != other.replay_key
    assert len(first.replay_key) == 32


def test_without_a_jti_the_replay_key_is_what_was_signed() -> None:
    dialect = Dialect(
        name="plain", label="Plain", endpoints=(), claims=CENTRAL.claims[:3], time=CENTRAL.time
    )
    first = run(sign(claims(jti=...)), dialect)
    assert first.replay_key == run(sign(claims(jti=...)), dialect).replay_key
    assert first.replay_key != run(sign(claims(jti=..., name="Other")), dialect).replay_key
    assert first.replay_key != run(sign(claims(jti="")), dialect).replay_key


def test_pyjwt_takes_what_is_refused_here() -> None:
    """The library alone would let these in: they are why claims are read by us."""
    for payload, code in (
        (claims(iat=True), Code.CLAIM_TYPE),
        (claims(exp=...), Code.CLAIM_MISSING),
        (claims(jti=""), Code.CLAIM_MISSING),
    ):
        raw = sign(payload)
        jwt.decode(
            raw, SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False}
        )
        assert refused(raw).code is code
    twice = sign('{"email":"a@b.example","email":"admin@b.example"}')
    assert jwt.decode(twice, SECRET, algorithms=["HS256"])["email"] == "admin@b.example"
    assert refused(twice).code is Code.TOKEN_MALFORMED


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_refused(raw: str) -> None:
    assert refused(raw).code.status in (400, 401)


@settings(deadline=None)
@given(st.binary(max_size=120), st.binary(max_size=120))
def test_any_signed_bytes_are_refused(header: bytes, payload: bytes) -> None:
    """Even with the right signature under them."""
    for raw in (sign(payload, header=header), sign(payload), sign(b"{" + payload + b"}")):
        assert refused(raw).code.status in (400, 401)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
changes = st.dictionaries(
    st.sampled_from(["email", "name", "iat", "exp", "nbf", "jti", "role", "aud", "redirect_url"]),
    json_values,
)
headers = st.dictionaries(
    st.sampled_from(["alg", "typ", "kid", "crit", "b64", "zip", "jwk", "cty"]), json_values
)


@given(changes, headers, st.sampled_from([CENTRAL, HAPPYFOX]))
def test_any_claims_and_headers_pass_or_are_refused(
    changed: dict[str, Any], header: dict[str, Any], dialect: Dialect
) -> None:
    raw = sign(claims(**changed), header={"alg": "HS256"} | header)
    trace = Trace()
    refusal = refusal_of(lambda: run(raw, dialect, trace))
    if refusal is None:
        assert trace.checks[-1].step is Step.TIME
        assert header.get("alg", "HS256") == "HS256"
    else:
        assert refusal.step is trace.checks[-1].step
        assert trace.checks[-1].outcome is Outcome.FAIL


def test_neither_token_nor_secret_nor_address_is_in_what_is_kept() -> None:
    raw = sign(claims(email="cleo@customer.test", name="\x00"))
    trace = Trace()
    refused(raw, trace=trace)
    kept = repr(trace) + repr(trace.as_json())
    for secret in (raw, SECRET, "cleo@customer.test", b64(SECRET.encode())):
        assert secret not in kept
