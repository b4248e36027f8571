"""Days in a search: a day, a month, a year, words, ranges."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from portal.tickets.days import Span

TODAY = date(2026, 3, 15)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026-01-31", date(2026, 1, 31), date(2026, 1, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("today", TODAY, TODAY),
        ("yesterday", date(2026, 3, 14), date(2026, 3, 14)),
        ("7d", date(2026, 3, 8), TODAY),
        ("2026-01-01..2026-01-31", date(2026, 1, 1), date(2026, 1, 31)),
        ("2026-01..", date(2026, 1, 1), None),
        ("..2025-12", None, date(2025, 12, 31)),
        ("30d..yesterday", date(2026, 2, 13), date(2026, 3, 14)),
    ],
)
def test_what_is_written_means_these_days(
    written: str, first: date | None, last: date | None
) -> None:
    span = Span.parse(written)
    assert span is not None
    assert span.days(TODAY) == (first, last)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "..",
        "soon",
        "2026-13",
        "2026-02-30",
        "26-01-01",
        "2026-1-1",
        "d",
        "0000",
        "٢٠٢٦",
        "1..x",
    ],
)
def test_anything_else_means_none(written: str) -> None:
    assert Span.parse(written) is None


def test_a_day_begins_and_ends_with_the_readers_clocks() -> None:
    """On the day that summer time begins in Madrid, a day has 23 hours."""
    span = Span.parse("2026-03-29")
    assert span is not None
    begin, end = span.moments(datetime(2026, 3, 15, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
    assert begin == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_the_last_day_of_all_has_no_end() -> None:
    span = Span.parse("9999-12-31")
    assert span is not None
    assert span.moments(datetime(2026, 1, 1, tzinfo=UTC), UTC)[1] is None
