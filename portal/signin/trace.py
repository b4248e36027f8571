"""What each check of a sign-in saw: for the sign-in log and for "Test a token"."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from portal.signin.codes import TOKEN_STEPS, Notice, Step
from portal.signin.refusals import Refusal
from portal.web.i18n import Message

_UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(slots=True)
class Check:
    """One line of a trace. ``seen`` and ``wanted`` are technical values as they are, or words: a
    ``Message``, which is said in the reader's language."""

    step: Step
    outcome: Outcome = Outcome.OK
    seen: str = ""
    wanted: str = ""
    #: Why it failed.
    refusal: Refusal | None = None


@dataclass(slots=True)
class Trace:
    """The checks made so far, in order, and what was noticed on the way.

    The facts are what the sign-in log shows beside the outcome; each is None until a check
    knows it. None of them is a token, a secret or a whole e-mail address.
    """

    checks: list[Check] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    #: Checks after whose failure the rest is looked at all the same. Always empty in a sign-in,
    #: which ends at the first failure; a test of a token also tells whether the rest is right.
    going_on_past: frozenset[Step] = frozenset()
    dialect: str | None = None
    key_id: str | None = None
    masked_email: str | None = None
    jti_hash: str | None = None
    #: Seconds between the token's ``iat`` and now; negative when the sender's clock is ahead.
    age: int | None = None
    user_id: int | None = None

    @contextmanager
    def step(self, step: Step) -> Iterator[Check]:
        """Record the check that runs inside: passed, or failed when it raises a ``Refusal``.

        The refusal goes on to whoever asked for the check, unless the trace goes on past it.
        """
        check = Check(step)
        try:
            yield check
        except Refusal as refusal:
            refusal.step = refusal.step or step
            check.outcome = Outcome.FAIL
            check.seen, check.wanted, check.refusal = refusal.seen, refusal.wanted, refusal
            if step not in self.going_on_past:
                raise
        finally:
            self.checks.append(check)

    def notice(self, notice: Notice) -> None:
        """Remember, once, something that does not end the sign-in."""
        if notice not in self.notices:
            self.notices.append(notice)

    def rows(self) -> list[Check]:
        """Every check of the pipeline in its order; those that were not reached are skipped."""
        made = {check.step: check for check in self.checks}
        return [made.get(step, Check(step, Outcome.SKIPPED)) for step in TOKEN_STEPS]

    def as_json(self) -> list[dict[str, Any]]:
        """The checks that were made, as the sign-in log stores them."""
        return [
            {
                "step": check.step.value,
                "outcome": check.outcome.value,
                "seen": stored(check.seen),
                "wanted": stored(check.wanted),
            }
            for check in self.checks
        ]


def stored(text: str) -> Any:
    """A text as JSON keeps it; words that are translated keep what that takes (see ``read``)."""
    if not isinstance(text, Message):
        return storable(text)
    variables = {
        name: storable(value) if isinstance(value, str) else value
        for name, value in text.variables.items()
    }
    return {"text": str.__str__(text), "variables": variables}


def read(value: object) -> str:
    """What ``stored`` kept: a ``Message`` again, or the text as it is."""
    if isinstance(value, Mapping):
        return Message(str(value.get("text", "")), **value.get("variables", {}))
    return value if isinstance(value, str) else ""


def storable(text: str) -> str:
    """What a stranger sent, without what no column holds (NUL, halves of characters) and
    other controls."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
