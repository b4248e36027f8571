"""Which tickets a few words mean.

What a reader may find is decided in the database: `search_tickets` looks up who they are, and
finds a customer nothing but public messages of tickets that the customer may see. Whatever else
a page shows is read under row-level security as everywhere.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Float,
    Text,
    any_,
    cast,
    column,
    false,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import TableValuedAlias

from portal.search.words import Words
from portal.tenants.models import Tenant
from portal.tickets.models import Ticket

#: Tickets that filters leave, of which words are looked for in all; of more, in the newest.
WIDEST: Final = 2000


class Matching(NamedTuple):
    """What the words of a list demand, as parts of one statement."""

    #: On `Ticket`.
    condition: ColumnElement[bool]
    #: Whether there are tickets with these words that were not looked at.
    more: ColumnElement[bool]


def matching(
    tenant: Tenant, reader_id: int, text: str, among: Sequence[ColumnElement[bool]] = ()
) -> Matching:
    """The tickets of which the subject with one message has the words of a text.

    All words must stand there. “Quoted words” must follow each other, `-word` must not stand
    there, and the last word may be the beginning of one, so that a search can be typed. A part of
    a number, a reference or an address is enough. `42` and `#42` also mean the ticket of that
    number. An empty text matches everything.

    `among`: conditions on `Ticket` that the list has besides. What a search looks at is bounded,
    and so it looks at those that they leave.
    """
    words = Words.plain(text)
    if not words:
        # A number is looked for in the texts, too, unless it is too short.
        by_number = Ticket.number == words.number if words.number else true()
        return Matching(by_number, false())
    left = newest(tenant, among) if among else None
    # Made once, for the condition and for what there is more.
    hit = select(hits(tenant, reader_id, words, among=left)).cte("hit")
    found: Any = select(hit.c.ticket_number)
    if words.number is not None:
        found = union_all(found, select(literal(words.number, BigInteger)))
    # An array, which is made first and then looked up by the key: a join would tempt the planner
    # to walk the list in its order until it meets enough of them.
    numbers = func.array(found.scalar_subquery())
    more = select(func.coalesce(func.bool_or(hit.c.more), false())).scalar_subquery()
    return Matching((Ticket.tenant_id == tenant.id) & (Ticket.number == any_(numbers)), more)


def newest(tenant: Tenant, conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[Any]:
    """An array of the tickets that the conditions leave, the last changed first, as `hits` takes
    it."""
    left = (
        select(Ticket.number)
        .where(Ticket.tenant_id == tenant.id, *conditions)
        .order_by(Ticket.updated_at.desc(), Ticket.number.desc())
        .limit(WIDEST)
    )
    return func.array(left.scalar_subquery())


def hits(
    tenant: Tenant,
    reader_id: int,
    words: Words,
    *,
    loose: bool = False,
    among: ColumnElement[Any] | None = None,
) -> TableValuedAlias:
    """What the index holds for the reader: `ticket_number`, `message_id` (0: the subject alone),
    `rank`, and `more`, when there are hits that were not looked at.

    A ticket may be there several times. `loose` takes numbers and addresses that are nearly the
    ones looked for. `among`: an array of the tickets that other filters leave, the last changed
    first, at most 2000.
    """
    found = func.search_tickets(
        tenant.id,
        reader_id,
        words.all_of,
        words.last,
        cast(list(words.codes), ARRAY(Text)),
        loose,
        null().cast(ARRAY(BigInteger)) if among is None else among,
    )
    return found.table_valued(
        column("ticket_number", BigInteger),
        column("message_id", BigInteger),
        column("rank", Float),
        column("more", Boolean),
        name="hit",
    )
