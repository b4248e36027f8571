"""The result of a draft's test sign-in in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from portal.people.models import User
from portal.signin.attempts import SIGNED_IN
from portal.signin.codes import Code, Notice, Step
from portal.signin.trace import Outcome, read
from portal.web.i18n import Message

#: What a test leaves out: it uses nothing up and signs nobody in.
_NOT_IN_A_TEST = (Step.CONSUME, Step.SESSION)


class TestedCheck(NamedTuple):
    """One check: how it ended, and what was seen and wanted."""

    label: Message
    outcome: Outcome
    seen: str
    wanted: str


class TestResult:
    """What a draft's row keeps of its last test."""

    __test__ = False  # of no interest to pytest

    def __init__(self, kept: Mapping[str, Any], person: User | None) -> None:
        """`person`: whom the token named, if they have an account here."""
        self._kept = kept
        self.person = person

    @property
    def passed(self) -> bool:
        """Whether somebody would have been signed in."""
        return bool(self._kept["code"] == SIGNED_IN)

    @property
    def word(self) -> str:
        """The code of the refusal, as the sign-in log has it."""
        return str(self._kept["code"])

    @property
    def code(self) -> Code | None:
        """The refusal; None when it passed, and for a code of another version."""
        return Code(self.word) if self.word in {code.value for code in Code} else None

    @property
    def hint(self) -> str | None:
        """The likely cause."""
        hints = [check["hint"] for check in self._kept["checks"] if "hint" in check]
        return read(hints[-1]) if hints else None

    @property
    def at(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self._kept["at"])

    @property
    def by(self) -> str:
        """The admin who made it."""
        return str(self._kept["by"])

    @property
    def masked_email(self) -> str | None:
        """The address in the token."""
        return self._kept.get("masked_email")

    @property
    def dialect(self) -> str | None:
        """The dialect's name."""
        return self._kept.get("dialect")

    @property
    def key_id(self) -> str | None:
        """The key that verified the token."""
        return self._kept.get("key_id")

    @property
    def role(self) -> str | None:
        """The role with which they would be signed in."""
        return self._kept.get("role")

    @property
    def is_new(self) -> bool:
        """Whether an account would have been made."""
        return bool(self._kept.get("new"))

    @property
    def target(self) -> str:
        """Where they would have arrived; empty: the home page."""
        return str(self._kept.get("target") or "")

    @property
    def notices(self) -> list[Notice]:
        """What an admin should know about it all the same."""
        known = {notice.value for notice in Notice}
        return [Notice(word) for word in self._kept.get("notices", []) if word in known]

    @property
    def checks(self) -> list[TestedCheck]:
        """Every check there is, in order."""
        made = {check["step"]: check for check in self._kept["checks"]}
        steps = [step for step in Step if step not in _NOT_IN_A_TEST]
        last = max((n for n, step in enumerate(steps) if step.value in made), default=-1)
        return [_check(step, made.get(step.value), n <= last) for n, step in enumerate(steps)]


def _check(step: Step, made: Mapping[str, Any] | None, was_reached: bool) -> TestedCheck:
    """A check that is not on record before one that is has passed: when the token came in a form,
    the first ones were made one request earlier."""
    if made is None:
        return TestedCheck(step.label, Outcome.OK if was_reached else Outcome.SKIPPED, "", "")
    return TestedCheck(
        step.label, Outcome(made["outcome"]), read(made.get("seen")), read(made.get("wanted"))
    )
