"""Thumbnails: drawn by a job, in a process of its own, and kept beside the file.

A picture is shown as it is until its thumbnail is there, so nobody waits for one. Decoding is the
dangerous part, and it happens where little can be broken: see `portal.attachments.drawing`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

import structlog
from sqlalchemy import update

from portal.attachments import drawing
from portal.attachments.models import Attachment, Thumbnail
from portal.attachments.store import Store, StoreMissing
from portal.jobs import JobRun, Task

log = structlog.get_logger("portal.attachments")

#: Pixels of the longer side: 240 on a screen with two pixels for one.
SIDE = 480
CONTENT_TYPE = "image/webp"
#: Seconds by the clock for one picture, on a machine that is busy.
PATIENCE = 60

DRAW = Task("attachments.draw_thumbnail", priority=-1)

_KINDS = {
    "image/gif": "GIF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
}


def draw_thumbnail(run: JobRun, *, attachment_id: int) -> None:
    """Job: the thumbnail of a file, or the knowledge that there cannot be one.

    Raises StoreError while the store is away, so that it is tried again.
    """
    store: Store = run.registry["attachments.store"]
    with run.transaction() as db:
        file = db.get(Attachment, (run.tenant_id, attachment_id))
    if file is None or file.thumbnail != Thumbnail.PENDING:
        return
    try:
        thumbnail = _drawn(store, file)
    except StoreMissing:
        # Taken off meanwhile, with its row; or lost, and then the page says so.
        log.warning("thumbnail_without_file", attachment=attachment_id)
        return
    if thumbnail is not None:
        store.put_stream(file.thumbnail_key, [thumbnail])
    outcome = Thumbnail.IMPOSSIBLE if thumbnail is None else Thumbnail.READY
    with run.transaction() as db:
        found = db.scalar(
            update(Attachment)
            .where(Attachment.tenant_id == run.tenant_id, Attachment.id == attachment_id)
            .values(thumbnail=outcome)
            .returning(Attachment.id)
        )
    if found is None:
        store.delete(file.thumbnail_key)


def _drawn(store: Store, file: Attachment) -> bytes | None:
    with tempfile.TemporaryFile() as source:
        source.writelines(store.open(file.storage_key))
        source.seek(0)
        return draw(source, file.content_type)


def draw(source: BinaryIO, content_type: str) -> bytes | None:
    """The thumbnail of a picture, as WebP; None when it cannot be read.

    `source` is a file on a disk, at its start. Takes a tenth of a second, or a few for the
    largest pictures, and no memory of this process.
    """
    with tempfile.TemporaryFile() as output:
        try:
            ended = subprocess.run(
                [sys.executable, "-I", _program(), _KINDS[content_type], str(SIDE)],
                stdin=source,
                stdout=output,
                stderr=subprocess.PIPE,
                env={},
                cwd="/",
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            log.warning("thumbnail_took_too_long")
            return None
        if ended.returncode != 0:
            reason = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            log.info("thumbnail_impossible", code=ended.returncode, reason=reason[:200])
            return None
        output.seek(0)
        return output.read()


def _program() -> str:
    return str(Path(drawing.__file__))
