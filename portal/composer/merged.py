"""What happens to what is being written for a ticket that is merged into another."""

from portal.composer.drafts import move_drafts
from portal.tickets.happenings import Happening
from portal.tickets.models import EventKind


def follow_merges(happening: Happening) -> None:
    """Ticket listener: drafts follow their ticket into the one that goes on."""
    event = happening.event
    if event is None or event.kind != EventKind.MERGED or "into" not in event.data:
        return
    move_drafts(happening.db, happening.tenant.id, happening.ticket.number, int(event.data["into"]))
