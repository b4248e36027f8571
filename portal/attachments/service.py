"""Files of messages: stored first, claimed by the message that they belong to."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Protocol

import structlog
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from portal.attachments import kinds, metadata
from portal.attachments.models import Attachment, Thumbnail
from portal.attachments.store import Store, StoreError
from portal.attachments.thumbnails import DRAW
from portal.jobs import enqueue
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.web.i18n import N_, Message

log = structlog.get_logger("portal.attachments")

_CHUNK = 256 * 1024
#: A person's files of one day that no message has carried off: the store is no drive.
MAX_WAITING = 100


class Upload(Protocol):
    """A file of a form, as WebOb gives it."""

    filename: str
    file: BinaryIO


class AttachmentError(Exception):
    """A file that was not taken. `message` says why, to the one who sent it."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class StoreUnavailable(AttachmentError):
    """The store is down or full: no file will be taken now, whatever it is."""

    def __init__(self) -> None:
        super().__init__(
            N_(
                "Files cannot be stored right now. What you wrote is still here: "
                "send it without files, or try again in a few minutes."
            )
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a message carries: bytes of one file, and files."""

    max_bytes: int
    max_files: int


class AttachmentService:
    """Attachments of one tenant, handled by one person.

    Claiming files needs the database only. Storing and discarding them needs the store.
    """

    def __init__(
        self,
        db: Session,
        tenant: Tenant,
        actor: Identity,
        store: Store | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor
        self._store = store
        self.limits = limits or Limits(max_bytes=25 * 1024**2, max_files=10)

    def store(self, upload: Upload) -> Attachment:
        """Keep a file; it waits for its message. Pictures lose their metadata.

        Raises AttachmentError for one that is too large or a program, or one too many, and
        StoreUnavailable when the store does not take it.
        """
        name = kinds.clean_name(upload.filename)
        self._refuse(name, upload.file)
        key = f"{self.tenant.id}/{secrets.token_urlsafe(24)}"
        with _as_stored(upload.file) as (kind, chunks):
            size, digest = self._put(key, chunks)
        is_picture = kind.width is not None
        attachment = Attachment(
            tenant_id=self.tenant.id,
            uploader_id=self.actor.user_id,
            message_id=None,
            filename=name,
            content_type=kind.content_type,
            size=size,
            sha256=digest,
            storage_key=key,
            width=kind.width,
            height=kind.height,
            thumbnail=Thumbnail.PENDING if is_picture else Thumbnail.NONE,
        )
        self.db.add(attachment)
        self.db.flush()
        if is_picture:
            enqueue(self.db, DRAW, attachment_id=attachment.id)
        return attachment

    def _refuse(self, name: str, file: BinaryIO) -> None:
        if file.seek(0, 2) > self.limits.max_bytes:
            raise AttachmentError(
                N_(
                    "“%(name)s” is larger than %(limit)s, which is the most for one file.",
                    name=name,
                    limit=round_size(self.limits.max_bytes),
                )
            )
        file.seek(0)
        if kinds.is_program(name, file.read(kinds.HEAD)):
            raise AttachmentError(
                N_(
                    "“%(name)s” is a program, and programs cannot be attached. "
                    "Put it into a ZIP archive if we need to see it.",
                    name=name,
                )
            )
        if self._waiting_today() >= MAX_WAITING:
            raise AttachmentError(
                N_(
                    "Too many of your files wait to be sent. Send some of them with a message, "
                    "or try again tomorrow."
                )
            )

    def _waiting_today(self) -> int:
        return self.db.scalars(
            select(func.count())
            .select_from(Attachment)
            .where(
                Attachment.tenant_id == self.tenant.id,
                Attachment.uploader_id == self.actor.user_id,
                Attachment.message_id.is_(None),
                Attachment.created_at > datetime.now(UTC) - timedelta(days=1),
            )
        ).one()

    def _put(self, key: str, chunks: Iterable[bytes]) -> tuple[int, bytes]:
        """Write the bytes through to the store; their number and SHA-256."""
        size, digest = 0, hashlib.sha256()

        def counted() -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                size += len(chunk)
                digest.update(chunk)
                yield chunk

        try:
            self._files().put_stream(key, counted())
        except StoreError as error:
            log.exception("attachment not stored")
            raise StoreUnavailable from error
        return size, digest.digest()

    def waiting(self, ids: Sequence[int]) -> list[Attachment]:
        """Those of the ids that are the actor's own files without a message, in their order."""
        if not ids:
            return []
        found = self.db.scalars(
            select(Attachment).where(*self._own_waiting(ids)).order_by(Attachment.id)
        )
        return list(found)

    def discard(self, attachment_id: int) -> None:
        """Remove one of the actor's own waiting files; any other id does nothing."""
        found = self.db.scalar(
            delete(Attachment).where(*self._own_waiting([attachment_id])).returning(Attachment)
        )
        if found is not None:
            self._delete_after_commit(found.storage_key, found.thumbnail_key)

    def _delete_after_commit(self, *keys: str) -> None:
        store = self._files()

        def after_commit(db: Session) -> None:
            if db.in_nested_transaction():
                return
            for key in keys:
                try:
                    store.delete(key)
                except StoreError:
                    log.exception("attachment left behind", key=key)

        # Not before: a rollback would bring back a row whose bytes are gone.
        event.listen(self.db, "after_commit", after_commit)

    def claim(self, ids: Sequence[int], message_id: int) -> None:
        """Give the actor's own waiting files to a message; ids of any others do nothing."""
        if not ids:
            return
        self.db.execute(
            update(Attachment).where(*self._own_waiting(ids)).values(message_id=message_id)
        )

    def _files(self) -> Store:
        if self._store is None:
            raise RuntimeError("this service was made without a store")
        return self._store

    def _own_waiting(self, ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
        return (
            Attachment.tenant_id == self.tenant.id,
            Attachment.id.in_(ids),
            Attachment.uploader_id == self.actor.user_id,
            Attachment.message_id.is_(None),
        )


@contextmanager
def _as_stored(file: BinaryIO) -> Iterator[tuple[kinds.Kind, Iterable[bytes]]]:
    """What a file is, and the bytes that are kept of it."""
    kind = kinds.measure(file)
    if kind.content_type not in kinds.PREVIEWABLE:
        yield kind, _pieces(file)
        return
    with metadata.opened(file) as data:
        try:
            stripped = metadata.strip(data, kind.content_type)
        except metadata.Unreadable:
            # No browser would show it either: it is kept as it came, as a download.
            yield kinds.Kind(kind.content_type), _pieces(file)
            return
        yield kind.turned() if stripped.is_turned else kind, stripped.chunks


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk


def round_size(size: int) -> str:
    """A limit in the units in which it is set: `25 MB`, `500 KB`."""
    for unit, amount in (("MB", 1024**2), ("KB", 1024)):
        if size >= amount and size % amount == 0:
            return f"{size // amount}\N{NO-BREAK SPACE}{unit}"
    return f"{size}\N{NO-BREAK SPACE}B"
