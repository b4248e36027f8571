"""What an empty list says: what is not there, why, and what to do next."""

from typing import NamedTuple

from portal.tickets.catalogue import (
    ALL_OPEN,
    FOLLOWED,
    MINE,
    PENDING,
    RECENTLY_SOLVED,
    SNOOZED,
    STARRED,
    UNASSIGNED,
    view_of,
)
from portal.tickets.filters import Filters
from portal.web.i18n import N_


class Emptiness(NamedTuple):
    """A title, a sentence, an icon; and what to offer: "new", "everything" or a view's key."""

    title: str
    text: str
    icon: str
    offer: str = "everything"


_NEW = Emptiness(
    N_("No tickets yet"),
    N_(
        "They appear here as soon as a customer opens one. You can also open one on behalf of a "
        "customer."
    ),
    "inbox",
    "new",
)
_NOTHING_FOUND = Emptiness(
    N_("No ticket matches"),
    N_("Try fewer words, or look in all tickets: the search covers subjects and messages."),
    "search",
)
_NOTHING = Emptiness(
    N_("Nothing here"),
    N_("No ticket fits these filters at the moment. Take one off, or look at everything."),
    "list-filter",
)
_NOTHING_SAVED = Emptiness(
    N_("Nothing in this view"),
    N_("No ticket fits its filters at the moment. New ones appear here by themselves."),
    "circle-check",
    ALL_OPEN.key,
)
_VIEWS = {
    MINE.key: Emptiness(
        N_("Nothing waits for you"),
        N_("You have no unsolved ticket. There may be some that nobody has taken yet."),
        "circle-check",
        UNASSIGNED.key,
    ),
    UNASSIGNED.key: Emptiness(
        N_("Every ticket has somebody"),
        N_("Nothing waits to be taken. New tickets appear here until they have an assignee."),
        "circle-check",
        MINE.key,
    ),
    STARRED.key: Emptiness(
        N_("No stars yet"),
        N_(
            "Star a ticket that you want to find again, in its row or on its page. "
            "Nobody else sees it."
        ),
        "star",
        ALL_OPEN.key,
    ),
    FOLLOWED.key: Emptiness(
        N_("You follow no ticket"),
        N_("Follow a colleague’s ticket on its page, and you hear of every reply and note."),
        "bell",
        ALL_OPEN.key,
    ),
    ALL_OPEN.key: Emptiness(
        N_("Everything is solved"),
        N_("No ticket is open. What was solved is still there, in case somebody asks."),
        "circle-check",
        RECENTLY_SOLVED.key,
    ),
    PENDING.key: Emptiness(
        N_("No customer keeps you waiting"),
        N_("A ticket is pending from the reply that asks its customer something until they write."),
        "hourglass",
        ALL_OPEN.key,
    ),
    SNOOZED.key: Emptiness(
        N_("Nothing is snoozed"),
        N_("Snooze what can wait: it leaves the queues, and comes back on the day you choose."),
        "alarm-clock",
        ALL_OPEN.key,
    ),
    RECENTLY_SOLVED.key: Emptiness(
        N_("Nothing was solved lately"),
        N_("Solved tickets stay here until they are closed; then they are found by the search."),
        "circle-check",
        ALL_OPEN.key,
    ),
}


def empty_words(filters: Filters, *, is_saved: bool, desk_is_empty: bool) -> Emptiness:
    """The words for a list with these filters, or for a saved view, in which there is nothing."""
    if desk_is_empty:
        return _NEW
    if is_saved:
        return _NOTHING_SAVED
    view = view_of(filters)
    if view is not None:
        return _VIEWS[view.key]
    return _NOTHING_FOUND if filters.text or filters.requester else _NOTHING
