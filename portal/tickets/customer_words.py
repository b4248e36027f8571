"""A ticket's state and history in the customer's words.

Customers are told what they can act on: that we work on it, that we wait for them, that it is
solved or closed. Steps in between (new to open, on hold) look alike to them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from portal.tickets.models import EventKind, State
from portal.tickets.thread import Entry
from portal.web.i18n import N_, Message

_Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands above a thread. `title` is the state, `text` what the reader can do."""

    title: Message
    text: Message
    icon: str
    tone: str = ""


WORKING = Banner(
    N_("We are working on it."),
    N_("You will see our reply here. If it has settled itself, tell us."),
    "clock",
)
WAITING = Banner(
    N_("We are waiting for your reply."),
    N_("Reply below. If it is settled, tell us and we are done."),
    "message-square",
    "amber",
)
SOLVED = Banner(
    N_("This ticket is solved."),
    N_("If it is not, say so or simply reply below, until %(date)s."),
    "circle-check",
    "green",
)
CLOSED = Banner(
    N_("This ticket is closed."),
    N_("It takes no more replies. If it is not over, write a follow-up: we see both together."),
    "archive",
    "green",
)
MERGED = Banner(
    N_("This ticket is closed."),
    N_("It was merged into another ticket, where everything goes on."),
    "merge",
)

_BANNERS = {
    State.NEW: WORKING,
    State.OPEN: WORKING,
    State.ON_HOLD: WORKING,
    State.PENDING: WAITING,
    State.SOLVED: SOLVED,
    State.CLOSED: CLOSED,
}


def banner(state: str) -> Banner:
    """The words for a state, to the one whose ticket it is."""
    return _BANNERS[State(state)]


def banner_for_colleague(known: Banner, requester: str, *, may_reply: bool = False) -> Banner:
    """The words for a state, to somebody who reads a ticket that is not theirs."""
    if may_reply:
        text = N_(
            "This is a ticket of %(name)s. You can reply, too: everybody on it reads what you "
            "write.",
            name=requester,
        )
    else:
        text = N_(
            "This is a ticket of %(name)s. You can read it; only they can reply.", name=requester
        )
    if known is WAITING:
        return Banner(N_("We are waiting for a reply."), text, "hourglass")
    return Banner(known.title, text, known.icon, known.tone)


class EventWords(NamedTuple):
    """A change as one sentence, with the icon beside it."""

    icon: str
    text: Message
    #: A ticket that the reader can go to; the sentence has a place for it, `%(ticket)s`.
    ticket: int | None = None


class _Sentences(NamedTuple):
    """What is said of a change that the reader made, that somebody made, that just happened."""

    icon: str
    yours: Message
    theirs: Message
    nobodys: Message


_CHANGED_TO = {
    WORKING: _Sentences(
        "rotate-ccw",
        N_("You reopened this ticket."),
        N_("%(name)s reopened this ticket."),
        N_("This ticket was reopened."),
    ),
    SOLVED: _Sentences(
        SOLVED.icon,
        N_("You marked this ticket as solved."),
        N_("%(name)s marked this ticket as solved."),
        N_("This ticket was marked as solved."),
    ),
    CLOSED: _Sentences(
        CLOSED.icon,
        N_("You closed this ticket."),
        N_("%(name)s closed this ticket."),
        N_("This ticket was closed."),
    ),
}


def event_words(entry: Entry, reader_id: int) -> EventWords | None:
    """The sentence for a change, or None where nothing changed in the reader's words."""
    return _EVENTS[EventKind(str(entry.event_kind))](entry, entry.data or {}, reader_id)


def _state(entry: Entry, data: _Data, reader_id: int) -> EventWords | None:
    before, after = banner(data["from"]), banner(data["to"])
    # Between working and waiting it goes with a reply, which stands right beside it.
    if after is WAITING or after is before or (before is WAITING and after is WORKING):
        return None
    said = _CHANGED_TO[after]
    if entry.author_name is None:
        return EventWords(said.icon, said.nobodys)
    if entry.author_id == reader_id:
        return EventWords(said.icon, said.yours)
    return EventWords(said.icon, Message(said.theirs, name=entry.author_name))


def _subject(entry: Entry, data: _Data, reader_id: int) -> EventWords:
    return EventWords("pencil", N_("The subject is “%(subject)s” now.", subject=data["to"]))


def _cc(entry: Entry, data: _Data, reader_id: int) -> EventWords:
    name = data["name"]
    if "added" in data:
        if data["added"] == reader_id:
            return EventWords("user-plus", N_("You were put in copy."))
        return EventWords("user-plus", N_("%(name)s was put in copy.", name=name))
    if data["removed"] == reader_id:
        return EventWords("user-x", N_("You were taken out of copy."))
    return EventWords("user-x", N_("%(name)s was taken out of copy.", name=name))


def _merged(entry: Entry, data: _Data, reader_id: int) -> EventWords:
    if "into" in data:
        return EventWords(
            "merge", N_("This ticket was merged into #%(number)s.", number=data["into"])
        )
    return EventWords(
        "merge", N_("Ticket #%(number)s was merged into this one.", number=data["from"])
    )


def _split(entry: Entry, data: _Data, reader_id: int) -> EventWords:
    if data.get("taken_back"):
        number = data.get("from", data.get("into"))
        return EventWords(
            "undo-2", N_("This and #%(number)s are two tickets again.", number=number)
        )
    if "from" in data:
        return EventWords(
            "layers", N_("This ticket was split off from #%(number)s.", number=data["from"])
        )
    sentence = N_("Messages were moved to a ticket of their own, #%(number)s.", number=data["into"])
    return EventWords("layers", sentence)


def _follow_up(entry: Entry, data: _Data, reader_id: int) -> EventWords:
    if "of" in data:
        sentence = N_("This is a follow-up to %(ticket)s.")
        return EventWords("reply", sentence, ticket=data["of"])
    return EventWords("reply", N_("It goes on in the follow-up %(ticket)s."), ticket=data["in"])


_EVENTS: dict[EventKind, Callable[[Entry, _Data, int], EventWords | None]] = {
    EventKind.STATE: _state,
    EventKind.SUBJECT: _subject,
    EventKind.CC: _cc,
    EventKind.MERGED: _merged,
    EventKind.SPLIT: _split,
    EventKind.FOLLOW_UP: _follow_up,
}
