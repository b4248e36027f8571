"""A test of a token: every check of a sign-in is made, and nothing comes of it.

Nothing is used up, made, counted or written to the sign-in log, and nobody is signed in.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pyramid.request import Request

from portal.signin.codes import Notice, Step
from portal.signin.configuration import facts
from portal.signin.dialects import dialects
from portal.signin.dialects.base import Dialect, TenantFacts
from portal.signin.first_use import FirstUse, first_use
from portal.signin.jwt_sso import Arrival, token_authenticator, unpack
from portal.signin.parameters import TOKEN_LIMIT, Parameters, read_parameters
from portal.signin.pasted import Pasted, read_pasted
from portal.signin.pipeline import AlreadyUsed, Judged, Pipeline
from portal.signin.refusals import Refusal
from portal.signin.requests import resolve
from portal.signin.times import LARGEST_TIME
from portal.signin.trace import Check, Outcome, Trace
from portal.web.i18n import N_, Message

#: An old token that was used is what admins paste: they want to know whether the rest is right.
_GOING_ON_PAST = frozenset({Step.TIME, Step.ONCE})
#: What a test never does.
_LEFT_OUT = frozenset({Step.CONSUME, Step.SESSION})
_HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


class State(StrEnum):
    """How a check of a test ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not_reached"
    #: On purpose: a test uses nothing up.
    LEFT_OUT = "left_out"
    #: There is nothing to check, as in the header of what is no token.
    NOTHING = "nothing"


class Line(NamedTuple):
    """One check of a test."""

    check: Check
    state: State
    #: A sign-in would have ended before it.
    is_beyond: bool


class Moment(NamedTuple):
    """A time in a token."""

    name: str
    seconds: float
    at: datetime


@dataclass(slots=True)
class Tested:
    """What came of a test."""

    dialect: Dialect
    trace: Trace
    token: Arrival | None = field(default=None, repr=False)
    judged: Judged | None = None
    #: Why a sign-in would have been refused.
    refusal: Refusal | None = None
    used: FirstUse | None = None
    #: What an admin should know about the test itself.
    notes: list[Message] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        """Every check in its order."""
        made = [check.step for check in self.trace.checks]
        last = max((list(Step).index(step) for step in made), default=-1)
        lines, beyond = [], False
        for place, check in enumerate(self.trace.rows()):
            state = self._state(check, place < last)
            lines.append(Line(check, state, beyond))
            beyond = beyond or state is State.FAILED
        return lines

    def _state(self, check: Check, is_before_the_last: bool) -> State:
        if check.outcome is Outcome.FAIL:
            return State.FAILED
        if check.outcome is Outcome.OK:
            return State.PASSED
        if is_before_the_last:
            return State.NOTHING
        return State.LEFT_OUT if self._comes_through(check.step) else State.NOT_REACHED

    def _comes_through(self, step: Step) -> bool:
        return self.judged is not None and step in _LEFT_OUT

    @property
    def notices(self) -> list[Notice]:
        """What an admin should know about the sign-in."""
        return self.trace.notices

    @property
    def header(self) -> str | None:
        """The token's header, to be read; None when it could not be taken apart."""
        return _pretty(self.token.token.header) if self.token and self.token.token else None

    @property
    def payload(self) -> str | None:
        """The token's claims, to be read."""
        return _pretty(self.token.token.payload) if self.token and self.token.token else None

    @property
    def moments(self) -> list[Moment]:
        """The times in the token."""
        if self.token is None:
            return []
        return [
            Moment(name, value, datetime.fromtimestamp(value, UTC))
            for name in ("iat", "nbf", "exp")
            if _is_time(value := self.token.claim(name))
        ]


def put_to_test(request: Request, text: str, more: str, chosen: Dialect) -> Tested:
    """Test what was pasted against the request's tenant, as ``chosen`` unless it says itself."""
    pasted = read_pasted(text, more, dialects(request.registry).values())
    tested = Tested(pasted.dialect or chosen, Trace(going_on_past=_GOING_ON_PAST))
    request.sign_in_attempt.trace = tested.trace
    tested.trace.dialect = tested.dialect.name
    _note_address(request, pasted, tested)
    try:
        _run(request, pasted, tested)
    except Refusal as refusal:
        tested.refusal = refusal
    failed = [check.refusal for check in tested.trace.checks if check.refusal is not None]
    if failed:
        tested.refusal = failed[0]
    for each in failed:
        if isinstance(each, AlreadyUsed):
            tested.used = first_use(request.db, request.tenant.id, each.replay_key)
    return tested


def _run(request: Request, pasted: Pasted, tested: Tested) -> None:
    trace, dialect, own = tested.trace, tested.dialect, facts(request)
    with trace.step(Step.REQUEST) as check:
        found = read_parameters(pasted.query, names=dialect.parameter_names, path=pasted.path)
        check.seen = N_("%(count)d bytes", count=len(found.token))
        check.wanted = N_("at most %(count)d bytes", count=TOKEN_LIMIT)
    if not pasted.is_whole:
        found = _with_own_values(found, tested, own)
    tested.token = unpack(dialect, found, trace, at=time.time())
    assertion = token_authenticator(request).believe(request, tested.token)
    pipeline = Pipeline(request.db, request.tenant, request.sign_in_configuration, trace)
    judged = pipeline.judge(assertion, None, lambda target: resolve(request, target))
    pipeline.rehearse(judged)
    tested.judged = judged
    _note_browser(request, tested)


def _with_own_values(found: Parameters, tested: Tested, own: TenantFacts) -> Parameters:
    """A token came alone: what would stand beside it in the address is taken as right."""
    values = dict(found.values)
    for match in (*tested.dialect.matches, *tested.dialect.tenant_hints):
        value: str = getattr(own, match.setting)
        if match.where == "parameter" and match.name not in values and value:
            values[match.name] = value
            tested.notes.append(
                N_(
                    "“%(name)s” stands beside the token in the address, and was not checked. "
                    "Paste the whole address to have it checked.",
                    name=match.name,
                )
            )
    return replace(found, values=values)


def _note_address(request: Request, pasted: Pasted, tested: Tested) -> None:
    home = facts(request).home_url
    right = {home, f"{request.origin}/", f"{request.origin}/{request.tenant.slug}/"}
    if pasted.home.startswith("http") and pasted.home not in right:
        tested.notes.append(
            N_(
                "The address leads to %(seen)s, and this help desk is at %(wanted)s. The token "
                "was tested as if it had come here.",
                seen=pasted.home[:200],
                wanted=home,
            )
        )


def _note_browser(request: Request, tested: Tested) -> None:
    policy = request.sign_in_configuration.settings.unsolicited
    if tested.dialect.started_here:
        tested.notes.append(
            N_("“state” and “nonce” are not checked here: they belong to the visitor’s browser.")
        )
    elif policy == "deny":
        tested.notes.append(
            N_(
                "Only sign-ins that start here are let in. Whether this one did is known to the "
                "visitor’s browser alone, and not checked."
            )
        )
    elif policy == "confirm":
        tested.notes.append(
            N_("Unless the sign-in started here, the visitor is asked first whether it is them.")
        )


def _pretty(values: Mapping[str, Any]) -> str:
    """JSON to be read by people: what hides or turns text around is written out as an escape."""
    text = json.dumps(values, indent=2, ensure_ascii=False)
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _is_time(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value <= LARGEST_TIME
