"""States, priorities and history, in the words of agents."""

from collections.abc import Callable
from typing import Any, NamedTuple

from portal.tickets.models import EventKind, Priority, State
from portal.tickets.thread import Entry
from portal.web.i18n import N_

STATE_WORDS = {
    State.NEW: N_("New"),
    State.OPEN: N_("Open"),
    State.PENDING: N_("Pending"),
    State.ON_HOLD: N_("On hold"),
    State.SOLVED: N_("Solved"),
    State.CLOSED: N_("Closed"),
}
PRIORITY_WORDS = {
    Priority.LOW: N_("Low"),
    Priority.NORMAL: N_("Normal"),
    Priority.HIGH: N_("High"),
    Priority.URGENT: N_("Urgent"),
}
_STATE_ICONS = {
    State.NEW: "circle-dashed",
    State.OPEN: "circle-dot",
    State.PENDING: "hourglass",
    State.ON_HOLD: "circle-pause",
    State.SOLVED: "circle-check",
    State.CLOSED: "archive",
}


class EventWords(NamedTuple):
    """A change as one sentence, to be filled with `who`, `before` and `after`.

    `before` and `after` are names as they were, or words to translate.
    """

    icon: str
    sentence: str
    #: None: the portal itself.
    who: str | None
    before: str | None = None
    after: str | None = None


def event_words(entry: Entry) -> EventWords:
    """What an event says to agents."""
    data = entry.data or {}
    words = _WORDS.get(EventKind(str(entry.event_kind)))
    if words is None:
        return EventWords("pencil", N_("%(who)s changed the ticket"), entry.author_name)
    return words(entry, data)


def _created(entry: Entry, data: dict[str, Any]) -> EventWords:
    return EventWords("plus", N_("%(who)s opened the ticket"), entry.author_name)


def _state(entry: Entry, data: dict[str, Any]) -> EventWords:
    before, after = State(data["from"]), State(data["to"])
    sentence = N_("%(who)s set the state to %(after)s")
    names = STATE_WORDS[before], STATE_WORDS[after]
    return EventWords(_STATE_ICONS[after], sentence, entry.author_name, *names)


def _priority(entry: Entry, data: dict[str, Any]) -> EventWords:
    sentence = N_("%(who)s changed the priority from %(before)s to %(after)s")
    names = PRIORITY_WORDS[Priority(data["from"])], PRIORITY_WORDS[Priority(data["to"])]
    return EventWords("arrow-up-down", sentence, entry.author_name, *names)


def _assignee(entry: Entry, data: dict[str, Any]) -> EventWords:
    before, after = data.get("from_name"), data.get("to_name")
    if data["to"] is None:
        icon, sentence = "user-x", N_("%(who)s took the ticket from %(before)s: nobody has it now")
    elif data["to"] == entry.author_id:
        icon, sentence = "user-check", N_("%(who)s took the ticket")
    elif before is None:
        icon, sentence = "user-check", N_("%(who)s assigned the ticket to %(after)s")
    else:
        icon, sentence = "user-check", N_("%(who)s passed the ticket from %(before)s to %(after)s")
    return EventWords(icon, sentence, entry.author_name, before, after)


def _project(entry: Entry, data: dict[str, Any]) -> EventWords:
    before, after = data.get("from_name"), data.get("to_name")
    if after is None:
        sentence = N_("%(who)s took the ticket out of the project %(before)s")
    elif before is None:
        sentence = N_("%(who)s put the ticket into the project %(after)s")
    else:
        sentence = N_("%(who)s moved the ticket from the project %(before)s to %(after)s")
    return EventWords("folder", sentence, entry.author_name, before, after)


_WORDS: dict[EventKind, Callable[[Entry, dict[str, Any]], EventWords]] = {
    EventKind.CREATED: _created,
    EventKind.STATE: _state,
    EventKind.PRIORITY: _priority,
    EventKind.ASSIGNEE: _assignee,
    EventKind.PROJECT: _project,
}
