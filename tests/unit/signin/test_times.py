"""Rules C4 and C5: how times are written, and how long a token lives."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.signin.codes import Code, Notice
from portal.signin.refusals import Refusal
from portal.signin.times import TimeRule, Times, check_times, read_time
from portal.signin.trace import Trace
from tests.unit.signin.tokens import NOW

BY_EXP = TimeRule()
TWO_MINUTES = TimeRule(max_age=120)


def code_of(times: Times, rule: TimeRule = BY_EXP, leeway: int = 0, now: float = NOW) -> str:
    try:
        check_times(times, rule, now=now, leeway=leeway, trace=Trace())
    except Refusal as refusal:
        return refusal.code.value
    return "ok"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(1_800_000_000, 1_800_000_000), (1.5e9, 1.5e9), (0, 0), (-5, -5), (10**11, 10**11)],
)
def test_numbers_are_times(value: Any, seconds: float) -> None:
    trace = Trace()
    assert read_time(value, "iat", trace) == seconds
    assert trace.notices == []


def test_ascii_digits_are_a_time_and_noted() -> None:
    trace = Trace()
    assert read_time("1800000000", "iat", trace) == 1_800_000_000
    assert read_time("1800000000", "exp", trace) == 1_800_000_000
    assert trace.notices == [Notice.TIME_AS_TEXT]


@pytest.mark.parametrize(
    "value",
    [
        True, False, None, [], {}, [1], "", " ", "now", "1800000000 ", " 1800000000", "1_800",
        "1e9", "1.5", "-1", "+1", "0x10", "٤٢", "1800000000\n", "२०२६", "²", "9" * 21,
        float("nan"), float("inf"), float("-inf"), -(10**12), -(10**400), "2026-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_anything_else_is_no_time(value: Any) -> None:
    with pytest.raises(Refusal) as refused:
        read_time(value, "iat", Trace())
    assert refused.value.code is Code.CLAIM_TYPE
    assert refused.value.hint is not None
    assert refused.value.hint.variables == {"name": "iat"}


@pytest.mark.parametrize(
    "value", [10**11 + 1, 1_800_000_000_000, "1800000000000", 1.8e12, 10**400, 1e308]
)
def test_milliseconds_are_told(value: Any) -> None:
    with pytest.raises(Refusal) as refused:
        read_time(value, "iat", Trace())
    assert refused.value.code is Code.CLAIM_TYPE
    hint = refused.value.hint
    assert hint is not None
    assert hint % hint.variables == "iat is in milliseconds. Send seconds."


@pytest.mark.parametrize("value", ["(current unix timestamp)", "(current unix timestamp + 120)"])
def test_a_placeholder_is_told(value: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_time(value, "exp", Trace())
    assert refused.value.hint is not None
    assert "placeholder" in refused.value.hint


@pytest.mark.parametrize(
    ("issued", "expires", "leeway", "code"),
    [
        (0, 120, 0, "ok"),
        (-119, 1, 0, "ok"),
        (-120, 0, 0, "token_expired"),
        (-121, -1, 0, "token_expired"),
        (-120, 0, 60, "ok"),
        (-180, -59.5, 60, "ok"),
        (-180, -60, 60, "token_expired"),
        (-300, -61, 600, "token_expired"),
        (-120, 0, -5, "token_expired"),
        (0, 600, 0, "ok"),
        (0, 601, 0, "token_lifetime_too_long"),
        (0, 601, 60, "token_lifetime_too_long"),
        (-599, 1, 0, "ok"),
        (-600, 1, 0, "token_lifetime_too_long"),
        (-3000, 300, 0, "token_lifetime_too_long"),
        (60, 180, 0, "ok"),
        (61, 180, 0, "token_not_yet_valid"),
        (61, 180, 60, "token_not_yet_valid"),
        (60, 600, 0, "ok"),
        (60, 660, 0, "token_lifetime_too_long"),
        (None, 600, 0, "ok"),
        (None, 601, 0, "token_lifetime_too_long"),
        (None, 0, 0, "token_expired"),
        (-1e9, 10, 0, "token_lifetime_too_long"),
        (-NOW, 10, 0, "token_lifetime_too_long"),
    ],
)
def test_a_life_between_iat_and_exp(
    issued: float | None, expires: float, leeway: int, code: str
) -> None:
    times = Times(None if issued is None else NOW + issued, NOW + expires)
    assert code_of(times, leeway=leeway) == code


@pytest.mark.parametrize(
    ("issued", "expires", "leeway", "code"),
    [
        (0, None, 0, "ok"),
        (-120, None, 0, "ok"),
        (-121, None, 0, "token_expired"),
        (-180, None, 60, "ok"),
        (-181, None, 60, "token_expired"),
        (60, None, 0, "ok"),
        (61, None, 0, "token_not_yet_valid"),
        (-100, 400, 0, "ok"),
        (-121, 400, 0, "token_expired"),
        (-60, -1, 0, "token_expired"),
        (-60, 541, 0, "token_lifetime_too_long"),
    ],
)
def test_a_life_of_two_minutes_from_iat(
    issued: float, expires: float | None, leeway: int, code: str
) -> None:
    times = Times(NOW + issued, None if expires is None else NOW + expires)
    assert code_of(times, TWO_MINUTES, leeway=leeway) == code


@pytest.mark.parametrize(("start", "code"), [(60, "ok"), (60.5, "token_not_yet_valid")])
def test_nbf_counts_where_it_is_sent(start: float, code: str) -> None:
    assert code_of(Times(NOW, NOW + 120, NOW + start)) == code


def test_a_dialect_may_allow_more_of_the_future() -> None:
    rule = TimeRule(max_age=180, future=180)
    assert code_of(Times(NOW + 180, None), rule) == "ok"
    assert code_of(Times(NOW + 181, None), rule) == "token_not_yet_valid"


def hint_of(times: Times, rule: TimeRule = BY_EXP) -> str:
    with pytest.raises(Refusal) as refused:
        check_times(times, rule, now=NOW, trace=Trace())
    hint = refused.value.hint
    assert hint is not None
    return hint % hint.variables


def test_the_hint_says_by_how_much_a_clock_is_wrong() -> None:
    assert "214 s ahead" in hint_of(Times(NOW + 214, NOW + 300))
    assert "30 s ahead" in hint_of(Times(NOW + 30, NOW + 630))
    assert "154 s too late" in hint_of(Times(NOW - 214, NOW - 154))
    assert "7 s too late" in hint_of(Times(NOW - 127, None), TWO_MINUTES)


@pytest.mark.parametrize("hours", [1, 2, 5.5, -3, -8, 13])
def test_local_time_is_told(hours: float) -> None:
    issued = NOW + hours * 3600 + (2 if hours > 0 else -2)
    hint = hint_of(Times(issued, issued + 120))
    assert f"off by {hours:+g} hours" in hint
    assert "local time" in hint


def test_age_goes_to_the_log() -> None:
    for issued, age in ((NOW - 7.4, 7), (NOW + 12, -12)):
        trace = Trace()
        check_times(Times(issued, NOW + 60), BY_EXP, now=NOW, trace=trace)
        assert trace.age == age


bounded = st.none() | st.integers(-(10**11), 10**11) | st.floats(-1e11, 1e11)


@given(bounded, bounded, bounded, st.integers(-100, 100))
def test_no_accepted_token_outlives_ten_minutes(
    issued: Any, expires: Any, start: Any, leeway: int
) -> None:
    if issued is None and expires is None:
        return
    rule = TimeRule(max_age=None if expires is not None else 120)
    if code_of(Times(issued, expires, start), rule, leeway=leeway) != "ok":
        return
    for later in (661, 3600):
        verdict = code_of(Times(issued, expires, start), rule, leeway=60, now=NOW + later)
        assert verdict != "ok"
