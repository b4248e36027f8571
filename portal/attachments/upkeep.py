"""What is done to files every night: pictures without a thumbnail, and files without a message."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pyramid.config import Configurator
from sqlalchemy import Select, delete, select

from portal.attachments.models import Attachment, Thumbnail
from portal.attachments.store import Store, StoreError
from portal.attachments.thumbnails import DRAW
from portal.jobs import ONCE, JobRun, Task, enqueue

log = structlog.get_logger("portal.attachments")

DRAW_FORGOTTEN = Task("attachments.draw_forgotten", retry=ONCE)
REMOVE_FORGOTTEN = Task("attachments.remove_forgotten", retry=ONCE)

#: A file waits so long for the message that it was uploaded for.
KEPT_WAITING = timedelta(days=30)
#: Those that are on their way are left alone.
_ON_ITS_WAY = timedelta(hours=1)
_AT_ONCE = 500

#: The ids of a tenant's waiting files that something still needs, as a query. None of them is NULL.
Claims = Callable[[int | None], Select[Any]]
CLAIMS = "attachments.claims"


def add_attachment_claims(config: Configurator, claims: Claims) -> None:
    """Pyramid directive: spare the waiting files that `claims` gives, however long they wait."""
    registered: list[Claims] = config.registry[CLAIMS]
    config.action(("attachment claims", claims), lambda: registered.append(claims))


def draw_forgotten(run: JobRun) -> None:
    """Periodic job: pictures from before there were thumbnails, and those whose job gave up."""
    before = datetime.now(UTC) - _ON_ITS_WAY
    with run.transaction() as db:
        forgotten = db.scalars(
            select(Attachment.id)
            .where(
                Attachment.tenant_id == run.tenant_id,
                Attachment.thumbnail == Thumbnail.PENDING,
                Attachment.created_at < before,
            )
            .order_by(Attachment.id)
            .limit(_AT_ONCE)
        )
        for attachment_id in forgotten.all():
            lock = f"thumbnail-{attachment_id}"
            enqueue(db, DRAW, queueing_lock=lock, attachment_id=attachment_id)


def remove_forgotten(run: JobRun) -> None:
    """Periodic job: files that no message has carried off within thirty days, and nothing else
    claims."""
    store: Store = run.registry["attachments.store"]
    before = datetime.now(UTC) - KEPT_WAITING
    spared: list[Claims] = run.registry[CLAIMS]
    with run.transaction() as db:
        removed = db.scalars(
            delete(Attachment)
            .where(
                Attachment.tenant_id == run.tenant_id,
                Attachment.message_id.is_(None),
                Attachment.created_at < before,
                *(Attachment.id.not_in(claims(run.tenant_id)) for claims in spared),
            )
            .returning(Attachment)
        ).all()
    for file in removed:
        for key in (file.storage_key, file.thumbnail_key):
            try:
                store.delete(key)
            except StoreError:
                log.exception("attachment left behind", key=key)
