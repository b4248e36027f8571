"""What a list of tickets is narrowed to: read from an address, and written back to one.

Every filter is in the URL, so that a list can be bookmarked, sent to a colleague, and returned to.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Self
from urllib.parse import urlencode

from portal.search.tickets import MAX_QUERY
from portal.tickets.models import Priority, State
from portal.web.forms import one_line

UNSOLVED: Final = tuple(state for state in State if state.is_unsolved)

#: Words for people in URLs: who looks, and nobody.
ME, NOBODY = "me", "none"
#: The four states in which somebody still has to do something, as one word.
UNSOLVED_WORD = "unsolved"
#: The parameters that are filters. An address without any of them means the first view.
KEYS = ("state", "assignee", "priority", "project", "requester", "q")

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filters:
    """A list's filters; an empty one narrows nothing."""

    states: tuple[State, ...] = ()
    #: ME, NOBODY, a user's id in digits, or "".
    assignee: str = ""
    priorities: tuple[Priority, ...] = ()
    #: A project's id in digits, NOBODY for tickets of none, or "".
    project: str = ""
    #: An e-mail address, or a part of a name.
    requester: str = ""
    #: Words to search for.
    text: str = ""

    @classmethod
    def parse(cls, parameters: Any) -> Self | None:
        """The filters of a URL's parameters (a multidict), or None when it has none.

        What is misspelt is left out: an old bookmark still shows a list.
        """
        if not any(key in parameters for key in KEYS):
            return None
        return cls(
            states=_states(parameters.getall("state")),
            assignee=_word_or_number(parameters.get("assignee"), (ME, NOBODY)),
            priorities=tuple(each for each in Priority if each in parameters.getall("priority")),
            project=_word_or_number(parameters.get("project"), (NOBODY,)),
            requester=one_line(parameters.get("requester", ""))[:MAX_QUERY],
            text=one_line(parameters.get("q", ""))[:MAX_QUERY],
        )

    def parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, in one spelling; `state=any` where nothing is narrowed."""
        unsolved = self.states == UNSOLVED
        values = {
            "state": [UNSOLVED_WORD] if unsolved else [str(state) for state in self.states],
            "assignee": [self.assignee],
            "priority": [str(priority) for priority in self.priorities],
            "project": [self.project],
            "requester": [self.requester],
            "q": [self.text],
        }
        return {key: value for key, value in values.items() if any(value)} or {"state": ["any"]}

    def query_string(self) -> str:
        """The parameters as they stand in a URL."""
        return urlencode(self.parameters(), doseq=True)

    def without(self, name: str) -> Self:
        """These filters but for one, by the name of its field."""
        empty = getattr(type(self)(), name)
        return replace(self, **{name: empty})

    @property
    def narrows_by_tally(self) -> bool:
        """Whether the kept counters can say how many tickets there are."""
        return not (self.priorities or self.project or self.requester or self.text)


def _states(words: Iterable[str]) -> tuple[State, ...]:
    wanted = set(words)
    if UNSOLVED_WORD in wanted:
        wanted.update(UNSOLVED)
    return tuple(state for state in State if state in wanted)


def _word_or_number(value: object, words: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        return ""
    return value if value in words or _NUMBER.fullmatch(value) else ""
