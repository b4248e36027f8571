"""Times: the bounds to the second on each side, and what is no time at all.

The clock stands still, so that a bound is met exactly.
"""

import json
import time
from typing import Any, NamedTuple

import pytest
import time_machine

from tests.functional.signin.conftest import FromNow
from tests.security.attacks.keys import token
from tests.security.attacks.target import Target
from tests.security.attacks.ways import (
    CANNY,
    CENTRAL,
    FRESHWORKS,
    HAPPYFOX,
    ISSUELY,
    PROPROFS,
    WAYS,
    ZENDESK,
    Way,
)

pytestmark = pytest.mark.security

EXPIRED, EARLY, LONG = "token_expired", "token_not_yet_valid", "token_lifetime_too_long"
TYPE, MISSING, MALFORMED, GOOD = "claim_type", "claim_missing", "token_malformed", "signed_in"
BY_AGE = tuple(way for way in WAYS.values() if way.max_age is not None)


class When(NamedTuple):
    """Times in a token, at a clock that stands."""

    name: str
    way: Way
    claims: dict[str, Any]
    code: str


def bounds() -> list[When]:
    """Each vendor's own bounds, a second on either side."""
    rows = []
    for way in WAYS.values():
        ahead = way.future
        # The end moves along: what is in the future must not live too long either.
        end = {"exp": FromNow(500)} if way in (CENTRAL, ISSUELY) else {}
        rows += [
            When(f"iat {ahead} s ahead", way, {"iat": FromNow(ahead), **end}, GOOD),
            When(f"iat {ahead + 1} s ahead", way, {"iat": FromNow(ahead + 1), **end}, EARLY),
            When(f"nbf {ahead} s ahead", way, {"nbf": FromNow(ahead)}, GOOD),
            When(f"nbf {ahead + 1} s ahead", way, {"nbf": FromNow(ahead + 1)}, EARLY),
            When("nbf long ago", way, {"nbf": 0}, GOOD),
            When("exp now", way, {"exp": FromNow(0)}, EXPIRED),
            When("exp in a second", way, {"exp": FromNow(1)}, GOOD),
            When("exp a second ago", way, {"exp": FromNow(-1)}, EXPIRED),
            When("exp in 600 s", way, {"exp": FromNow(600)}, GOOD),
            When("exp in 601 s", way, {"exp": FromNow(601)}, LONG),
            When("exp 600 s after iat", way, {"iat": FromNow(-60), "exp": FromNow(540)}, GOOD),
            When("exp 601 s after iat", way, {"iat": FromNow(-60), "exp": FromNow(541)}, LONG),
            When("exp before iat", way, {"iat": FromNow(0), "exp": FromNow(-5)}, EXPIRED),
            When("exp in a year", way, {"exp": FromNow(31_536_000)}, LONG),
            When("exp in 2038", way, {"exp": 2**31}, LONG),
        ]
    for way in BY_AGE:
        age = way.max_age or 0
        rows += [
            When(f"{age} s old", way, {"iat": FromNow(-age)}, GOOD),
            When(f"{age + 1} s old", way, {"iat": FromNow(-age - 1)}, EXPIRED),
            When("from 1970", way, {"iat": 0}, EXPIRED),
            When("from before 1970", way, {"iat": -1}, EXPIRED),
            When("old, with an exp to come", way,
                {"iat": FromNow(-age - 1), "exp": FromNow(-age + 500)},
                 GOOD if age > 600 else EXPIRED),
        ]  # fmt: skip
    rows += [
        When("no iat, exp in 600 s", ISSUELY, {"iat": ..., "exp": FromNow(600)}, GOOD),
        When("no iat, exp in 601 s", ISSUELY, {"iat": ..., "exp": FromNow(601)}, LONG),
        When("no iat, exp now", ISSUELY, {"iat": ..., "exp": FromNow(0)}, EXPIRED),
        When("iat ten years ago", CENTRAL, {"iat": FromNow(-315_360_000)}, LONG),
        When("iat in ten years", CENTRAL,
            {"iat": FromNow(315_360_000), "exp": FromNow(315_360_100)}, EARLY),
        When("its life begins tomorrow", CENTRAL, {"nbf": FromNow(86_400)}, EARLY),
        When("an hour ahead: local time", ZENDESK, {"iat": FromNow(3600)}, EARLY),
        When("an hour behind: local time", ZENDESK, {"iat": FromNow(-3600)}, EXPIRED),
    ]  # fmt: skip
    return rows


BOUNDS = bounds()
NO_TIMES: tuple[Any, ...] = (
    True, False, [], {}, [1], {"$date": 1}, "", " ", "now", "tomorrow", "1e9", "1.5e9",
    "0x6553f100", "+1800000000", "-1",
    "1_800_000_000", "1,800,000,000", " 1800000000", "1800000000 ", "1800000000\n",
    "\u0661\u0668\u0660\u0660",
    "\uff11\uff18\uff10\uff10", "\u00b2", "9" * 21, "NaN", "Infinity", "null", "true",
    "2026-01-01T00:00:00Z",
    "Sat, 21 Nov 2026 22:00:00 GMT", "(current unix timestamp)", "{{now}}", "<time>", -(10**12),
    -(10**400), -1e308,
)  # fmt: skip
MILLISECONDS: tuple[Any, ...] = (
    10**11 + 1, 1_800_000_000_000, 1.8e12, "1800000000000", 1_800_000_000_000_000, 10**30, 10**400,
    1e308,
)  # fmt: skip


@pytest.mark.parametrize("case", BOUNDS, ids=[f"{row.way.dialect}-{row.name}" for row in BOUNDS])
def test_bound(target: Target, case: When) -> None:
    with time_machine.travel(int(time.time()), tick=False):
        raw = target.token(case.way, **case.claims)
        if case.code == GOOD:
            target.is_harmless(case.way, raw)
        else:
            target.withstands(case.way, raw, case.code)


TRIED = [
    *(("iat", value) for value in (*NO_TIMES, *MILLISECONDS)),
    *(("exp", value) for value in (*NO_TIMES, *MILLISECONDS)[::3]),
    *(("nbf", value) for value in (*NO_TIMES, *MILLISECONDS)[1::3]),
]


@pytest.mark.parametrize(
    ("claim", "value"), TRIED, ids=[f"{claim}-{value!r:.40}" for claim, value in TRIED]
)
def test_no_time(target: Target, claim: str, value: Any) -> None:
    target.withstands(CENTRAL, target.token(CENTRAL, **{claim: value}), TYPE)


@pytest.mark.parametrize("way", [PROPROFS, HAPPYFOX, ZENDESK, FRESHWORKS, CANNY, ISSUELY],
                         ids=lambda way: way.dialect)  # fmt: skip
@pytest.mark.parametrize("value", [True, "", "1e9", 1_800_000_000_000, [], "9" * 21])
def test_no_time_anywhere(target: Target, way: Way, value: Any) -> None:
    target.withstands(way, target.token(way, iat=value), TYPE)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1e999", TYPE), ("-1e999", TYPE), ("NaN", MALFORMED), ("Infinity", MALFORMED),
        ("-Infinity", MALFORMED),
        ("null", TYPE), ("1" * 5000, MALFORMED), ("1" + "0" * 400, TYPE),
        ("01800000000", MALFORMED),
        ("1.8e", MALFORMED), ("0x1", MALFORMED), ("1_0", MALFORMED), ("--1", MALFORMED),
        ("1e-999", "token_lifetime_too_long"),
        ("-0", "token_lifetime_too_long"), ("1e5", "token_lifetime_too_long"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("claim", ["iat"])
def test_a_number_as_text_of_json(target: Target, claim: str, text: str, code: str) -> None:
    """What no program would make: numbers that overflow, or are written as no number."""
    claims = json.dumps(target.claims(CENTRAL) | {claim: 0})
    payload = claims.replace(f'"{claim}": 0', f'"{claim}": {text}')
    assert payload != claims or text == "0"
    raw = token(target.header(CENTRAL), payload, target.signer(CENTRAL))
    target.withstands(CENTRAL, raw, code)


@pytest.mark.parametrize(
    "written", [float, str, lambda value: value + 0.5, lambda value: value - 0.25]
)
def test_a_time_in_other_words(target: Target, written: Any) -> None:
    """Whole and broken floats and digits in a text are times."""
    now = int(time.time())
    raw = target.token(CENTRAL, iat=written(now), exp=written(now + 100))
    target.is_harmless(CENTRAL, raw)


@pytest.mark.parametrize("leeway", [0, 60, 3600, -60])
def test_no_leeway_is_longer_than_a_minute(own: Target, leeway: int) -> None:
    own.site.configure(leeway=leeway)
    granted = min(max(leeway, 0), 60)
    with time_machine.travel(int(time.time()), tick=False):
        if granted:
            own.is_harmless(CENTRAL, own.token(CENTRAL, exp=FromNow(-granted + 1)))
            own.is_harmless(HAPPYFOX, own.token(HAPPYFOX, iat=FromNow(-120 - granted)))
        own.withstands(CENTRAL, own.token(CENTRAL, exp=FromNow(-granted)), EXPIRED)
        own.withstands(HAPPYFOX, own.token(HAPPYFOX, iat=FromNow(-121 - granted)), EXPIRED)
        own.withstands(CENTRAL, own.token(CENTRAL, exp=FromNow(601)), LONG)
