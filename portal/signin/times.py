"""Times in a token: how they may be written (rule C4), and how long a token lives (rule C5)."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.signin.codes import Code, Notice
from portal.signin.refusals import Refusal
from portal.signin.trace import Trace
from portal.web.i18n import N_, Message

#: Seconds that no token outlives, whatever its dialect says.
LONGEST_LIFE = 600
#: Above this, a time is not in seconds: it would be the year 5138.
LARGEST_TIME = 10**11
#: Seconds by which the sender's clock may be ahead.
FUTURE_TOLERANCE = 60
#: Seconds past the end that a tenant may grant, at most.
LARGEST_LEEWAY = 60

_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
# Some systems write identifiers as (6f9619ff-8b86-d011-b42d-00c04fc964ff): those are real.
_PLACEHOLDER = re.compile(r"\((?![0-9A-Fa-f-]+\)).*\)|<.*>", re.DOTALL)
# These nobody is called, so they count in names and addresses as well.
_TEMPLATE = re.compile(r"\{\{.*\}\}|\$\{.*\}|your[-_][a-z_-]+", re.DOTALL | re.IGNORECASE)

Seconds = int | float


@dataclass(frozen=True, slots=True)
class TimeRule:
    """How a dialect bounds a token's life.

    ``max_age`` is counted in seconds from ``iat``; None leaves it to ``exp``. ``future`` is how
    many seconds ``iat`` and ``nbf`` may be ahead of our clock.
    """

    max_age: int | None = None
    future: int = FUTURE_TOLERANCE


@dataclass(frozen=True, slots=True)
class Times:
    """A token's times in Unix seconds; None where the token has none."""

    issued_at: Seconds | None
    expires_at: Seconds | None
    not_before: Seconds | None = None


def read_time(value: object, name: str, trace: Trace) -> Seconds:
    """A time claim: an int, a finite float, or ASCII digits (which is noted).

    Raises ``Refusal(claim_type)`` for anything else and for milliseconds.
    """
    if isinstance(value, str):
        if is_placeholder(value):
            raise placeholder(name)
        if not _DIGITS.fullmatch(value):
            raise _not_a_time(name, N_("a text"))
        trace.notice(Notice.TIME_AS_TEXT)
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_a_time(name, kind_of(value))
    if isinstance(value, float) and not math.isfinite(value):
        raise _not_a_time(name, N_("an infinite number"))
    if value < -LARGEST_TIME:
        raise _not_a_time(name, N_("a number below -10^11"))
    if value > LARGEST_TIME:
        raise Refusal(
            Code.CLAIM_TYPE,
            hint=N_("%(name)s is in milliseconds. Send seconds.", name=name),
            seen=N_("%(name)s above 10^11", name=name),
            wanted=N_("seconds"),
        )
    return value


def check_times(times: Times, rule: TimeRule, *, now: float, leeway: int = 0, trace: Trace) -> None:
    """Refuse a token that is from the future, would live too long, or has expired.

    ``leeway`` is the tenant's, 0 to 60 seconds, and stretches only the end of a token's life.
    """
    leeway = min(max(leeway, 0), LARGEST_LEEWAY)
    if times.issued_at is not None:
        trace.age = round(now - times.issued_at)
    for name, moment in (("iat", times.issued_at), ("nbf", times.not_before)):
        if moment is not None and moment > now + rule.future:
            ahead = math.ceil(moment - now)
            raise Refusal(
                Code.TOKEN_NOT_YET_VALID,
                hint=_ahead(ahead),
                seen=N_("%(name)s is now + %(seconds)d s", name=name, seconds=ahead),
                wanted=N_("at most now + %(seconds)d s", seconds=rule.future),
            )
    _check_life(times, now)
    _check_end(times, rule, now, leeway)


def _check_life(times: Times, now: float) -> None:
    if times.expires_at is None:
        return
    start = now if times.issued_at is None else times.issued_at
    life = max(times.expires_at - start, times.expires_at - now)
    if life > LONGEST_LIFE:
        ahead = 0 if times.issued_at is None else math.ceil(times.issued_at - now)
        raise Refusal(
            Code.TOKEN_LIFETIME_TOO_LONG,
            hint=_ahead(ahead) if ahead > 0 else None,
            seen=f"{math.ceil(life)} s",
            wanted=N_("at most %(seconds)d s", seconds=LONGEST_LIFE),
        )


def _check_end(times: Times, rule: TimeRule, now: float, leeway: int) -> None:
    if times.expires_at is not None and now >= times.expires_at + leeway:
        late = math.ceil(now - times.expires_at)
        raise Refusal(
            Code.TOKEN_EXPIRED,
            hint=_behind(late, times.issued_at, now),
            seen=N_("now is exp + %(seconds)d s", seconds=late),
            wanted=N_("now before exp"),
        )
    if rule.max_age is not None and times.issued_at is not None:
        age = now - times.issued_at
        if age > rule.max_age + leeway:
            raise Refusal(
                Code.TOKEN_EXPIRED,
                hint=_behind(math.ceil(age - rule.max_age), times.issued_at, now),
                seen=N_("%(seconds)d s old", seconds=math.ceil(age)),
                wanted=N_("at most %(seconds)d s old", seconds=rule.max_age),
            )


def _ahead(seconds: int) -> Message:
    if hours := _whole_half_hours(seconds):
        return _local_time(hours)
    return N_("Your server’s clock is %(seconds)d s ahead of ours.", seconds=seconds)


def _behind(late: int, issued_at: Seconds | None, now: float) -> Message:
    if issued_at is not None and (hours := _whole_half_hours(now - issued_at)):
        return _local_time(-hours)
    return N_(
        "The token came %(seconds)d s too late. Either your server’s clock is that far behind, "
        "or the visitor waited before the link was followed.",
        seconds=late,
    )


def _local_time(hours: float) -> Message:
    return N_(
        "The times are off by %(hours)+g hours, as if your server sent its local time. Send UTC.",
        hours=hours,
    )


def _whole_half_hours(seconds: float) -> float:
    """The offset of a time zone, in hours, if that is what the seconds look like; else 0."""
    halves = round(seconds / 1800)
    if 1 <= abs(halves) <= 28 and abs(seconds - halves * 1800) <= 15:
        return halves / 2
    return 0


def is_placeholder(text: str) -> bool:
    """Whether the text is a sample's placeholder, such as ``(current unix timestamp)``."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None or is_template(text)


def is_template(text: str) -> bool:
    """Whether a template was to fill the text in: ``{{user.name}}``, ``YOUR_NAME``."""
    return _TEMPLATE.fullmatch(text.strip()) is not None


def placeholder(name: str) -> Refusal:
    """The refusal of a claim whose placeholder nobody replaced."""
    return Refusal(
        Code.CLAIM_TYPE,
        hint=N_("Replace the sample’s placeholder in “%(name)s” with a real value.", name=name),
        seen=N_("%(name)s: a placeholder", name=name),
    )


def kind_of(value: object) -> Message:
    """What JSON calls a value, in words."""
    for kinds, words in (
        (bool, N_("true or false")),
        (str, N_("a text")),
        ((int, float), N_("a number")),
        (list, N_("a list")),
        (Mapping, N_("an object")),
    ):
        if isinstance(value, kinds):
            return words
    return N_("null")


def _not_a_time(name: str, seen: Message) -> Refusal:
    return Refusal(
        Code.CLAIM_TYPE,
        hint=N_("“%(name)s” is not a time. Send seconds since 1970 as a number.", name=name),
        seen=seen,
        wanted=N_("a number of seconds"),
    )
