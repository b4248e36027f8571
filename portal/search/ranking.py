"""The tickets that a search finds, the best first."""

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    Numeric,
    cast,
    false,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.types import BigInteger, Boolean

from portal.search.tickets import hits
from portal.search.words import Words
from portal.tenants.models import Tenant
from portal.tickets.models import Ticket

#: The rank of the ticket whose number was typed: above everything.
_BY_NUMBER = 1000.0


def ranked(
    tenant: Tenant,
    reader_id: int,
    words: Words,
    *,
    loose: bool = False,
    among: ColumnElement[Any] | None = None,
) -> CTE:
    """Each ticket once: `ticket_number`, the `message_id` that fits best, `rank`, and `more`.

    The ticket of a number that was typed is there without having been searched for: whoever
    joins it with tickets has to know which of them the reader may see.
    """
    hit = hits(tenant, reader_id, words, loose=loose, among=among)
    found: Any = select(hit.c.ticket_number, hit.c.message_id, hit.c.rank, hit.c.more)
    if words.number is not None:
        by_number = select(
            literal(words.number, BigInteger),
            literal(0, BigInteger),
            literal(_BY_NUMBER, Float),
            false().cast(Boolean),
        )
        found = union_all(found, by_number)
    every = found.subquery("every")
    best_first = aggregate_order_by(
        every.c.message_id, every.c.rank.desc(), every.c.message_id.desc()
    )
    return (
        select(
            every.c.ticket_number,
            func.array_agg(best_first)[1].label("message_id"),
            func.max(every.c.rank).label("rank"),
            func.bool_or(every.c.more).label("more"),
        )
        .group_by(every.c.ticket_number)
        .cte("ranked")
    )


def best_first(found: CTE) -> tuple[ColumnElement[Any], ...]:
    """The order of results: a word in the subject before one in a message; of equals, the ticket
    that changed last."""
    return (
        func.round(cast(found.c.rank, Numeric), 1).desc(),
        Ticket.updated_at.desc(),
        Ticket.number.desc(),
    )
