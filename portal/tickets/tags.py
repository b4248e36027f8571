"""Tags: words that the team puts on tickets."""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.counter_models import TagTally
from portal.tickets.mark_models import TicketTag
from portal.tickets.models import EventKind, Ticket
from portal.tickets.writer import TicketRuleError, TicketWriter

#: Characters of a tag, and tags of a ticket.
MAX_LENGTH = 40
MAX_TAGS = 20

_SPLIT = re.compile(r"[,;\s]+")
_TAG = re.compile(rf"[\w][\w.:/+-]{{0,{MAX_LENGTH - 1}}}")


def parse_tags(text: str) -> list[str]:
    """The tags of a line, lower-cased and each once, in the order in which they were typed.

    Commas, semicolons and spaces stand between tags, `#` may stand before one. Raises
    ValueError with the first word that can be no tag.
    """
    tags: dict[str, None] = {}
    for word in _SPLIT.split(text):
        tag = word.removeprefix("#").lower()
        if not tag:
            continue
        if not _TAG.fullmatch(tag):
            raise ValueError(word)
        tags[tag] = None
    return list(tags)


class TagService(TicketWriter):
    """Reads and changes the tags of tickets."""

    def __init__(self, db: Session, tenant: Tenant, actor: Identity | None) -> None:
        super().__init__(db, tenant, actor)
        self._of_held: dict[int, set[str]] = {}

    def of(self, ticket: Ticket) -> list[str]:
        """The ticket's tags, in alphabetical order."""
        statement = (
            select(TicketTag.tag)
            .where(TicketTag.tenant_id == self.tenant.id, TicketTag.ticket_number == ticket.number)
            .order_by(TicketTag.tag)
        )
        return list(self.db.scalars(statement))

    def replace(self, ticket: Ticket, tags: Iterable[str]) -> None:
        """Exactly these tags. Raises TicketRuleError("tags") for more than `MAX_TAGS`."""
        wanted = set(tags)
        self.lock(ticket)
        present = self._present(ticket)
        self._write(ticket, present, add=wanted - present, remove=present - wanted)

    def add_and_remove(
        self, ticket: Ticket, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> tuple[set[str], set[str]]:
        """Add some tags and remove others; those that the ticket had not, and those that it had.

        Raises TicketRuleError("tags") for too many.
        """
        self.lock(ticket)
        present = self._present(ticket)
        added, removed = set(add) - present, present & set(remove)
        self._write(ticket, present, add=added, remove=removed)
        return added, removed

    def suggestions(self, limit: int = 50) -> list[str]:
        """The tenant's tags, those of the most tickets first."""
        statement = (
            select(TagTally.tag)
            .where(TagTally.tenant_id == self.tenant.id, TagTally.tickets > 0)
            .order_by(TagTally.tickets.desc(), TagTally.tag)
            .limit(limit)
        )
        return list(self.db.scalars(statement))

    def _present(self, ticket: Ticket) -> set[str]:
        """The ticket's tags. Those of tickets that the caller holds are read all at once."""
        if ticket.number not in self.held:
            return set(self.of(ticket))
        if not self._of_held:
            rows = self.db.execute(
                select(TicketTag.ticket_number, TicketTag.tag).where(
                    TicketTag.tenant_id == self.tenant.id, TicketTag.ticket_number.in_(self.held)
                )
            )
            self._of_held = {number: set() for number in self.held}
            for number, tag in rows:
                self._of_held[number].add(tag)
        return self._of_held[ticket.number]

    def _write(self, ticket: Ticket, present: set[str], *, add: set[str], remove: set[str]) -> None:
        if not add and not remove:
            return
        if len((present | add) - remove) > MAX_TAGS:
            raise TicketRuleError("tags")
        # What waits in the session is no tag: it is written later, with that of other tickets.
        with self.db.no_autoflush:
            if remove:
                self.db.execute(
                    delete(TicketTag).where(
                        TicketTag.tenant_id == self.tenant.id,
                        TicketTag.ticket_number == ticket.number,
                        TicketTag.tag.in_(remove),
                    )
                )
            if add:
                # In one order, so that two who add the same tags do not wait for each other's
                # counters.
                rows = [
                    {"tenant_id": self.tenant.id, "ticket_number": ticket.number, "tag": tag}
                    for tag in sorted(add)
                ]
                self.db.execute(insert(TicketTag), rows)
        present -= remove
        present |= add
        self.record(ticket, EventKind.TAGS, {"added": sorted(add), "removed": sorted(remove)})
