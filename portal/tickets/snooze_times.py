"""Until when a ticket can be snoozed: moments as somebody means them in their own time zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from portal.web.i18n import N_

#: When a day begins at a desk.
MORNING = time(8)


class Snooze(StrEnum):
    """What is offered; `own` is a date and time of the agent's."""

    TOMORROW = "tomorrow"
    MONDAY = "monday"
    WEEK = "week"
    OWN = "own"


SNOOZE_WORDS = {
    Snooze.TOMORROW: N_("Tomorrow morning"),
    Snooze.MONDAY: N_("Next Monday"),
    Snooze.WEEK: N_("In a week"),
}

_DAYS: dict[Snooze, Callable[[date], date]] = {
    Snooze.TOMORROW: lambda today: today + timedelta(days=1),
    Snooze.MONDAY: lambda today: today + timedelta(days=7 - today.weekday()),
    Snooze.WEEK: lambda today: today + timedelta(days=7),
}


def snooze_until(wanted: str, own: str, zone: tzinfo, present: datetime) -> datetime:
    """The moment, aware, in UTC.

    `own` is what a field for date and time sends, `2026-03-02T08:00`, in the zone. Raises
    ValueError for a word that is not offered and for what is no date and time.
    """
    if wanted == Snooze.OWN:
        local = datetime.fromisoformat(own)
        if local.tzinfo is not None:
            raise ValueError(own)
    else:
        today = present.astimezone(zone).date()
        local = datetime.combine(_DAYS[Snooze(wanted)](today), MORNING)
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(own) from error
