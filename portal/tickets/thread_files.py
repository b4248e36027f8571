"""The files of one ticket, as its thread shows them."""

from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from portal.attachments.models import Attachment, Thumbnail
from portal.tickets.models import Message, Ticket


class FileEntry(NamedTuple):
    """An attached file, as a thread shows it."""

    id: int
    message_id: int | None
    filename: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    thumbnail: str

    @property
    def is_image(self) -> bool:
        """Whether it can be previewed inline: pixels were measured when it was stored, and nothing
        was found to be wrong with them since."""
        return self.width is not None and self.thumbnail != Thumbnail.IMPOSSIBLE


_FILES = (
    select(
        Attachment.id,
        Attachment.message_id,
        Attachment.filename,
        Attachment.content_type,
        Attachment.size,
        Attachment.width,
        Attachment.height,
        Attachment.thumbnail,
    )
    .join(
        Message,
        and_(Message.tenant_id == Attachment.tenant_id, Message.id == Attachment.message_id),
    )
    .where(
        Message.tenant_id == bindparam("tenant_id"),
        Message.ticket_number == bindparam("number"),
    )
    .order_by(Attachment.id)
)


def ticket_files(db: Session, ticket: Ticket) -> dict[int, list[FileEntry]]:
    """The attached files by message id, those of notes too. One query."""
    found: dict[int, list[FileEntry]] = defaultdict(list)
    for row in db.execute(_FILES, {"tenant_id": ticket.tenant_id, "number": ticket.number}):
        entry = FileEntry(*row)
        if entry.message_id is not None:
            found[entry.message_id].append(entry)
    return found


def ticket_file(db: Session, ticket: Ticket, attachment_id: int) -> tuple[Attachment, str] | None:
    """A file of one of the ticket's messages, and the kind of that message. One query."""
    row = db.execute(
        select(Attachment, Message.kind)
        .join(
            Message,
            and_(Message.tenant_id == Attachment.tenant_id, Message.id == Attachment.message_id),
        )
        .where(
            Message.tenant_id == ticket.tenant_id,
            Message.ticket_number == ticket.number,
            Attachment.id == attachment_id,
        )
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None
