"""The forms of the API keys' settings."""

from datetime import UTC, datetime, timedelta
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.units import format_unit
from wtforms import BooleanField, Form, HiddenField, SelectField, StringField
from wtforms.validators import StopValidation

from portal.people.profile_form import offered
from portal.security.api_keys import LONGEST_GRACE, SCOPES
from portal.security.models import ApiKey
from portal.tenants import rules
from portal.tenants.settings_forms import Follows
from portal.web.forms import CheckboxesField, one_line
from portal.web.i18n import N_

SCOPE_WORDS = {
    "auth:redirect": N_("Sign people in and out: hand visitors over, end their sessions"),
    "tickets:read": N_("Read tickets: all of them, with their replies but not their notes"),
    "tickets:write": N_("Open tickets in the name of your customers"),
}
#: Days that a key may live.
LIFETIMES = (30, 90, 365)
_NEVER, _UNCHANGED = 0, -1
_GRACE = 24


class ApiKeyForm(Form):
    """What a key is called, what it may do, and for how long."""

    name = StringField(N_("Name"), [Follows(rules.one_line)], filters=[one_line])
    scopes = CheckboxesField(N_("It may"), validate_choice=False)
    lifetime = SelectField(N_("It expires"), [offered], coerce=int)

    def __init__(
        self, formdata: Any = None, *, locale: Locale, key: ApiKey | None = None, **values: Any
    ) -> None:
        given: dict[str, Any] = {"lifetime": 365}
        if key is not None:
            given = {"name": key.name, "scopes": key.scopes, "lifetime": _UNCHANGED}
        super().__init__(formdata, data=given | values)
        self._key = key
        self.scopes.choices = [(scope, SCOPE_WORDS[scope]) for scope in SCOPES]
        self.lifetime.choices = [
            *self._present(key, locale),
            *((days, N_("in %(time)s", time=_days(days, locale))) for days in LIFETIMES),
        ]
        if key is None or key.expires_at is not None:
            self.lifetime.choices.append((_NEVER, N_("never")))
        self.lifetime.validate_choice = False

    @staticmethod
    def _present(key: ApiKey | None, locale: Locale) -> list[tuple[int, str]]:
        if key is None:
            return []
        if key.expires_at is None:
            return [(_UNCHANGED, N_("never"))]
        day = format_date(key.expires_at.date(), "long", locale=locale)
        return [(_UNCHANGED, N_("on %(day)s, as it is", day=day))]

    def validate_scopes(self, field: CheckboxesField) -> None:
        """Raises StopValidation for a scope that was not offered, and for none."""
        chosen = [scope for scope in SCOPES if scope in (field.data or [])]
        if not chosen:
            raise StopValidation(N_("Choose at least one."))
        field.data = chosen

    def expires_at(self) -> datetime | None:
        """When the key expires, by what was chosen."""
        days = self.lifetime.data
        if days == _UNCHANGED:
            return self._key.expires_at if self._key is not None else None
        return datetime.now(UTC) + timedelta(days=days) if days else None


def grace_choices(locale: Locale) -> list[tuple[int, str]]:
    """How long a secret may go on that is replaced: hours, and in words."""
    return [
        (0, N_("no time: it ends at once")),
        *((hours, _hours(hours, locale)) for hours in (1, 4, _GRACE, 48, LONGEST_GRACE)),
    ]


class NewSecretForm(Form):
    """How long the secret that is replaced goes on."""

    grace = SelectField(N_("The present secret goes on for"), [offered], coerce=int)
    #: Which secret was there when the page was made: two clicks, or two admins, make one.
    seen = HiddenField()

    def __init__(self, formdata: Any = None, *, locale: Locale, **values: Any) -> None:
        super().__init__(formdata, data={"grace": _GRACE} | values)
        self.grace.choices = grace_choices(locale)
        self.grace.validate_choice = False


class RevokeForm(Form):
    """Whether what the key did is in doubt as well."""

    leaked = BooleanField(N_("It has leaked: sign out everybody who was signed in with it"))


def _days(days: int, locale: Locale) -> str:
    return format_unit(days, "duration-day", "long", locale=locale)


def _hours(hours: int, locale: Locale) -> str:
    unit, amount = ("day", hours // 24) if hours % 24 == 0 else ("hour", hours)
    return format_unit(amount, f"duration-{unit}", "long", locale=locale)
