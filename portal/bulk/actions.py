"""What can be done to many tickets at once: read from a form, kept with a run, said in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from portal.tickets.models import Priority, State
from portal.tickets.tags import parse_tags

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

#: Closing is left out: it cannot be undone, and happens by itself some time after solving.
STATES = (State.OPEN, State.PENDING, State.ON_HOLD, State.SOLVED)


class Verb(StrEnum):
    """What is changed."""

    ASSIGNEE = "assignee"
    TEAM = "team"
    STATE = "state"
    PRIORITY = "priority"
    ADD_TAGS = "add_tags"
    REMOVE_TAGS = "remove_tags"
    SNOOZE = "snooze"
    TOPIC = "topic"
    FIELD = "field"


class ActionError(ValueError):
    """The form asks for something that cannot be. `code`: `unknown`, `tags` or `no_tags`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Action:
    """One change. The value is a key, a word, tags, a moment, or what a field holds; None: nobody,
    no team, or nothing."""

    verb: Verb
    value: int | float | str | tuple[str, ...] | datetime | None
    #: The key and the label of a custom field, for FIELD alone.
    field: tuple[str, str] | None = None

    @classmethod
    def parse(cls, do: str, tags: str = "", until: datetime | None = None) -> Self:
        """The action of a button: `assignee:12`, `assignee:`, `state:solved`, `add_tags:` with the
        words of a field, `snooze:` with a moment that the caller has worked out.

        Raises ActionError.
        """
        name, colon, word = do.partition(":")
        if not colon or name not in set(Verb):
            raise ActionError("unknown")
        verb = Verb(name)
        match verb:
            case Verb.ASSIGNEE | Verb.TEAM | Verb.TOPIC:
                return cls(verb, _key(word))
            case Verb.STATE:
                return cls(verb, _word(word, STATES))
            case Verb.PRIORITY:
                return cls(verb, _word(word, tuple(Priority)))
            case Verb.SNOOZE:
                if until is None:
                    raise ActionError("unknown")
                return cls(verb, until)
            case Verb.FIELD:
                # A form of its own asks for the value.
                raise ActionError("unknown")
            case _:
                return cls(verb, _tags(tags))

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """The action that a run keeps."""
        verb, value = Verb(kept["verb"]), kept["value"]
        if verb is Verb.FIELD:
            key, label = kept["field"]
            return cls(verb, value, (key, label))
        if isinstance(value, list):
            return cls(verb, tuple(value))
        return cls(verb, datetime.fromisoformat(value) if verb is Verb.SNOOZE else value)

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        kept: dict[str, Any] = {"verb": str(self.verb), "value": value}
        return kept if self.field is None else {**kept, "field": [*self.field]}

    @property
    def key(self) -> int | None:
        """The id of a person, a team or a topic. Raises TypeError for any other value."""
        if self.value is None or isinstance(self.value, int):
            return self.value
        raise TypeError(self.verb)

    @property
    def word(self) -> str:
        """A state or a priority. Raises TypeError for any other value."""
        if isinstance(self.value, str):
            return self.value
        raise TypeError(self.verb)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags. Raises TypeError for any other value."""
        if isinstance(self.value, tuple):
            return self.value
        raise TypeError(self.verb)

    @property
    def moment(self) -> datetime:
        """The moment. Raises TypeError for any other value."""
        if isinstance(self.value, datetime):
            return self.value
        raise TypeError(self.verb)


def _key(word: str) -> int | None:
    if not word:
        return None
    if not _NUMBER.fullmatch(word):
        raise ActionError("unknown")
    return int(word)


def _word(word: str, known: tuple[StrEnum, ...]) -> str:
    if word not in known:
        raise ActionError("unknown")
    return word


def _tags(text: str) -> tuple[str, ...]:
    try:
        tags = parse_tags(text)
    except ValueError as error:
        raise ActionError("tags") from error
    if not tags:
        raise ActionError("no_tags")
    return tuple(tags)
