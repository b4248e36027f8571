"""Settings, sign-in: the log. Every attempt, why it was refused, and what most likely mends it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta, tzinfo
from ipaddress import ip_address
from typing import Any, NamedTuple

from pyramid.registry import Registry
from pyramid.view import view_config, view_defaults
from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from portal.people.user_agents import browser_of, system_of
from portal.security.authenticators import REGISTRY_KEY
from portal.security.permissions import Permission
from portal.signin.attempts import SIGNED_IN
from portal.signin.codes import TOKEN_STEPS, Code, Notice, Step
from portal.signin.dialects import dialects
from portal.signin.emails import mask_email
from portal.signin.models import SsoAttempt
from portal.signin.settings_pages import SignInSettingsResource, SignInViews
from portal.signin.settings_service import LOCAL_PASSWORD
from portal.signin.trace import Outcome
from portal.tenants.models import Tenant
from portal.web.clock import now
from portal.web.i18n import N_, Message
from portal.web.paging import Cursor, Direction, Page, read_page

REFUSED, NOTICED, ACCEPTED = "refused", "notice", "signed_in"
_OUTCOMES = (
    ("", N_("Every outcome")),
    (REFUSED, N_("Refused")),
    (NOTICED, N_("With notice")),
    (ACCEPTED, N_("Signed in")),
)
#: The figures count at most so many attempts of the last day: a page that counts more is slow.
MOST_COUNTED = 10_000
#: Shorter than on the settings page, for a narrow column.
_WAYS = {
    "jwt_sso": N_("Token"),
    "remote_login": N_("Your own login"),
    LOCAL_PASSWORD: N_("Password"),
    "passkey": N_("Passkey"),
}
_REFERENCE = re.compile(r"([0-9A-Z]{4})-?([0-9A-Z]{4})", re.ASCII)


class Figures(NamedTuple):
    """The last 24 hours."""

    attempts: int
    refused: int
    #: The most frequent code, and how often; None when nothing was refused.
    reason: str | None
    reason_count: int

    @property
    def is_capped(self) -> bool:
        """Whether there were more than are counted."""
        return self.attempts >= MOST_COUNTED


class LogReader:
    """Reads the sign-in log of a tenant, newest first."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def page(
        self, *, words: str = "", outcome: str = "", way: str = "", older: str = "", newer: str = ""
    ) -> Page[SsoAttempt]:
        """Attempts. `words`: a reference, a network address or an e-mail address. `way`: a
        dialect or an authenticator."""
        where: list[ColumnElement[bool]] = [SsoAttempt.tenant_id == self.tenant.id]
        if words:
            where.append(_about(words))
        if outcome == REFUSED:
            where.append(SsoAttempt.code != SIGNED_IN)
        elif outcome in (NOTICED, ACCEPTED):
            where.append(SsoAttempt.code == SIGNED_IN)
        if outcome == NOTICED:
            where.append(func.cardinality(SsoAttempt.warnings) > 0)
        if way:
            where.append((SsoAttempt.dialect == way) | (SsoAttempt.authenticator == way))

        def fetch(direction: Direction, cursor: Cursor | None, limit: int) -> Sequence[SsoAttempt]:
            return self._fetch(where, direction, cursor, limit)

        return read_page(
            fetch,
            lambda row: Cursor(row.created_at, row.id),
            older=Cursor.parse(older),
            newer=Cursor.parse(newer),
        )

    def _fetch(
        self,
        where: list[ColumnElement[bool]],
        direction: Direction,
        cursor: Cursor | None,
        limit: int,
    ) -> Sequence[SsoAttempt]:
        key = tuple_(SsoAttempt.created_at, SsoAttempt.id)
        if cursor is not None:
            place = (cursor.at, cursor.number)
            where = [*where, key < place if direction == "older" else key > place]
        statement = select(SsoAttempt).where(*where)
        if direction == "older":
            statement = statement.order_by(SsoAttempt.created_at.desc(), SsoAttempt.id.desc())
        else:
            statement = statement.order_by(SsoAttempt.created_at, SsoAttempt.id)
        return self.db.scalars(statement.limit(limit)).all()

    def figures(self) -> Figures:
        """How the last 24 hours went."""
        recent = (
            select(SsoAttempt.code)
            .where(
                SsoAttempt.tenant_id == self.tenant.id,
                SsoAttempt.created_at > now() - timedelta(hours=24),
            )
            .limit(MOST_COUNTED)
            .subquery()
        )
        total = func.count()
        rows = self.db.execute(select(recent.c.code, total).group_by(recent.c.code)).all()
        refused = {code: count for code, count in rows if code != SIGNED_IN}
        reason = max(refused, key=lambda code: refused[code], default=None)
        return Figures(
            attempts=sum(count for _, count in rows),
            refused=sum(refused.values()),
            reason=reason,
            reason_count=refused[reason] if reason is not None else 0,
        )


def _about(words: str) -> ColumnElement[bool]:
    """A condition for what somebody read out: a reference, or an address of either kind."""
    if match := _REFERENCE.fullmatch(words.strip().upper()):
        return SsoAttempt.reference == f"{match[1]}-{match[2]}"
    try:
        return SsoAttempt.ip == str(ip_address(words.strip()))
    except ValueError:
        return SsoAttempt.masked_email == mask_email(words.strip().lower())


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
        self.way = ways.get(row.dialect or row.authenticator, row.dialect or row.authenticator)
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
        return self.notices[0].headline if self.notices else N_("New session")

    @property
    def hint(self) -> str | None:
        """The likely cause, in the reader's language."""
        for check in reversed(self.row.trace):
            hint = check.get("hint")
            if isinstance(hint, dict) and isinstance(hint.get("text"), str):
                return Message(hint["text"], **hint.get("variables", {}))
        return self.row.hint or None

    @property
    def checks(self) -> list[CheckLine]:
        """The checks that were made."""
        return [
            CheckLine(
                self._label(str(check.get("step"))),
                check.get("outcome") == Outcome.FAIL,
                str(check.get("seen", "")),
                str(check.get("wanted", "")),
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
        renderer="portal:templates/settings/signin_log.jinja2",
    )
    def show(self) -> dict[str, Any]:
        """The list, as the address says; the one that a reference names is open."""
        given = self.request.GET
        filters = {name: given.get(name, "").strip() for name in ("q", "outcome", "way")}
        reader = LogReader(self.request.db, self.request.tenant)
        ways = _ways(self.request.registry)
        attempts = reader.page(
            words=filters["q"],
            outcome=filters["outcome"],
            way=filters["way"],
            older=given.get("older", ""),
            newer=given.get("newer", ""),
        )
        figures = reader.figures()
        zone = self.request.zone
        today = now().astimezone(zone).date()
        return self.tab(
            "log",
            {
                "attempts": attempts,
                "lines": [AttemptLine(row, ways, today, zone) for row in attempts.rows],
                "opened": bool(filters["q"]) and len(attempts.rows) == 1,
                "figures": figures,
                "reason": _member(Code, figures.reason or ""),
                "filters": filters,
                "filtered": any(filters.values()),
                "outcomes": _OUTCOMES,
                "ways": [("", N_("Every way in")), *ways.items()],
                "turn": lambda **cursor: self.request.place(
                    self.context,
                    "log",
                    query={name: value or None for name, value in filters.items()} | cursor,
                ),
            },
        )


def _ways(registry: Registry) -> dict[str, str]:
    """Labels of dialects and authenticators, by the names that the log has."""
    installed = registry[REGISTRY_KEY]
    found = (installed.get(name) for name in installed.names())
    methods = {
        each.name: _WAYS.get(each.name, each.label)
        for each in found
        if each is not None and each.label
    }
    return {name: each.label for name, each in dialects(registry).items()} | methods


def _member(kind: Any, word: str) -> Any:
    """The member of an enumeration that a stored word names; None for a word of another time."""
    try:
        return kind(word)
    except ValueError:
        return None
