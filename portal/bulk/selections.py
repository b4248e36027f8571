"""What somebody selected in a list: some tickets, or all that its filters leave."""

import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from webob.multidict import MultiDict

from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.filters import Filters
from portal.tickets.models import Ticket
from portal.tickets.queue import TicketLists

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
#: The most that a page of the list can have ticked.
MAX_TICKED = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """Numbers that were ticked, or, where `everything`, whatever the filters leave."""

    numbers: tuple[int, ...]
    everything: bool
    #: The list's filters, as an address has them.
    query: str

    @classmethod
    def parse(cls, form: Any) -> Self:
        """The selection of a form: `number` for each ticket, or `all`; `query`: the filters."""
        ticked = [word for word in form.getall("number") if isinstance(word, str)]
        numbers = {int(word) for word in ticked if _NUMBER.fullmatch(word)}
        query = form.get("query")
        return cls(
            numbers=tuple(sorted(numbers)[:MAX_TICKED]),
            everything=form.get("all") == "1",
            query=query[:2000] if isinstance(query, str) else "",
        )

    def statement(self, db: Session, tenant: Tenant, reader: Identity) -> Select[int] | None:
        """What reads the numbers of the tickets, lowest first; None when there can be none."""
        if self.everything:
            filters = Filters.parse(MultiDict(parse_qsl(self.query))) or Filters()
            return TicketLists(db, tenant, reader).numbers(filters)
        if not self.numbers:
            return None
        return (
            select(Ticket.number)
            .where(Ticket.tenant_id == tenant.id, Ticket.number.in_(self.numbers))
            .order_by(Ticket.number)
        )

    def count(self, db: Session, tenant: Tenant, reader: Identity, limit: int) -> int:
        """How many tickets that are, up to a limit: it is asked once, before a run begins."""
        statement = self.statement(db, tenant, reader)
        if statement is None:
            return 0
        some = statement.order_by(None).limit(limit).subquery()
        return db.scalar(select(func.count()).select_from(some)) or 0
