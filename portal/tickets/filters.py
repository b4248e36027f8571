"""What a list of tickets is narrowed to: read from an address, and written back to one.

Every filter is in the URL, so that a list can be bookmarked, sent to a colleague, and returned to.
`portal.search` says the same filters in words: `state:open assignee:me tag:billing`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import fields as members
from enum import StrEnum
from typing import Any, Final, Self
from urllib.parse import urlencode

from portal.tickets.days import Span
from portal.tickets.models import Priority, State
from portal.web.forms import one_line

UNSOLVED: Final = tuple(state for state in State if state.is_unsolved)

#: Words for people in URLs: who looks, and nobody.
ME, NOBODY = "me", "none"
#: The four states in which somebody still has to do something, as one word.
UNSOLVED_WORD = "unsolved"
#: Characters of a text that are looked at; nobody types more, and a paste must not cost more.
MAX_QUERY = 200
#: Tags that a list can be narrowed to at once.
MAX_TAGS = 10
#: The parameters that are filters. An address without any of them means the first view.
KEYS = (
    "state",
    "assignee",
    "team",
    "priority",
    "project",
    "topic",
    "organisation",
    "requester",
    "tag",
    "is",
    "has",
    "before",
    "after",
    "created",
    "updated",
    "q",
)

#: Before the key of a custom field, in addresses and in the search box.
FIELD = "field."
#: Words for values of fields: there is one, or (NOBODY) there is none.
ANY = "any"
#: Fields that a list can be narrowed by at once.
MAX_FIELDS = 10

_FIELD = re.compile(r"field\.([a-z][a-z0-9_]{0,39})", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_SPACE = re.compile(r"[\s,]+")
_TAG = re.compile(r"\w[\w.:/+-]{0,39}")


class Mark(StrEnum):
    """What a ticket is to the one who looks."""

    UNREAD = "unread"
    STARRED = "starred"
    FOLLOWING = "following"
    SNOOZED = "snoozed"


class Having(StrEnum):
    """What a ticket has."""

    ATTACHMENT = "attachment"


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
    #: An id in digits, NOBODY for tickets of none, or "".
    team: str = ""
    topic: str = ""
    organisation: str = ""
    #: A ticket has all of them, and each of the other two.
    tags: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    having: tuple[Having, ...] = ()
    #: Opened before the first day of a span of days, or on or after it; opened or changed in it.
    #: As they were written, so that `7d` goes on meaning the last seven days.
    before: str = ""
    after: str = ""
    created: str = ""
    updated: str = ""
    #: Keys of custom fields, each once, and their values: NOBODY for none, ANY for whatever it is.
    fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, parameters: Any) -> Self | None:
        """The filters of a URL's parameters (a multidict), or None when it has none.

        What is misspelt is left out: an old bookmark still shows a list.
        """
        if not any(key in parameters for key in KEYS) and not _fields(parameters):
            return None
        return cls(
            states=_states(parameters.getall("state")),
            assignee=_word_or_number(parameters.get("assignee"), (ME, NOBODY)),
            priorities=tuple(each for each in Priority if each in parameters.getall("priority")),
            project=_word_or_number(parameters.get("project"), (NOBODY,)),
            requester=one_line(parameters.get("requester", ""))[:MAX_QUERY].strip(),
            text=one_line(parameters.get("q", ""))[:MAX_QUERY].strip(),
            team=_word_or_number(parameters.get("team"), (NOBODY,)),
            topic=_word_or_number(parameters.get("topic"), (NOBODY,)),
            organisation=_word_or_number(parameters.get("organisation"), (NOBODY,)),
            tags=_tags(parameters.getall("tag")),
            marks=tuple(each for each in Mark if each in parameters.getall("is")),
            having=tuple(each for each in Having if each in parameters.getall("has")),
            before=_day(parameters.get("before")),
            after=_day(parameters.get("after")),
            created=_day(parameters.get("created")),
            updated=_day(parameters.get("updated")),
            fields=_fields(parameters),
        )

    def parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, in one spelling; `state=any` where nothing is narrowed."""
        unsolved = self.states == UNSOLVED
        values = {
            "state": [UNSOLVED_WORD] if unsolved else [str(state) for state in self.states],
            "assignee": [self.assignee],
            "team": [self.team],
            "priority": [str(priority) for priority in self.priorities],
            "project": [self.project],
            "topic": [self.topic],
            "organisation": [self.organisation],
            "requester": [self.requester],
            "tag": [*self.tags],
            "is": [str(mark) for mark in self.marks],
            "has": [str(having) for having in self.having],
            "before": [self.before],
            "after": [self.after],
            "created": [self.created],
            "updated": [self.updated],
            **{FIELD + key: [value] for key, value in self.fields},
            "q": [self.text],
        }
        return {key: value for key, value in values.items() if any(value)} or {"state": ["any"]}

    def query_string(self) -> str:
        """The parameters as they stand in a URL."""
        return urlencode(self.parameters(), doseq=True)

    def narrowed_by(self, other: Self) -> Self:
        """These filters with those that the other ones name in their place; tags add up."""
        named = {
            each.name: value for each in members(other) if (value := getattr(other, each.name))
        }
        tags = tuple(sorted({*self.tags, *other.tags})[:MAX_TAGS])
        values = _in_order({**dict(self.fields), **dict(other.fields)})
        return replace(self, **{**named, "tags": tags, "fields": values})

    def with_field(self, key: str, value: str) -> Self:
        """These filters, and a value of a custom field."""
        return replace(self, fields=_in_order({**dict(self.fields), key: value}))

    def without(self, name: str) -> Self:
        """These filters but for one, by the name of its field; `field.key` for a custom one."""
        if name.startswith(FIELD):
            others = {key: value for key, value in self.fields if FIELD + key != name}
            return replace(self, fields=_in_order(others))
        empty = getattr(type(self)(), name)
        return replace(self, **{name: empty})


def is_tag(word: str) -> bool:
    """Whether a word, in lower case, can be a tag."""
    return _TAG.fullmatch(word) is not None


def _states(words: Iterable[str]) -> tuple[State, ...]:
    wanted = set(words)
    if UNSOLVED_WORD in wanted:
        wanted.update(UNSOLVED)
    return tuple(state for state in State if state in wanted)


def _word_or_number(value: object, words: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        return ""
    return value if value in words or _NUMBER.fullmatch(value) else ""


def _tags(words: Iterable[object]) -> tuple[str, ...]:
    """Each once, in the order of the alphabet: their order means nothing. A form's field may hold
    several."""
    written = [word for each in words if isinstance(each, str) for word in _SPACE.split(each)]
    tags = {word.lower() for word in written if is_tag(word)}
    return tuple(sorted(tags)[:MAX_TAGS])


def _day(value: object) -> str:
    return value if isinstance(value, str) and Span.parse(value) is not None else ""


def _fields(parameters: Any) -> tuple[tuple[str, str], ...]:
    found = {}
    for name in parameters:
        match = _FIELD.fullmatch(name)
        value = one_line(parameters.get(name))[:MAX_QUERY].strip() if match else ""
        if match and value:
            found[match[1]] = value
    return _in_order(found)


def _in_order(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(values.items())[:MAX_FIELDS])
