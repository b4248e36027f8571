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
    "topic": N_(
        "Nothing was sent: the topic that the ticket was to have is not offered any more. "
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


def unfinished(fields: str, *, asked_by_change: bool) -> Message:
    """What is missing before the ticket can be solved. `asked_by_change`: the topic asks for it
    that was to come with the message; the ticket's page does not show such fields yet."""
    if asked_by_change:
        return N_(
            "Nothing was sent: with its new topic the ticket cannot be solved before this is "
            "filled in: %(fields)s. Change the topic first and fill it in, or take the change of "
            "the topic off. What you wrote is kept here.",
            fields=fields,
        )
    return N_(
        "Nothing was sent: the ticket cannot be solved before this is filled in: %(fields)s. What "
        "you wrote is kept here.",
        fields=fields,
    )


def refusal(code: str, kind: MessageKind) -> Message | None:
    """The sentence for a rule's code; None for one that is about the message itself."""
    if code == "closed" and kind is MessageKind.NOTE:
        return _CLOSED
    return _WORDS.get(code)
