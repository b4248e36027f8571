"""Times in words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.clock import Style, say_span, say_time, zone

PRESENT = datetime(2026, 3, 12, 14, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "english", "german"),
    [
        (timedelta(hours=23, minutes=14), "23 hours 14 minutes", "23 Stunden 14 Minuten"),
        (timedelta(days=2, hours=4, minutes=59), "2 days 4 hours", "2 Tage 4 Stunden"),
        (timedelta(days=1, minutes=59), "1 day", "1 Tag"),
        (timedelta(hours=3, seconds=59), "3 hours", "3 Stunden"),
        (timedelta(minutes=1, seconds=1), "1 minute", "1 Minute"),
        (timedelta(days=400), "400 days", "400 Tage"),
    ],
)
def test_a_span_in_its_two_largest_units(span: timedelta, english: str, german: str) -> None:
    assert say_span(span.total_seconds(), "en") == english
    assert say_span(span.total_seconds(), "de") == german


def test_a_span_below_a_minute() -> None:
    assert say_span(59, "en") == say_span(0, "en") == "less than a minute"


@pytest.mark.parametrize(
    ("span", "style", "english", "german"),
    [
        (timedelta(seconds=-20), "relative", "just now", "gerade eben"),
        (timedelta(minutes=-9), "relative", "9 min ago", "vor 9 Min."),
        (timedelta(minutes=10), "relative", "in 10 min", "in 10 Min."),
        (timedelta(hours=-2), "relative", "today, 12:31", "heute, 12:31"),
        (timedelta(hours=-20), "relative", "yesterday, 18:31", "gestern, 18:31"),
        (timedelta(days=1), "relative", "tomorrow, 14:31", "morgen, 14:31"),
        (timedelta(days=-3), "relative", "Mon, 14:31", "Mo, 14:31"),
        (timedelta(days=-30), "relative", "10 February, 14:31", "10. Februar, 14:31"),
        (timedelta(days=-400), "relative", "5 February 2025", "5. Februar 2025"),
        (timedelta(seconds=-20), "short", "now", "jetzt"),
        (timedelta(minutes=-9), "short", "9 min", "9 Min."),
        (timedelta(hours=-2), "short", "2 hr", "2 Std."),
        (timedelta(hours=2), "short", "in 2 hr", "in 2 Std."),
        (timedelta(hours=-20), "short", "yesterday", "gestern"),
        (timedelta(days=-3), "short", "Mon", "Mo"),
        (timedelta(days=-30), "short", "10 Feb", "10. Feb."),
        (timedelta(days=-400), "short", "5 Feb 2025", "5. Feb. 2025"),
        (timedelta(0), "date", "12 March 2026", "12. März 2026"),
        (timedelta(0), "time", "14:31:00", "14:31:00"),
        (timedelta(0), "full", "12 March 2026, 14:31", "12. März 2026, 14:31"),
    ],
)
def test_as_near_as_matters(span: timedelta, style: Style, english: str, german: str) -> None:
    assert say_time(PRESENT + span, style, "en", UTC, PRESENT) == english
    assert say_time(PRESENT + span, style, "de", UTC, PRESENT) == german


def test_the_day_is_the_readers() -> None:
    late = datetime(2026, 3, 11, 23, 30, tzinfo=UTC)
    assert say_time(late, "relative", "en", UTC, PRESENT) == "yesterday, 23:30"
    assert say_time(late, "relative", "en", zone("Europe/Berlin"), PRESENT) == "today, 00:30"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        say_time(PRESENT.replace(tzinfo=None), "relative", "en", UTC)


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../etc/passwd", "\0"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    assert zone(name) is UTC


@given(
    st.integers(0, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from(["relative", "short", "date", "time", "full"]),
    st.sampled_from(["en", "de"]),
)
def test_every_time_has_words(moment: datetime, style: Style, language: str) -> None:
    assert say_time(moment, style, language, zone("Asia/Kathmandu"), PRESENT)
