"""Metadata of attached files; the bytes lie in the store."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered


class Attachment(Numbered, Base):
    """A file. Without a message it waits in its uploader's form; with one it belongs to it."""

    __tablename__ = "attachments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "message_id"], ["messages.tenant_id", "messages.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "uploader_id"], ["users.tenant_id", "users.id"]),
        Index("ix_attachments_tenant_id_message_id", "tenant_id", "message_id"),
        Index("ix_attachments_tenant_id_uploader_id", "tenant_id", "uploader_id"),
    )

    message_id: Mapped[int | None]
    uploader_id: Mapped[int]
    #: As the uploader named it, without folders or control characters.
    filename: Mapped[str]
    #: From the bytes where they tell, never from the browser's word alone.
    content_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    #: Where the bytes lie: `{tenant_id}/{random}`.
    storage_key: Mapped[str]
    #: Pixels, for images that are shown inline.
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
