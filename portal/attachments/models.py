"""Metadata of attached files; the bytes lie in the store."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered


class Thumbnail(StrEnum):
    """Whether there is a small picture of a file."""

    #: The file is no picture that can be shown.
    NONE = "none"
    #: It is drawn in a moment; until then the file itself is shown.
    PENDING = "pending"
    READY = "ready"
    #: The picture could not be read: it is a file like any other.
    IMPOSSIBLE = "impossible"


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
        # What waits for a message, or for its thumbnail, is little among much.
        Index(
            "ix_attachments_tenant_id_waiting",
            "tenant_id",
            "created_at",
            postgresql_where=text("message_id is null"),
        ),
        Index(
            "ix_attachments_tenant_id_pending",
            "tenant_id",
            "id",
            postgresql_where=text("thumbnail = 'pending'"),
        ),
        CheckConstraint(
            "thumbnail in ('none', 'pending', 'ready', 'impossible')", name="thumbnail"
        ),
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
    #: Pixels as the image is seen, for images that are shown inline.
    width: Mapped[int | None]
    height: Mapped[int | None]
    thumbnail: Mapped[str] = mapped_column(server_default=Thumbnail.NONE)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def thumbnail_key(self) -> str:
        """Where the thumbnail lies, once it is there."""
        return f"{self.storage_key}-thumbnail"

    @property
    def is_shown(self) -> bool:
        """Whether this is a picture for a page: measured, and not found to be broken."""
        return self.width is not None and self.thumbnail != Thumbnail.IMPOSSIBLE
