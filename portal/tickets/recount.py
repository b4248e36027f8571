"""What a ticket keeps about its messages, read from them anew after they moved."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.tickets import markdown
from portal.tickets.models import Message, MessageKind, Ticket


def recount(db: Session, ticket: Ticket) -> None:
    """Set counts, last ids and snippets from the messages that the ticket has now. Two queries."""
    db.flush()
    of_ticket = (
        Message.tenant_id == ticket.tenant_id,
        Message.ticket_number == ticket.number,
    )
    is_reply = Message.kind == MessageKind.REPLY
    messages, replies, last, last_reply = db.execute(
        select(
            func.count(),
            func.count().filter(is_reply),
            func.coalesce(func.max(Message.id), 0),
            func.coalesce(func.max(Message.id).filter(is_reply), 0),
        ).where(*of_ticket)
    ).one()
    ticket.message_count, ticket.reply_count = messages, replies
    ticket.last_message_id, ticket.last_reply_id = last, last_reply
    rows = db.execute(
        select(Message.id, Message.body, Message.created_at).where(
            *of_ticket, Message.id.in_([last, last_reply])
        )
    )
    bodies = {key: (body, at) for key, body, at in rows}
    if last:
        ticket.snippet = markdown.snippet(bodies[last][0])
    if last_reply:
        body, ticket.replied_at = bodies[last_reply]
        ticket.reply_snippet = markdown.snippet(body)
