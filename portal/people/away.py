"""Out of office: from when until when somebody is given no ticket by itself."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from wtforms import DateField, Form
from wtforms.validators import Optional

from portal.people.models import User
from portal.tenants.models import Tenant
from portal.web.i18n import N_, Message

_A_DAY = timedelta(days=1)


class Absence(Protocol):
    """Who may be out of office: a user's row, or an identity."""

    @property
    def away_from(self) -> datetime | None:
        """When it begins; None: not at all."""
        ...

    @property
    def away_until(self) -> datetime | None:
        """When it is over; None: not known yet."""
        ...


def is_away(person: Absence, now: datetime | None = None) -> bool:
    """Whether somebody is out of office at this moment."""
    now = now or datetime.now(UTC)
    if person.away_from is None or person.away_from > now:
        return False
    return person.away_until is None or person.away_until > now


def is_planned(person: Absence) -> bool:
    """Whether somebody is out of office, or will be."""
    if person.away_from is None:
        return False
    return person.away_until is None or person.away_until > datetime.now(UTC)


def away_words(name: str, person: Absence, locale: Locale, zone: tzinfo) -> Message:
    """Who is out of office, and until which day, as a reader's calendar has it."""
    if person.away_until is None:
        return N_("%(name)s is out of office.", name=name)
    day = format_date(_last_day(person.away_until, zone), format="long", locale=locale)
    return N_("%(name)s is out of office until %(day)s.", name=name, day=day)


def away_choice(name: str, until: datetime | None, locale: Locale, zone: tzinfo) -> Message:
    """The name of somebody who is out of office, where one chooses whom to give a ticket to."""
    if until is None:
        return N_("%(name)s (out of office)", name=name)
    day = format_date(_last_day(until, zone), format="medium", locale=locale)
    return N_("%(name)s (out of office until %(day)s)", name=name, day=day)


def _last_day(until: datetime, zone: tzinfo) -> date:
    # It ends with the night: the last day is the one before.
    return (until - timedelta(seconds=1)).astimezone(zone).date()


def zone_of(user: User, tenant: Tenant) -> tzinfo:
    """In which zone the person's days begin."""
    return ZoneInfo(user.timezone or tenant.timezone)


class AwayForm(Form):
    """The first and the last day out of office. No first day: in the office."""

    first = DateField(N_("First day"), [Optional()])
    last = DateField(N_("Last day"), [Optional()])

    @classmethod
    def of(cls, user: User, zone: tzinfo) -> "AwayForm":
        """Filled in with what is planned; empty when it is over."""
        if not is_planned(user) or user.away_from is None:
            return cls()
        until = user.away_until
        last = (until - timedelta(seconds=1)).astimezone(zone).date() if until else None
        return cls(data={"first": user.away_from.astimezone(zone).date(), "last": last})

    def validate(self, extra_validators: Any = None) -> bool:
        """Also hold the days to their order."""
        if not super().validate(extra_validators):
            for field in (self.first, self.last):
                if field.errors:
                    field.errors = [N_("Enter a day, such as 2026-12-24.")]
            return False
        first, last = self.first.data, self.last.data
        if last is not None and first is None:
            self.first.errors = [N_("Enter the first day.")]
        elif first is not None and last is not None and last < first:
            self.last.errors = [N_("The last day is before the first.")]
        return not self.first.errors and not self.last.errors

    def populate(self, user: User, zone: tzinfo) -> None:
        """Keep it: from the first day's midnight until the midnight after the last one."""
        first, last = self.first.data, self.last.data
        user.away_from = _midnight(first, zone) if first else None
        user.away_until = _midnight(last + _A_DAY, zone) if first and last else None


def come_back(user: User) -> None:
    """In the office again."""
    user.away_from = user.away_until = None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
