"""Why what a macro changes could not be changed, said beside the composer."""

from portal.tickets.models import MessageKind
from portal.web.i18n import N_, Message

_WORDS = {
    "assignee": N_(
        "Nothing was sent: the person to whom the ticket was to go takes no tickets any more. "
        "Take that change off, then send again."
    ),
    "team": N_(
        "Nothing was sent: the team to which the ticket was to go takes no tickets any more. "
        "Take that change off, then send again."
    ),
    "tags": N_(
        "Nothing was sent: the ticket would have too many tags. Take some of them off, then send "
        "again."
    ),
    "role": N_(
        "Nothing was sent: your role does not include changes of tickets. Take the changes off, "
        "then send again."
    ),
}
_CLOSED = N_(
    "Nothing was sent: the ticket is closed, and stays so. Take the change of its state off, then "
    "add the note again."
)
#: For a reply that was held until it could no longer go as it was.
UNSENT_CHANGE = N_(
    "Your reply was not sent: something that was to be changed with it could not be changed any "
    "more. Take that off, then send it again."
)


def refusal(code: str, kind: MessageKind) -> Message | None:
    """The sentence for a rule's code; None for one that is about the message itself."""
    if code == "closed" and kind is MessageKind.NOTE:
        return _CLOSED
    return _WORDS.get(code)
