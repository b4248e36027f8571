"""For lists that are narrowed by words: where in each of the shown tickets they stand."""

from collections.abc import Sequence

from markupsafe import Markup
from sqlalchemy import BigInteger, and_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.search.ranking import ranked
from portal.search.snippets import highlighted, marked
from portal.search.words import Words
from portal.tenants.models import Tenant
from portal.tickets.models import Message, MessageKind


def fragments(
    db: Session, tenant: Tenant, reader_id: int, text: str, numbers: Sequence[int]
) -> dict[int, Markup]:
    """By ticket number, the parts of a reply that have the words, marked. One query, or none.

    A ticket whose subject alone has them is not among the answers. Notes are left to the page of
    results: this is for customers.
    """
    words = Words.plain(text)
    if not words or not numbers:
        return {}
    among = cast(list(numbers), ARRAY(BigInteger))
    found = ranked(tenant, reader_id, words, among=among)
    statement = select(found.c.ticket_number, highlighted(tenant, words, Message.body)).join(
        Message,
        and_(
            Message.tenant_id == tenant.id,
            Message.id == found.c.message_id,
            Message.kind == MessageKind.REPLY,
        ),
    )
    return {
        number: marked(fragment, words.codes, is_markdown=True)
        for number, fragment in db.execute(statement)
    }
