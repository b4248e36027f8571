"""Thumbnails: drawn by the worker, served like the file, and never needed."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import update

from portal.attachments.models import Attachment, Thumbnail
from portal.attachments.store import StoreMissing
from portal.attachments.thumbnails import DRAW
from portal.attachments.upkeep import DRAW_FORGOTTEN, REMOVE_FORGOTTEN
from portal.jobs import enqueue
from tests.factories import files, pictures
from tests.factories.jobs import Done, JobRunner
from tests.factories.pictures import SECRET
from tests.functional.attachments.conftest import Desk

DRAWN = Done(DRAW.name, "succeeded")
PHOTO = pictures.jpeg(6, size=(900, 600))


def stored(desk: Desk, file: Attachment) -> Attachment | None:
    with desk.world.factory.session(file.tenant_id) as db:
        return db.get(Attachment, (file.tenant_id, file.id))


class TestDrawing:
    def test_a_photograph(self, desk: Desk, run_jobs: JobRunner) -> None:
        """As it is until the worker comes by; then small. Neither says where it was taken."""
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "Küche.jpg", PHOTO)
        assert (file.width, file.height) == (600, 900)
        browser = desk.world.browser("cleo")
        url = desk.url(ticket, file, "thumbnail")
        before = browser.get(url)
        assert before.content_type == "image/jpeg"
        assert SECRET not in before.body
        assert Image.open(io.BytesIO(before.body)).size == (900, 600)

        assert DRAWN in run_jobs()
        after = browser.get(url)
        assert after.content_type == "image/webp"
        assert SECRET not in after.body
        assert Image.open(io.BytesIO(after.body)).size == (320, 480)
        assert after.headers["Content-Disposition"].startswith("inline;")
        assert after.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert after.headers["X-Content-Type-Options"] == "nosniff"
        assert after.headers["Cache-Control"] == "private, no-cache"
        assert after.etag != before.etag
        again = {"If-None-Match": after.headers["ETag"]}
        assert browser.get(url, headers=again, status=304).body == b""
        # The file itself lost nothing that can be seen.
        original = browser.get(desk.url(ticket, file)).body
        assert SECRET not in original
        assert Image.open(io.BytesIO(original)).getexif()[pictures.ORIENTATION] == 6

    def test_one_that_cannot_be_read_becomes_a_file(self, desk: Desk, run_jobs: JobRunner) -> None:
        ticket = desk.world.ticket(by="cleo")
        file = desk.attach(ticket, "half.png", files.png(640, 480))
        assert DRAWN in run_jobs()
        browser = desk.world.browser("cleo")
        browser.get(desk.url(ticket, file, "thumbnail"), status=404)
        page = browser.get(desk.world.url(f"/tickets/{ticket.number}"))
        assert page.html.select(".picture") == []
        assert "half.png" in page.html.select_one(".attached .file").text

    def test_other_files_have_no_job(self, desk: Desk, run_jobs: JobRunner) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "a.txt", b"a")
        assert DRAW.name not in run_jobs.waiting()
        desk.world.browser("cleo").get(desk.url(ticket, file, "thumbnail"), status=404)

    def test_taken_off_before_it_is_drawn(self, desk: Desk, run_jobs: JobRunner) -> None:
        file = desk.waiting("photo.jpg", PHOTO)
        with desk.world.factory.session(file.tenant_id) as db:
            desk.service(db, "cleo").discard(file.id)
        assert DRAWN in run_jobs()
        with pytest.raises(StoreMissing):
            desk.store.open(file.thumbnail_key)

    def test_taken_off_after_it_was_drawn(self, desk: Desk, run_jobs: JobRunner) -> None:
        file = desk.waiting("photo.jpg", PHOTO)
        run_jobs()
        assert b"".join(desk.store.open(file.thumbnail_key))
        with desk.world.factory.session(file.tenant_id) as db:
            desk.service(db, "cleo").discard(file.id)
        for key in (file.storage_key, file.thumbnail_key):
            with pytest.raises(StoreMissing):
                desk.store.open(key)

    def test_bytes_that_are_gone_fail_nothing(self, desk: Desk, run_jobs: JobRunner) -> None:
        file = desk.waiting("photo.jpg", PHOTO)
        desk.store.delete(file.storage_key)
        assert DRAWN in run_jobs()
        kept = stored(desk, file)
        assert kept is not None
        assert kept.thumbnail == Thumbnail.PENDING


class TestEveryNight:
    def old(self, desk: Desk, file: Attachment, days: int) -> None:
        with desk.world.factory.session(file.tenant_id) as db:
            at = datetime.now(UTC) - timedelta(days=days)
            db.execute(update(Attachment).where(Attachment.id == file.id).values(created_at=at))

    def nightly(self, desk: Desk) -> None:
        with desk.world.factory.session(desk.world.seed.tenant.id) as db:
            enqueue(db, DRAW_FORGOTTEN)
            enqueue(db, REMOVE_FORGOTTEN)

    def test_pictures_from_before_get_their_thumbnail(
        self, desk: Desk, run_jobs: JobRunner
    ) -> None:
        file = desk.attach(desk.world.ticket(), "photo.jpg", PHOTO)
        desk.store.delete(file.storage_key)
        run_jobs()
        desk.store.put_stream(file.storage_key, [PHOTO])
        self.old(desk, file, days=2)
        self.nightly(desk)
        assert DRAWN in run_jobs()
        drawn = stored(desk, file)
        assert drawn is not None
        assert drawn.thumbnail == Thumbnail.READY

    def test_what_no_message_has_carried_off_is_removed(
        self, desk: Desk, run_jobs: JobRunner
    ) -> None:
        forgotten, waiting = desk.waiting("a.txt", b"a"), desk.waiting("b.txt", b"b")
        sent = desk.attach(desk.world.ticket(), "c.txt", b"c")
        self.old(desk, forgotten, days=31)
        self.old(desk, waiting, days=29)
        self.old(desk, sent, days=400)
        self.nightly(desk)
        run_jobs()
        assert stored(desk, forgotten) is None
        with pytest.raises(StoreMissing):
            desk.store.open(forgotten.storage_key)
        for kept in (waiting, sent):
            assert stored(desk, kept) is not None
            assert b"".join(desk.store.open(kept.storage_key))
