"""A person's tickets, replies and files, for the download of their own data."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.attachments.models import Attachment
from portal.people.models import Role, User
from portal.people.own_data import OwnData, OwnFile
from portal.tenants.models import Tenant
from portal.tickets.mark_models import FollowerKind, TicketFollower, TicketStar
from portal.tickets.models import Message, MessageKind, Ticket


def tickets(db: Session, tenant: Tenant, user: User) -> OwnData:
    """The tickets that the person opened with everything public in them, and the replies that
    they wrote to tickets of others. What staff write to customers is the company's."""
    own = db.scalars(
        select(Ticket)
        .where(Ticket.tenant_id == tenant.id, Ticket.requester_id == user.id)
        .order_by(Ticket.number)
    ).all()
    messages = _replies(db, tenant, user)
    files = _files(db, tenant, [message.id for message, _ in messages])
    by_ticket: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for message, author in messages:
        by_ticket[message.ticket_number].append(
            {
                "at": message.created_at,
                "from": author,
                "text": message.body,
                "files": [_path(message, file) for file in files[message.id]],
            }
        )
    content = {
        "opened_by_you": [
            {
                "number": ticket.number,
                "subject": ticket.subject,
                "state": ticket.state,
                "opened_at": ticket.created_at,
                "solved_at": ticket.solved_at,
                "fields": ticket.custom,
                "messages": by_ticket.pop(ticket.number, []),
            }
            for ticket in own
        ],
        "your_replies_to_others": [
            {"number": number, "messages": replies} for number, replies in sorted(by_ticket.items())
        ],
    }
    stored = [
        OwnFile(_path(message, file), file.storage_key)
        for message, _ in messages
        for file in files[message.id]
    ]
    return OwnData("tickets", content, stored)


def marks(db: Session, tenant: Tenant, user: User) -> OwnData:
    """The tickets that the person starred, follows, or is in copy of, by their numbers."""
    stars = db.scalars(
        select(TicketStar.ticket_number)
        .where(TicketStar.tenant_id == tenant.id, TicketStar.user_id == user.id)
        .order_by(TicketStar.ticket_number)
    ).all()
    followed = db.execute(
        select(TicketFollower.kind, TicketFollower.ticket_number)
        .where(TicketFollower.tenant_id == tenant.id, TicketFollower.user_id == user.id)
        .order_by(TicketFollower.ticket_number)
    ).all()
    return OwnData(
        "marks",
        {
            "starred": stars,
            "followed": [number for kind, number in followed if kind != FollowerKind.CC],
            "in_copy_of": [number for kind, number in followed if kind == FollowerKind.CC],
        },
    )


def _replies(db: Session, tenant: Tenant, user: User) -> Sequence[tuple[Message, str]]:
    """Public messages with the names of their authors: notes are never among them."""
    concerned = Ticket.requester_id == user.id
    if user.role == Role.CUSTOMER:
        concerned = or_(concerned, Message.author_id == user.id)
    rows = db.execute(
        select(Message, User.name)
        .join(
            Ticket,
            and_(Ticket.tenant_id == Message.tenant_id, Ticket.number == Message.ticket_number),
        )
        .join(User, and_(User.tenant_id == Message.tenant_id, User.id == Message.author_id))
        .where(Message.tenant_id == tenant.id, Message.kind == MessageKind.REPLY, concerned)
        .order_by(Message.ticket_number, Message.id)
    )
    return [(message, name) for message, name in rows]


def _files(
    db: Session, tenant: Tenant, message_ids: Sequence[int]
) -> defaultdict[int, list[Attachment]]:
    found = db.scalars(
        select(Attachment)
        .where(Attachment.tenant_id == tenant.id, Attachment.message_id.in_(message_ids))
        .order_by(Attachment.id)
    )
    files: defaultdict[int, list[Attachment]] = defaultdict(list)
    for file in found:
        if file.message_id is not None:
            files[file.message_id].append(file)
    return files


def _path(message: Message, file: Attachment) -> str:
    """Where a file lies in the archive: its id keeps two of one name apart."""
    return f"files/{message.ticket_number}/{file.id}-{file.filename}"
