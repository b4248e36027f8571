"""The forms of the sign-in settings: one a tab."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from babel import Locale
from babel.units import format_unit
from wtforms import (
    BooleanField,
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import StopValidation

from portal.people.profile_form import offered
from portal.signin import settings_rules as rules
from portal.signin.keyring import GRACE, LONGEST_GRACE, Material
from portal.signin.models import SsoConfig
from portal.signin.settings_words import PROVISIONING, ROLE_CAP, UNSOLICITED
from portal.tenants.rules import vendor_id
from portal.tenants.settings_forms import Follows, LinesField, followed
from portal.web.forms import Required, one_line
from portal.web.i18n import N_

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_IDLE = (15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR, _DAY)
_ABSOLUTE = (_HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY, 30 * _DAY)
_LOG_DAYS = (7, 30, 90, 180, 365)


class LoginForm(Form):
    """The company's own login page, and what arrives from it."""

    #: Of the tenant itself: by these a token finds it where the address does not name it.
    TENANT_COLUMNS: ClassVar[tuple[str, ...]] = ("company_id", "account_id")
    COLUMNS: ClassVar[tuple[str, ...]] = (
        "remote_login_url",
        "remote_logout_url",
        "auth_url",
        "authorization_url",
        "client_id",
        "allowed_redirect_hosts",
        "allowed_origins",
        "leeway",
        "primary_dialect",
    )

    remote_login_url = StringField(N_("Remote login URL"), filters=[one_line])
    remote_logout_url = StringField(N_("Remote logout URL"), filters=[one_line])
    auth_url = StringField(N_("Auth URL"), filters=[one_line])
    authorization_url = StringField(N_("Authorization URL"), filters=[one_line])
    client_id = StringField(
        N_("Client ID"), [Follows(rules.client_id, optional=True)], filters=[one_line]
    )
    company_id = StringField(
        N_("Company ID"), [Follows(vendor_id, optional=True)], filters=[one_line]
    )
    account_id = StringField(
        N_("Account ID"), [Follows(vendor_id, optional=True)], filters=[one_line]
    )
    allowed_redirect_hosts = LinesField(N_("Allowed hosts"), rule=rules.redirect_host)
    allowed_origins = LinesField(N_("Allowed origins"), rule=rules.browser_origin(False))
    leeway = SelectField(N_("Leeway"), [offered], coerce=int)
    primary_dialect = SelectField(
        N_("Dialect of the sign-in link"), [offered], validate_choice=False
    )

    def __init__(
        self,
        formdata: Any = None,
        *,
        obj: SsoConfig,
        ids: Mapping[str, str | None],
        development: bool,
        names: Sequence[tuple[str, str]],
        locale: Locale,
    ) -> None:
        """`ids`: those by which vendors' tokens name the tenant. `names`: the dialects to choose
        from, with their labels."""
        own = {name: ids[name] or "" for name in self.TENANT_COLUMNS}
        super().__init__(formdata, obj=obj, data=own)
        lengths = sorted({0, 10, 30, 60, obj.leeway})
        self.leeway.choices = [(each, duration(each, locale)) for each in lengths]
        self.leeway.validate_choice = False
        self._address = rules.address(development)
        self.allowed_origins.rule = rules.browser_origin(development)
        self.primary_dialect.choices = [("", N_("No dialect")), *names]

    def _check_address(self, field: Field) -> None:
        if field.data:
            field.data = followed(self._address, field.data)

    validate_remote_login_url = _check_address
    validate_remote_logout_url = _check_address
    validate_auth_url = _check_address
    validate_authorization_url = _check_address

    def check_ids(self, taken: Collection[str]) -> bool:
        """Whether no id is another tenant's (`taken`: names of the fields whose id is); else their
        errors say so."""
        for name in taken:
            self[name].errors = [N_("Another help desk of this portal has this ID.")]
        return not taken

    def check_dialects(self, switched_on: Iterable[str]) -> bool:
        """Whether the primary dialect is one of those that are on; else its error says so."""
        primary = self.primary_dialect.data
        if not primary or primary in switched_on:
            return True
        self.primary_dialect.errors = [
            N_("Switch this dialect on as well, or choose another one for the link.")
        ]
        return False


class AccountsForm(Form):
    """Whom a token lets in, and what it may change."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "provisioning",
        "sync_profile",
        "sync_role",
        "role_cap",
        "admins_by_token",
        "unsolicited",
        "allowed_email_domains",
        "blocked_email_domains",
    )

    provisioning = RadioField(N_("New people"), validate_choice=False)
    sync_profile = BooleanField(N_("Keep the name up to date"))
    sync_role = BooleanField(N_("Keep the role up to date"))
    role_cap = SelectField(N_("Highest role"), [offered], validate_choice=False)
    admins_by_token = BooleanField(N_("Admins may sign in through your site"))
    unsolicited = RadioField(N_("What happens to them"), validate_choice=False)
    allowed_email_domains = LinesField(N_("Only these e-mail domains"), rule=rules.email_domain)
    blocked_email_domains = LinesField(N_("Never these e-mail domains"), rule=rules.email_domain)

    def __init__(self, formdata: Any = None, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.provisioning.choices = list(PROVISIONING.items())
        self.role_cap.choices = list(ROLE_CAP.items())
        self.unsolicited.choices = list(UNSOLICITED.items())

    def validate_provisioning(self, field: RadioField) -> None:
        """Raises StopValidation for a word that was not offered."""
        _choose(field, PROVISIONING)

    def validate_unsolicited(self, field: RadioField) -> None:
        """Raises StopValidation for a word that was not offered."""
        _choose(field, UNSOLICITED)


class SessionsForm(Form):
    """How long people stay signed in."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "session_idle_seconds",
        "session_absolute_seconds",
        "staff_idle_seconds",
        "staff_absolute_seconds",
    )

    session_idle_seconds = SelectField(N_("Without activity"), [offered], coerce=int)
    session_absolute_seconds = SelectField(N_("At most, in all"), [offered], coerce=int)
    staff_idle_seconds = SelectField(N_("Without activity"), [offered], coerce=int)
    staff_absolute_seconds = SelectField(N_("At most, in all"), [offered], coerce=int)

    def __init__(
        self, formdata: Any = None, *, obj: SsoConfig, locale: Locale, **values: Any
    ) -> None:
        super().__init__(formdata, obj=obj, **values)
        for field, usual in (
            (self.session_idle_seconds, _IDLE),
            (self.session_absolute_seconds, _ABSOLUTE),
            (self.staff_idle_seconds, _IDLE),
            (self.staff_absolute_seconds, _ABSOLUTE),
        ):
            # A length that a file set stays in the list.
            lengths = sorted({*usual, getattr(obj, field.name)})
            field.choices = [(length, duration(length, locale)) for length in lengths]
            field.validate_choice = False

    def validate_session_idle_seconds(self, field: SelectField) -> None:
        """Raises StopValidation for an idle limit beyond the whole."""
        _within(field, self.session_absolute_seconds)

    def validate_staff_idle_seconds(self, field: SelectField) -> None:
        """Raises StopValidation for an idle limit beyond the whole."""
        _within(field, self.staff_absolute_seconds)


class LogForm(Form):
    """How long the sign-in log is kept."""

    log_days = SelectField(N_("Keep the log for"), [offered], coerce=int)

    def __init__(self, formdata: Any = None, *, obj: SsoConfig, locale: Locale) -> None:
        super().__init__(formdata, obj=obj)
        # A length that a file set stays in the list.
        days = sorted({*_LOG_DAYS, obj.log_days})
        self.log_days.choices = [(each, duration(each * _DAY, locale)) for each in days]
        self.log_days.validate_choice = False


class NewKeyForm(Form):
    """How long the key that is replaced goes on."""

    grace = SelectField(N_("The present key goes on for"), [offered], coerce=int)
    #: The key that was current when the page was made: two clicks, or two admins, make one key.
    current = HiddenField()

    def __init__(self, formdata: Any = None, *, locale: Locale, **values: Any) -> None:
        super().__init__(formdata, **({"grace": GRACE} | values))
        self.grace.choices = [
            (0, N_("no time: it ends at once")),
            *((h, duration(h * _HOUR, locale)) for h in (1, 4, GRACE, 48, LONGEST_GRACE)),
        ]
        self.grace.validate_choice = False


class ImportKeyForm(NewKeyForm):
    """A key that the company has already."""

    kid = StringField(N_("Key ID"), [Follows(rules.key_id)], filters=[one_line])
    material = TextAreaField(
        N_("Secret or public key"), [Required(N_("Paste the secret or the public key."))]
    )

    #: What helps with a key of the wrong kind, to be typed into a terminal.
    commands = ""

    def validate_material(self, field: TextAreaField) -> None:
        """Raises StopValidation for a weak or unreadable key."""
        text = field.data or ""
        rule = rules.public_key if "-----BEGIN" in text else rules.shared_secret
        try:
            field.data = rule(text)
        except rules.WrongKey as wrong:
            self.commands = wrong.commands
            if "PRIVATE KEY" in text:
                # It does not travel back into the page.
                field.data = ""
            raise StopValidation(wrong.args[0]) from None
        except ValueError as error:
            raise StopValidation(error.args[0]) from None

    def chosen(self) -> Material:
        """The key, once it is validated."""
        text = self.material.data or ""
        return Material("RS256" if text.startswith("-----BEGIN") else "HS256", text)


def duration(seconds: int, locale: Locale) -> str:
    """A length of time in words: “8 hours”, “7 days”."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds % unit == 0 and seconds >= unit:
            return format_unit(seconds // unit, f"duration-{name}", "long", locale=locale)
    return format_unit(seconds, "duration-second", "long", locale=locale)


def _choose(field: RadioField, words: dict[str, Any]) -> None:
    if field.data not in words:
        raise StopValidation(N_("Choose one of the list."))


def _within(field: SelectField, whole: SelectField) -> None:
    if field.data is not None and whole.data is not None and field.data > whole.data:
        raise StopValidation(N_("This is longer than the session lasts at the most."))
