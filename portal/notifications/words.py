"""Notifications in words."""

from typing import NamedTuple

from portal.notifications.models import Kind
from portal.notifications.service import Told
from portal.web.i18n import N_, Message


class Words(NamedTuple):
    """A sentence about what happened, and the icon beside it. `%(who)s` is who did it."""

    icon: str
    sentence: Message


class Choice(NamedTuple):
    """A kind that somebody may do without."""

    kind: Kind
    label: Message
    hint: Message


_WORDS = {
    Kind.MENTION: Words("at-sign", N_("%(who)s mentioned you")),
    Kind.ASSIGNED: Words("user-check", N_("%(who)s assigned this ticket to you")),
    Kind.REPLY: Words("reply", N_("%(who)s replied")),
    Kind.NOTE: Words("lock", N_("%(who)s wrote an internal note")),
    Kind.UNSENT: Words("triangle-alert", N_("Your reply was not sent")),
}
_SOLVED = Words("circle-check", N_("%(who)s marked the ticket as solved"))
_CLOSED = Words("archive", N_("%(who)s closed the ticket"))
_CHANGED = Words("refresh-cw", N_("%(who)s changed the state of the ticket"))

#: In the order of the page of preferences.
FOR_STAFF = (
    Choice(
        Kind.MENTION, N_("Mentions"), N_("Somebody wrote your name, or your team’s, with an @.")
    ),
    Choice(Kind.ASSIGNED, N_("Assignments"), N_("A ticket became yours.")),
    Choice(Kind.REPLY, N_("Replies"), N_("In tickets that are yours or that you follow.")),
    Choice(Kind.NOTE, N_("Internal notes"), N_("In tickets that are yours or that you follow.")),
    Choice(Kind.STATE, N_("Solved and reopened"), N_("Tickets that are yours or that you follow.")),
)
FOR_CUSTOMERS = (
    Choice(Kind.REPLY, N_("Replies"), N_("Somebody replied to one of your tickets.")),
    Choice(Kind.STATE, N_("Solved and reopened"), N_("One of your tickets was solved or closed.")),
)


def words(told: Told) -> Words:
    """What is said of one. A ticket that was solved and is open again is said to have changed."""
    if told.kind is not Kind.STATE:
        return _WORDS[told.kind]
    return {"solved": _SOLVED, "closed": _CLOSED}.get(told.state, _CHANGED)
