"""Versions of what a page shows: an open page compares its own with the pulse's."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from portal.tickets.customer_words import banner
from portal.tickets.models import Ticket

#: A change that was on its way when a list was read bears a time before it.
_ON_ITS_WAY = timedelta(seconds=5)


def ticket_version(ticket: Ticket, copied: Iterable[int], *, for_staff: bool) -> str:
    """Another one whenever the page of the ticket would show something else.

    A customer's says nothing of notes, and nothing else that the team keeps to itself.
    """
    if for_staff:
        return str(ticket.version)
    return digest(
        ticket.last_reply_id,
        ticket.reply_count,
        ticket.subject,
        banner(ticket.state).title,
        ticket.merged_into,
        sorted(copied),
    )


def list_version(moment: datetime) -> str:
    """A moment as text that sorts by time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def page_moment() -> str:
    """The version of a list that is read now: what is later, it does not show."""
    return list_version(datetime.now(UTC) - _ON_ITS_WAY)


def digest(*values: object) -> str:
    """A short name for values, the same for the same ones."""
    return hashlib.blake2b(repr(values).encode(), digest_size=12).hexdigest()
