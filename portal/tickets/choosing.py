"""Choosing another ticket: by its number, by words, or from those of the same requester."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from portal.people.models import User
from portal.search.grammar import parse
from portal.search.ranking import best_first, ranked
from portal.search.words import Words
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.models import Ticket

#: Tickets that are offered.
OFFERED = 10

_NUMBER = re.compile(r"#?([1-9][0-9]{0,17})", re.ASCII)


class Offered(NamedTuple):
    """A ticket that can be chosen."""

    number: int
    subject: str
    state: str
    requester: str
    updated_at: datetime


def number_of(text: str) -> int | None:
    """The number that a text such as `#42` is, or None."""
    match = _NUMBER.fullmatch(text)
    return int(match[1]) if match else None


class TicketChooser:
    """Finds tickets beside one ticket, for agents. Those that were merged are left out."""

    def __init__(self, db: Session, tenant: Tenant, reader: Identity, ticket: Ticket) -> None:
        self.db, self.tenant, self.reader, self.ticket = db, tenant, reader, ticket

    def found(self, text: str) -> Sequence[Offered]:
        """The tickets that words find, the best first."""
        words = Words.of(parse(text, with_operators=False).terms)
        hits = ranked(self.tenant, self.reader.user_id, words)
        statement = self._offered().join(hits, hits.c.ticket_number == Ticket.number)
        return self._read(statement.order_by(*best_first(hits)))

    def of_requester(self) -> Sequence[Offered]:
        """The requester's other tickets, the latest first."""
        statement = self._offered().where(Ticket.requester_id == self.ticket.requester_id)
        return self._read(statement.order_by(Ticket.updated_at.desc(), Ticket.number.desc()))

    def _offered(self) -> Select[int, str, str, str, datetime]:
        return (
            select(Ticket.number, Ticket.subject, Ticket.state, User.name, Ticket.updated_at)
            .join(User, and_(User.tenant_id == Ticket.tenant_id, User.id == Ticket.requester_id))
            .where(
                Ticket.tenant_id == self.tenant.id,
                Ticket.number != self.ticket.number,
                Ticket.merged_into.is_(None),
            )
        )

    def _read(self, statement: Select[int, str, str, str, datetime]) -> Sequence[Offered]:
        return [Offered(*row) for row in self.db.execute(statement.limit(OFFERED))]
