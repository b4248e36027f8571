"""A ticket's state and history in the customer's words.

Customers are told what they can act on: that we work on it, that we wait for them, that it is
solved or closed. Steps in between (new to open, on hold) look alike to them.
"""

from dataclasses import dataclass
from typing import NamedTuple

from portal.tickets.models import State
from portal.tickets.thread import Entry
from portal.web.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands above a thread. `title` is the state, `text` what the reader can do."""

    title: Message
    text: Message
    icon: str
    tone: str = ""


WORKING = Banner(
    N_("We are working on it."),
    N_("You will see our answer here. If it has settled itself, tell us."),
    "clock",
)
WAITING = Banner(
    N_("We are waiting for your answer."),
    N_("Answer below. If it is settled, tell us and we are done."),
    "message-square",
    "amber",
)
SOLVED = Banner(
    N_("This ticket is solved."),
    N_("If it is not, say so, or simply answer below."),
    "circle-check",
    "green",
)
CLOSED = Banner(
    N_("This ticket is closed."),
    N_("It takes no more answers. Open a new ticket if something else comes up."),
    "archive",
    "green",
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


def banner_for_colleague(state: str, requester: str) -> Banner:
    """The words for a state, to somebody who may read the ticket and not answer it."""
    known = banner(state)
    text = N_(
        "This is a ticket of %(name)s. You can read it; only they can answer.", name=requester
    )
    if known is WAITING:
        return Banner(N_("We are waiting for an answer."), text, "hourglass")
    return Banner(known.title, text, known.icon, known.tone)


class EventWords(NamedTuple):
    """A change as one sentence, with the icon beside it."""

    icon: str
    text: Message


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
    """The sentence for a change of state, or None where nothing changed in the reader's words."""
    data = entry.data or {}
    before, after = banner(data["from"]), banner(data["to"])
    # Between working and waiting it goes with an answer, which stands right beside it.
    if after is WAITING or after is before or (before is WAITING and after is WORKING):
        return None
    said = _CHANGED_TO[after]
    if entry.author_name is None:
        return EventWords(said.icon, said.nobodys)
    if entry.author_id == reader_id:
        return EventWords(said.icon, said.yours)
    return EventWords(said.icon, Message(said.theirs, name=entry.author_name))
