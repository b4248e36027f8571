"""Days as people write them in a search: `2026-03-01`, `2026-03`, `2026`, `today`, `7d`."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Self

_WRITTEN = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2}))?)?"
    r"|(?P<word>today|yesterday)|(?P<ago>[0-9]{1,4})d",
    re.ASCII,
)
#: Between two days of a range.
TO: Final = ".."


@dataclass(frozen=True, slots=True)
class Span:
    """Some days that follow each other, as they are written: they may depend on the present."""

    first: str
    last: str

    @classmethod
    def parse(cls, written: str) -> Self | None:
        """A day, month or year, `2026-01-01..2026-01-31` with an end left out or not, or None."""
        first, dots, last = written.partition(TO)
        if not dots:
            # `7d` alone is the last seven days, not the one day a week ago.
            last = "today" if first.endswith("d") else first
        parts = [part for part in (first, last) if part]
        if not parts or any(_days(part, date(2000, 1, 1)) is None for part in parts):
            return None
        return cls(first, last)

    def days(self, today: date) -> tuple[date | None, date | None]:
        """The first day and the last, with None for an open end."""
        first = _days(self.first, today) if self.first else None
        last = _days(self.last, today) if self.last else None
        return (first[0] if first else None, last[1] if last else None)

    def moments(self, present: datetime, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
        """The moment it begins, and the first moment after it, by the calendar of a time zone."""
        first, last = self.days(present.astimezone(zone).date())
        begin = _midnight(first, zone) if first else None
        try:
            end = _midnight(last + timedelta(days=1), zone) if last else None
        except OverflowError:  # the last day there is
            end = None
        return begin, end


def _days(written: str, today: date) -> tuple[date, date] | None:
    """The first and the last day of what is written without dots."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        return None
    if match["ago"] or match["word"]:
        back = int(match["ago"]) if match["ago"] else int(match["word"] == "yesterday")
        day = today - timedelta(days=back)
        return day, day
    year, month, day_of_month = (int(match[name] or 0) for name in ("year", "month", "day"))
    try:
        first = date(year, month or 1, day_of_month or 1)
    except ValueError:
        return None
    if day_of_month:
        return first, first
    if month:
        return first, date(year, month, calendar.monthrange(year, month)[1])
    return first, date(year, 12, 31)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
