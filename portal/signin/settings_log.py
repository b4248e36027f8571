"""Settings, sign-in: the log. Every attempt, why it was refused, and what most likely mends it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.registry import Registry
from pyramid.view import view_config, view_defaults

from portal.people.user_agents import browser_of, system_of
from portal.security.authenticators import REGISTRY_KEY
from portal.security.permissions import Permission
from portal.signin.attempts import SIGNED_IN
from portal.signin.codes import TOKEN_STEPS, Code, Notice, Step
from portal.signin.dialects import dialects
from portal.signin.log_reader import ACCEPTED, NOTICED, REFUSED, LogReader
from portal.signin.models import SsoAttempt
from portal.signin.settings_forms import LogForm, duration
from portal.signin.settings_pages import SignInSettingsResource, SignInViews
from portal.signin.settings_service import LOCAL_PASSWORD
from portal.signin.settings_tester import guide
from portal.signin.sites import WAY as SITE
from portal.signin.trace import Outcome, read
from portal.tenants.audit import assign
from portal.web.clock import now
from portal.web.i18n import N_, Message

_OUTCOMES = (
    ("", N_("Every outcome")),
    (REFUSED, N_("Refused")),
    (NOTICED, N_("With notice")),
    (ACCEPTED, N_("Signed in")),
)
#: Beside all that is kept: as many days back as the number says, 1 for since midnight.
_PERIODS = (
    ("", N_("Any time")),
    ("1", N_("Today")),
    ("7", N_("Last 7 days")),
    ("30", N_("Last 30 days")),
)
_FILTERS = ("q", "outcome", "code", "way", "days")
_DAY = 86_400
#: Shorter than on the settings page, for a narrow column.
_WAYS = {
    "jwt_sso": N_("Token"),
    "remote_login": N_("Your own login"),
    LOCAL_PASSWORD: N_("Password"),
    "passkey": N_("Passkey"),
    SITE: N_("To your other sites"),
}


class CheckLine(NamedTuple):
    """One check of an attempt, in words."""

    label: str
    failed: bool
    seen: str
    wanted: str


class AttemptLine:
    """An attempt as the log shows it."""

    def __init__(self, row: SsoAttempt, ways: Mapping[str, str], today: date, zone: tzinfo) -> None:
        self.row = row
        #: To the second, unless it is so long ago that the day matters more.
        self.style = "time" if row.created_at.astimezone(zone).date() == today else "relative"
        self.code: Code | None = _member(Code, row.code)
        found = (_member(Notice, word) for word in row.warnings)
        self.notices: list[Notice] = [notice for notice in found if notice is not None]
        named = row.dialect or row.authenticator
        self.way = ways.get(named, named)
        if self.site is not None:
            self.way = N_("To %(site)s", site=self.site)
        self.browser = browser_of(row.user_agent)
        self.system = system_of(row.user_agent)

    @property
    def refused(self) -> bool:
        """Whether nobody was signed in."""
        return self.row.code != SIGNED_IN

    @property
    def reason(self) -> str:
        """What happened, in a few words."""
        if self.refused:
            return self.code.headline if self.code is not None else self.row.code
        if self.site is not None:
            return N_("Signed in at %(site)s", site=self.site)
        return self.notices[0].headline if self.notices else N_("New session")

    @property
    def site(self) -> str | None:
        """Which of the tenant's other sites it was about; None for a sign-in here."""
        if self.row.authenticator != SITE:
            return None
        named = (check for check in self.row.trace if check.get("step") == Step.SITE)
        return next((read(check.get("seen")) for check in named), "") or None

    @property
    def hint(self) -> str | None:
        """The likely cause, in the reader's language."""
        for check in reversed(self.row.trace):
            if hint := read(check.get("hint")):
                return hint
        return self.row.hint or None

    @property
    def age(self) -> Message | None:
        """How old the token was when it came, by our clock; None where the hint says it."""
        seconds = self.row.age_seconds
        if seconds is None or self.code is Code.TOKEN_NOT_YET_VALID:
            return None
        if seconds < 0:
            return N_("%(seconds)d s ahead of our clock", seconds=-seconds)
        return N_("%(seconds)d s by our clock", seconds=seconds)

    @property
    def checks(self) -> list[CheckLine]:
        """The checks that were made."""
        return [
            CheckLine(
                self._label(str(check.get("step"))),
                check.get("outcome") == Outcome.FAIL,
                read(check.get("seen")),
                read(check.get("wanted")),
            )
            for check in self.row.trace
        ]

    def _label(self, word: str) -> str:
        step: Step | None = _member(Step, word)
        if step is Step.REQUEST and self.row.dialect is None:
            return N_("Not too many attempts")
        return step.label if step is not None else word

    @property
    def not_reached(self) -> int:
        """How many checks were left when it was refused; a password goes through few."""
        if not self.refused or self.row.dialect is None:
            return 0
        return max(0, len(TOKEN_STEPS) - len(self.row.trace))


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class LogTab(SignInViews):
    """The sign-in log."""

    @view_config(
        name="log",
        request_method="GET",
        permission=Permission.VIEW_SIGN_IN_LOG,
        renderer="portal:templates/settings/signin_log.jinja2",
    )
    def show(self) -> dict[str, Any]:
        """The list, as the address says; the one that a reference names is open."""
        return self._page(LogForm(obj=self.settings.config(), locale=self.request.locale))

    @view_config(
        name="log",
        request_method="POST",
        renderer="portal:templates/settings/signin_log.jinja2",
    )
    def keep(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep the log for so long from now on."""
        config = self.settings.config()
        form = LogForm(self.request.POST, obj=config, locale=self.request.locale)
        if not form.validate():
            return self._page(form, wrong=True)
        if changes := assign(config, {"log_days": form.log_days.data}):
            self.audit.record("signin.changed", "", changes)
        return self.back(N_("The sign-in settings are saved."), None, "log")

    def _page(self, form: LogForm, *, wrong: bool = False) -> dict[str, Any]:
        given = self.request.GET
        filters = {name: given.get(name, "").strip() for name in _FILTERS}
        reader = LogReader(self.request.db, self.request.tenant)
        ways = _ways(self.request.registry)
        attempts = reader.page(
            words=filters["q"],
            outcome=filters["outcome"],
            way=filters["way"],
            code=filters["code"],
            since=_since(filters["days"], self.request.zone),
            older=given.get("older", ""),
            newer=given.get("newer", ""),
        )
        # They count the ways in, and say nothing about other sites.
        figures = reader.figures() if filters["way"] != SITE else None
        zone = self.request.zone
        today = now().astimezone(zone).date()
        return self.tab(
            "log",
            {
                "attempts": attempts,
                "lines": [AttemptLine(row, ways, today, zone) for row in attempts.rows],
                "opened": bool(filters["q"]) and len(attempts.rows) == 1,
                "figures": figures,
                "reason": _member(Code, figures.reason or "") if figures is not None else None,
                "filters": filters,
                "filtered": any(filters.values()),
                "outcomes": _OUTCOMES,
                "ways": [("", N_("Every way in")), *ways.items()],
                "codes": [("", N_("Every code")), *((code.value, code.value) for code in Code)],
                "periods": _PERIODS,
                "form": form,
                "kept_for": duration(self.settings.config().log_days * _DAY, self.request.locale),
                "guide": guide(self.request),
                "turn": lambda **cursor: self.request.place(
                    self.context,
                    "log",
                    query={name: value or None for name, value in filters.items()} | cursor,
                ),
            },
            wrong=wrong,
        )


def _since(days: str, zone: tzinfo) -> datetime | None:
    """The midnight, where the reader is, from which on a period counts; None for no period."""
    if days not in {value for value, _ in _PERIODS if value}:
        return None
    first = now().astimezone(zone).date() - timedelta(days=int(days) - 1)
    return datetime.combine(first, time(), zone)


def _ways(registry: Registry) -> dict[str, str]:
    """Labels of dialects and authenticators, by the names that the log has."""
    installed = registry[REGISTRY_KEY]
    found = (installed.get(name) for name in installed.names())
    methods = {
        each.name: _WAYS.get(each.name, each.label)
        for each in found
        if each is not None and each.label
    }
    ways = {name: each.label for name, each in dialects(registry).items()} | methods
    return ways | {SITE: _WAYS[SITE]}


def _member(kind: Any, word: str) -> Any:
    """The member of an enumeration that a stored word names; None for a word of another time."""
    try:
        return kind(word)
    except ValueError:
        return None
