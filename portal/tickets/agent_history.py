"""A ticket's history in the words of agents: a sentence for each kind of change."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.models import EventKind, Priority, State
from portal.tickets.thread import Entry
from portal.topics.models import FieldKind
from portal.topics.values import in_words
from portal.web.i18n import N_

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

    `before` and `after` are names as they were, or words to translate; `after` may be a day.
    """

    icon: str
    sentence: str
    #: None: the portal itself.
    who: str | None
    before: str | None = None
    after: str | date | None = None
    #: The ticket that `after` names.
    ticket: int | None = None
    #: Instead of `after`: a moment, to be said in the reader's zone.
    moment: datetime | None = None


_Data = dict[str, Any]


def event_words(entry: Entry) -> EventWords:
    """What an event says to agents."""
    return _WORDS[EventKind(str(entry.event_kind))](entry, entry.data or {})


def _created(entry: Entry, data: _Data) -> EventWords:
    return EventWords("plus", N_("%(who)s opened the ticket"), entry.author_name)


def _state(entry: Entry, data: _Data) -> EventWords:
    before, after = State(data["from"]), State(data["to"])
    sentence = N_("%(who)s set the state to %(after)s")
    names = STATE_WORDS[before], STATE_WORDS[after]
    return EventWords(_STATE_ICONS[after], sentence, entry.author_name, *names)


def _priority(entry: Entry, data: _Data) -> EventWords:
    sentence = N_("%(who)s changed the priority from %(before)s to %(after)s")
    names = PRIORITY_WORDS[Priority(data["from"])], PRIORITY_WORDS[Priority(data["to"])]
    return EventWords("arrow-up-down", sentence, entry.author_name, *names)


def _assignee(entry: Entry, data: _Data) -> EventWords:
    before, after = data.get("from_name"), data.get("to_name")
    if data["to"] is None and data["from"] == entry.author_id:
        icon, sentence = "user-x", N_("%(who)s gave the ticket back: nobody has it now")
    elif data["to"] is None:
        icon, sentence = "user-x", N_("%(who)s took the ticket from %(before)s: nobody has it now")
    elif data["to"] == entry.author_id:
        icon, sentence = "user-check", N_("%(who)s took the ticket")
    elif before is None:
        icon, sentence = "user-check", N_("%(who)s assigned the ticket to %(after)s")
    else:
        icon, sentence = "user-check", N_("%(who)s passed the ticket from %(before)s to %(after)s")
    return EventWords(icon, sentence, entry.author_name, before, after)


def _moved(icon: str, into: str, out_of: str, moved: str) -> Callable[[Entry, _Data], EventWords]:
    """Words for a thing that a ticket has one of: put in, taken out, moved."""

    def words(entry: Entry, data: _Data) -> EventWords:
        before, after = data.get("from_name"), data.get("to_name")
        sentence = out_of if after is None else into if before is None else moved
        return EventWords(icon, sentence, entry.author_name, before, after)

    return words


_project = _moved(
    "folder",
    N_("%(who)s put the ticket into the project %(after)s"),
    N_("%(who)s took the ticket out of the project %(before)s"),
    N_("%(who)s moved the ticket from the project %(before)s to %(after)s"),
)
_team = _moved(
    "users",
    N_("%(who)s gave the ticket to the team %(after)s"),
    N_("%(who)s took the ticket from the team %(before)s"),
    N_("%(who)s passed the ticket from the team %(before)s to %(after)s"),
)
_topic = _moved(
    "layers",
    N_("%(who)s set the topic to %(after)s"),
    N_("%(who)s took the topic %(before)s off the ticket"),
    N_("%(who)s changed the topic from %(before)s to %(after)s"),
)


def _field(entry: Entry, data: _Data) -> EventWords:
    label = next((data[key] for key in ("label", "name", "field", "key") if data.get(key)), "")
    value = data.get("to_name", data.get("to"))
    if value is None or value == "":
        return EventWords("pencil", N_("%(who)s cleared %(before)s"), entry.author_name, label)
    # Of a box it is known without its kind that it is one.
    kind = FieldKind.CHECKBOX if isinstance(value, bool) else data.get("kind", "")
    sentence = N_("%(who)s set %(before)s to %(after)s")
    return EventWords("pencil", sentence, entry.author_name, label, in_words(kind, value))


def _subject(entry: Entry, data: _Data) -> EventWords:
    sentence = N_("%(who)s changed the subject from “%(before)s” to “%(after)s”")
    return EventWords("pencil", sentence, entry.author_name, data["from"], data["to"])


def _tags(entry: Entry, data: _Data) -> EventWords:
    added, removed = ", ".join(data.get("added", ())), ", ".join(data.get("removed", ()))
    one = len(data.get("added", ())) + len(data.get("removed", ())) == 1
    if not removed:
        several = N_("%(who)s added the tags %(after)s")
        sentence = N_("%(who)s added the tag %(after)s") if one else several
    elif not added:
        several = N_("%(who)s removed the tags %(before)s")
        sentence = N_("%(who)s removed the tag %(before)s") if one else several
    else:
        sentence = N_("%(who)s added the tags %(after)s and removed %(before)s")
    return EventWords("tag", sentence, entry.author_name, removed, added)


def _requester(entry: Entry, data: _Data) -> EventWords:
    sentence = N_("%(who)s changed the requester from %(before)s to %(after)s")
    return EventWords(
        "user-round", sentence, entry.author_name, data.get("from_name"), data.get("to_name")
    )


def _cc(entry: Entry, data: _Data) -> EventWords:
    if "added" in data:
        return EventWords(
            "user-plus", N_("%(who)s put %(after)s in copy"), entry.author_name, None, data["name"]
        )
    sentence = N_("%(who)s took %(before)s out of copy")
    return EventWords("user-x", sentence, entry.author_name, data["name"])


def _snoozed(entry: Entry, data: _Data) -> EventWords:
    sentence = N_("%(who)s snoozed the ticket until %(after)s")
    until = datetime.fromisoformat(data["until"])
    return EventWords("alarm-clock", sentence, entry.author_name, moment=until)


def _woken(entry: Entry, data: _Data) -> EventWords:
    return EventWords("alarm-clock", N_("%(who)s woke the ticket"), entry.author_name)


def _to_other(
    icon: str, sentence: str, entry: Entry, data: _Data, number: int, *, before: str | None = None
) -> EventWords:
    """A sentence that ends in another ticket."""
    named = f"#{number} {data.get('subject', '')}".rstrip()
    return EventWords(icon, sentence, entry.author_name, before, named, ticket=number)


def _merged(entry: Entry, data: _Data) -> EventWords:
    if "into" in data:
        sentence = N_("%(who)s merged this ticket into %(after)s")
        return _to_other("merge", sentence, entry, data, data["into"])
    return _to_other(
        "merge", N_("%(who)s merged %(after)s into this ticket"), entry, data, data["from"]
    )


def _split(entry: Entry, data: _Data) -> EventWords:
    if data.get("taken_back"):
        if "from" in data:
            sentence = N_("%(who)s took the merge into %(after)s back")
            return _to_other("undo-2", sentence, entry, data, data["from"])
        sentence = N_("%(who)s took the merge of %(after)s back")
        return _to_other("undo-2", sentence, entry, data, data["into"])
    if "into" in data:
        sentence = N_("%(who)s moved messages to the new ticket %(after)s")
        return _to_other("layers", sentence, entry, data, data["into"])
    return _to_other(
        "layers", N_("%(who)s split this ticket off from %(after)s"), entry, data, data["from"]
    )


def _linked(entry: Entry, data: _Data) -> EventWords:
    return _to_other("link", N_("%(who)s linked %(after)s"), entry, data, data["to"])


def _unlinked(entry: Entry, data: _Data) -> EventWords:
    sentence = N_("%(who)s removed the link to %(after)s")
    return _to_other("link", sentence, entry, data, data["to"])


def _follow_up(entry: Entry, data: _Data) -> EventWords:
    if "of" in data:
        sentence = N_("%(who)s wrote this as a follow-up to %(after)s")
        return _to_other("reply", sentence, entry, data, data["of"])
    sentence = N_("%(who)s wrote the follow-up %(after)s")
    return _to_other("reply", sentence, entry, data, data["in"])


_WORDS: dict[EventKind, Callable[[Entry, _Data], EventWords]] = {
    EventKind.CREATED: _created,
    EventKind.STATE: _state,
    EventKind.PRIORITY: _priority,
    EventKind.ASSIGNEE: _assignee,
    EventKind.PROJECT: _project,
    EventKind.SUBJECT: _subject,
    EventKind.TEAM: _team,
    EventKind.TOPIC: _topic,
    EventKind.FIELD: _field,
    EventKind.TAGS: _tags,
    EventKind.REQUESTER: _requester,
    EventKind.CC: _cc,
    EventKind.SNOOZED: _snoozed,
    EventKind.WOKEN: _woken,
    EventKind.MERGED: _merged,
    EventKind.SPLIT: _split,
    EventKind.LINKED: _linked,
    EventKind.UNLINKED: _unlinked,
    EventKind.FOLLOW_UP: _follow_up,
}
