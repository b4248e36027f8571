"""Which tickets a few words mean. The one place that turns what people type into a condition.

Every condition names the tenant, beside row-level security, and a customer's condition names
public replies only, so that the words of an internal note can never be found out by searching.
"""

import re

from sqlalchemy import ColumnElement, cast, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY

from portal.tenants.models import Tenant
from portal.tickets.filters import MAX_QUERY
from portal.tickets.models import Message, MessageKind, Ticket

_NUMBER = re.compile(r"#?([1-9][0-9]{0,17})", re.ASCII)
#: No stemming and no stop words: right in every language, as the stored vectors are.
_CONFIG = cast(literal("simple"), REGCONFIG)


def ticket_matches(tenant: Tenant, query: str, *, for_staff: bool) -> ColumnElement[bool]:
    """A condition on `Ticket`: its subject or one of its messages has the words of the query.

    All words must stand in one text. “Quoted words” must follow each other, `-word` must not
    stand there, and the last word may be the beginning of one, so that a search can be typed.
    `42` and `#42` also mean the ticket of that number. An empty query matches everything.
    """
    query = " ".join(query.split())[:MAX_QUERY]
    if not query:
        return true()
    words = _words(query)
    in_message = (
        select(Message.id)
        .where(
            Message.tenant_id == tenant.id,
            Message.ticket_number == Ticket.number,
            Message.search.bool_op("@@")(words),
        )
        .correlate(Ticket)
    )
    if not for_staff:
        in_message = in_message.where(Message.kind == MessageKind.REPLY)
    found = [Ticket.search.bool_op("@@")(words), in_message.exists()]
    if number := _NUMBER.fullmatch(query):
        found.append(Ticket.number == int(number[1]))
    return (Ticket.tenant_id == tenant.id) & or_(*found)


def _words(query: str) -> ColumnElement[str]:
    """The query as PostgreSQL understands it, with a prefix match for its last word."""
    head, _, last = query.rpartition(" ")
    # A phrase that is still open, or a word to leave out, is not the beginning of a word.
    if '"' in query or last.startswith("-"):
        return func.websearch_to_tsquery(_CONFIG, query, type_=TSQUERY)
    quoted = last.replace("\\", "\\\\").replace("'", "''")
    beginning = func.to_tsquery(_CONFIG, f"'{quoted}':*", type_=TSQUERY)
    if not head:
        return beginning
    return func.websearch_to_tsquery(_CONFIG, head, type_=TSQUERY).op("&&")(beginning)
