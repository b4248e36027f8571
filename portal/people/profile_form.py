"""What a person decides about themselves: name, language, time zone."""

import functools
import unicodedata
from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from wtforms import Form, SelectField, StringField
from wtforms.validators import StopValidation

from portal.tenants.models import Tenant
from portal.web.forms import AtMost, Required, one_line
from portal.web.i18n import LOCALES, N_

MAX_NAME = 200

#: The parts of the world as the time zone database names them; the rest are old aliases.
_REGIONS = {
    "Africa": N_("Africa"),
    "America": N_("America"),
    "Antarctica": N_("Antarctica"),
    "Arctic": N_("Arctic"),
    "Asia": N_("Asia"),
    "Atlantic": N_("Atlantic"),
    "Australia": N_("Australia"),
    "Europe": N_("Europe"),
    "Indian": N_("Indian Ocean"),
    "Pacific": N_("Pacific"),
}

Choices = Sequence[tuple[str, str]]


@functools.cache
def zone_choices(locale: Locale) -> dict[str, Choices]:
    """Time zones by part of the world: pairs of an IANA name and the place, as `locale` has it."""
    regions: dict[str, list[tuple[str, str]]] = {words: [] for words in _REGIONS.values()}
    for name in sorted(available_timezones()):
        region, _, city = name.partition("/")
        if city and region in _REGIONS:
            regions[_REGIONS[region]].append((name, place_in(name, locale)))
    return {words: sorted(zones, key=_by_place) for words, zones in regions.items()}


def place_in(zone: str, locale: Locale) -> str:
    """What a time zone is named after: "Argentina, Salta" for `America/Argentina/Salta`, and in
    German "Wien" for `Europe/Vienna`."""
    english = zone.partition("/")[2].replace("_", " ").replace("/", ", ") or zone
    if locale.language == "en":
        return english
    # Not Babel's get_timezone_location(): it calls Belfast London, because their clocks agree.
    place: str = locale.time_zones.get(zone, {}).get("city", english)
    return place


def _by_place(choice: tuple[str, str]) -> str:
    """Letters with marks sort beside those without."""
    return unicodedata.normalize("NFKD", choice[1]).casefold()


def language_name(language: str) -> str:
    """A language in its own words: "English", "Deutsch"."""
    name: str = Locale.parse(language).get_display_name(language) or language
    return name[0].upper() + name[1:]


def offered(_form: Form, field: SelectField) -> None:
    """Raises StopValidation for a value that is not in the list."""
    if field.data not in {choice[0] for choice in field.iter_choices()}:
        raise StopValidation(N_("Choose one of the list."))


class ProfileForm(Form):
    """Name, language and time zone. An empty choice means the default."""

    name = StringField(
        N_("Name"),
        [
            Required(N_("Enter your name.")),
            AtMost(MAX_NAME, N_("Use at most %(limit)s characters.")),
        ],
        filters=[one_line],
    )
    locale = SelectField(N_("Language"), [offered], validate_choice=False)
    timezone = SelectField(N_("Time zone"), [offered], validate_choice=False)

    def __init__(
        self,
        formdata: Any = None,
        *,
        tenant: Tenant,
        current_zone: str | None,
        reader_locale: Locale,
        **values: Any,
    ) -> None:
        super().__init__(formdata, **values)
        self.locale.choices = [
            ("", N_("As my browser is set")),
            *((language, language_name(language)) for language in LOCALES),
        ]
        of_tenant = N_("As %(company)s: %(zone)s", company=tenant.name, zone=tenant.timezone)
        defaults: list[tuple[str, str]] = [("", of_tenant)]
        zones = zone_choices(reader_locale)
        known = {name for group in zones.values() for name, _ in group}
        if current_zone and current_zone not in known:
            # It came with a sign-in; saving another field must not take it away.
            defaults.append((current_zone, current_zone))
        self.timezone.choices = {N_("Default"): defaults, **zones}
