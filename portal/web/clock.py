"""Times as people read them: in their language, in their zone, as near as matters.

Stored times are aware UTC. A list of fifty rows shows a hundred of them, and Babel takes 16 µs
for one, so the parts that repeat (a day, a time of day, "9 min ago") are remembered.
"""

import functools
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.units import format_unit
from pyramid.request import Request

from portal.web.i18n import N_, locale_of, reader, translate

Style = Literal["relative", "short", "date", "time", "full"]
"""`relative` in threads and cards, `short` in columns of lists, `date`, `time` with
seconds for logs, `full` for date and time."""

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NAMED_DAYS = {
    -1: N_("yesterday, %(time)s"),
    0: N_("today, %(time)s"),
    1: N_("tomorrow, %(time)s"),
}


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@functools.lru_cache(maxsize=512)
def zone(name: str | None) -> tzinfo:
    """The time zone of an IANA name; UTC for none and for a name that is not known."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        return UTC


def request_zone(request: Request) -> tzinfo:
    """`request.zone`: the reader's time zone, else the tenant's, else UTC."""
    for holder in (reader(request), getattr(request, "tenant", None)):
        if name := getattr(holder, "timezone", None):
            return zone(name)
    return UTC


def say_time(
    moment: datetime,
    style: Style,
    language: str,
    tz: tzinfo,
    present: datetime | None = None,
) -> str:
    """`moment` in words.

    `moment` must be aware. `present` is what counts as now. Raises ValueError for a naive
    time, because guessing its zone shows somebody a wrong hour.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown")
    here = moment.astimezone(tz)
    if style == "date":
        return _long_day(language, here.date())
    if style == "time":
        return _exact(language, here.hour, here.minute, here.second)
    if style == "full":
        return absolute(moment, language, tz)
    seconds = (moment - (present or now())).total_seconds()
    today = (present or now()).astimezone(tz).date()
    if style == "short":
        return _short(here, seconds, today, language)
    return _relative(here, seconds, today, language)


def absolute(moment: datetime, language: str, tz: tzinfo) -> str:
    """Date and time in full, as in “12 March 2026, 14:02”."""
    here = moment.astimezone(tz)
    return f"{_long_day(language, here.date())}, {_time_of_day(language, here.hour, here.minute)}"


def say_day(day: date, language: str) -> str:
    """A day without a time, as in “12 March 2026”; it is the same in every zone."""
    return _long_day(language, day)


def say_span(seconds: float, language: str) -> str:
    """A length of time in its two largest units: “2 days 4 hours”, “23 hours 14 minutes”."""
    amounts = (
        ("day", int(seconds // DAY)),
        ("hour", int(seconds % DAY // HOUR)),
        ("minute", int(seconds % HOUR // MINUTE)),
    )
    first = next((at for at, (_, amount) in enumerate(amounts) if amount), None)
    if first is None:
        return translate(language, N_("less than a minute"))
    locale = locale_of(language)
    return " ".join(
        format_unit(amount, f"duration-{unit}", "long", locale=locale)
        for unit, amount in amounts[first : first + 2]
        if amount
    )


def _relative(here: datetime, seconds: float, today: date, language: str) -> str:
    """The long form: “9 min ago”, “today, 14:02”, “Tue, 09:41”, “10 March, 09:41”, a date."""
    if abs(seconds) < HOUR:
        return _span(language, int(seconds / MINUTE), "minute", directed=True)
    clock = _time_of_day(language, here.hour, here.minute)
    days = (here.date() - today).days
    if named := NAMED_DAYS.get(days):
        return translate(language, named, time=clock)
    if abs(days) < 7:
        return f"{_part(language, here.date(), 'E')}, {clock}"
    if here.year == today.year:
        return f"{_part(language, here.date(), 'MMMMd')}, {clock}"
    return _long_day(language, here.date())


def _short(here: datetime, seconds: float, today: date, language: str) -> str:
    """The form for a narrow column: “9 min”, “2 hr”, “yesterday”, “Tue”, “10 Mar 2025”."""
    days = (here.date() - today).days
    if abs(seconds) < HOUR:
        return _span(language, int(seconds / MINUTE), "minute", directed=seconds > 0)
    if days == 0:
        return _span(language, int(seconds / HOUR), "hour", directed=seconds > 0)
    if abs(days) == 1:
        return translate(language, N_("yesterday") if days < 0 else N_("tomorrow"))
    if abs(days) < 7:
        return _part(language, here.date(), "E")
    return _part(language, here.date(), "MMMd" if here.year == today.year else "yMMMd")


@functools.lru_cache(maxsize=1024)
def _span(language: str, amount: int, unit: Literal["minute", "hour"], *, directed: bool) -> str:
    """“9 min”, or “9 min ago” and “in 9 min” when directed; “just now” below a minute."""
    if amount == 0 and unit == "minute":
        return translate(language, N_("just now") if directed else N_("now"))
    return format_timedelta(
        timedelta(**{f"{unit}s": amount}),
        granularity=unit,
        threshold=10_000,
        add_direction=directed,
        format="short",
        # British data has "9 mins", American has "9 min. ago": take the plain one of each.
        locale=locale_of(language) if directed else Locale.parse(language),
    )


@functools.lru_cache(maxsize=4096)
def _long_day(language: str, day: date) -> str:
    """“12 March 2026”."""
    return format_date(day, "long", locale=locale_of(language))


@functools.lru_cache(maxsize=4096)
def _part(language: str, day: date, skeleton: str) -> str:
    """A part of a date by its CLDR skeleton."""
    return format_skeleton(skeleton, day, locale=locale_of(language))


@functools.lru_cache(maxsize=4096)
def _time_of_day(language: str, hour: int, minute: int) -> str:
    """“14:02”."""
    return format_time(time(hour, minute), "short", locale=locale_of(language))


@functools.lru_cache(maxsize=4096)
def _exact(language: str, hour: int, minute: int, second: int) -> str:
    """“14:31:07”."""
    locale: Locale = locale_of(language)
    return format_time(time(hour, minute, second), "medium", locale=locale)
