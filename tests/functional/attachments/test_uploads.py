"""Files of forms: taken, refused with a sentence, kept while the form comes back."""

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyramid.request import Request
from sqlalchemy import select
from webtest import TestApp

from portal.attachments.models import Attachment
from portal.attachments.service import AttachmentError, AttachmentService, Limits, StoreUnavailable
from portal.attachments.store import ObjectStore
from portal.attachments.uploads import Received, receive, uploads_from
from portal.db import TenantSession
from tests.factories.files import png
from tests.functional.attachments.conftest import Desk, SentFile

LIMITS = Limits(max_bytes=25 * 1024**2, max_files=10)


def form(*files: tuple[str, bytes], **fields: Any) -> Request:
    """A multipart form as a browser sends it, parsed by WebOb."""
    browser = TestApp(lambda environ, start: [])
    pairs = [(name, str(value)) for name, values in fields.items() for value in values]
    content_type, body = browser.encode_multipart(
        pairs, [("files", name, content) for name, content in files]
    )
    return Request.blank("/", method="POST", content_type=content_type, body=body)


@pytest.fixture
def bound(desk: Desk) -> Iterator[TenantSession]:
    with desk.world.factory.session(desk.world.seed.tenant.id) as db:
        yield db


@pytest.fixture
def service(desk: Desk, bound: TenantSession) -> AttachmentService:
    return desk.service(bound, "cleo", LIMITS)


def said(received: Received) -> list[str]:
    return [str(error) % error.variables for error in received.errors]


class TestTaking:
    def test_what_is_known_about_a_file(self, service: AttachmentService) -> None:
        received = receive(form(("C:\\fake\\shot.png", png(640, 480))), service)
        assert received.errors == []
        (file,) = received.attachments
        assert (file.filename, file.content_type) == ("shot.png", "image/png")
        assert (file.width, file.height, file.size) == (640, 480, len(png(640, 480)))
        assert file.message_id is None

    def test_the_browsers_word_counts_for_nothing(self, service: AttachmentService) -> None:
        request = form(("photo.png", b"<script>alert(1)</script>"))
        assert uploads_from(request)[0].type == "image/png"  # type: ignore[attr-defined]
        (file,) = receive(request, service).attachments
        assert file.content_type == "application/octet-stream"

    def test_an_empty_file_control_sends_nothing(self, service: AttachmentService) -> None:
        assert uploads_from(form(("", b""))) == []

    def test_a_field_of_text_is_no_file(self, service: AttachmentService) -> None:
        assert uploads_from(form(files=["not a file"])) == []

    def test_large_files_pass_through_without_being_held(self, service: AttachmentService) -> None:
        """Twenty megabytes cost no more memory than a few parts."""
        with Path("/dev/zero").open("rb") as zeros, io.BytesIO(zeros.read(20_000_000)) as file:
            tracemalloc.start()
            try:
                stored = service.store(SentFile("big.bin", file))
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert stored.size == 20_000_000
        assert peak < 8_000_000


class TestRefusing:
    def test_26_megabytes(self, service: AttachmentService) -> None:
        received = receive(form(("film.mp4", bytes(26 * 1024**2))), service)
        assert received.attachments == []
        assert said(received) == [
            "“film.mp4” is larger than 25\N{NO-BREAK SPACE}MB, which is the most for one file."
        ]

    def test_25_megabytes_are_taken(self, service: AttachmentService) -> None:
        received = receive(form(("film.mp4", bytes(25 * 1024**2))), service)
        assert len(received.attachments) == 1

    @pytest.mark.parametrize(
        ("name", "content"),
        [("setup.exe", b"x"), ("photo\u202egpj.scr", b"x"), ("cv.pdf", b"MZ\x90\0\3\0")],
    )
    def test_programs(self, service: AttachmentService, name: str, content: bytes) -> None:
        received = receive(form((name, content)), service)
        assert received.attachments == []
        assert "is a program, and programs cannot be attached" in said(received)[0]

    def test_the_others_are_kept(self, service: AttachmentService) -> None:
        received = receive(form(("a.txt", b"a"), ("b.exe", b"b"), ("c.txt", b"c")), service)
        assert [file.filename for file in received.attachments] == ["a.txt", "c.txt"]
        assert len(received.errors) == 1

    def test_eleven_files(self, service: AttachmentService) -> None:
        files = [(f"{number}.txt", b"x") for number in range(13)]
        received = receive(form(*files), service)
        assert len(received.attachments) == 10
        assert said(received) == [
            "A message can carry 10 files. Send the others in a second message."
        ]

    def test_those_that_wait_count_too(self, desk: Desk, service: AttachmentService) -> None:
        waiting = [desk.waiting(f"{number}.txt", b"x").id for number in range(10)]
        received = receive(form(("more.txt", b"x"), attachment=waiting), service)
        assert [file.id for file in received.attachments] == waiting
        assert len(received.errors) == 1

    def test_a_store_that_is_away(self, desk: Desk, bound: TenantSession, tmp_path: Path) -> None:
        """One sentence, however many files; and those from before are still in the form."""
        folder = tmp_path / "store"
        store = ObjectStore(folder.as_uri())
        folder.rmdir()
        folder.write_text("not a folder")
        before = desk.waiting("before.txt", b"x")
        service = AttachmentService(
            bound, desk.world.seed.tenant, desk.service(bound, "cleo").actor, store, LIMITS
        )
        received = receive(form(("a.txt", b"a"), ("b.txt", b"b"), attachment=[before.id]), service)
        assert [file.id for file in received.attachments] == [before.id]
        (sentence,) = said(received)
        assert "cannot be stored right now" in sentence
        with pytest.raises(StoreUnavailable):
            service.store(SentFile("c.txt", io.BytesIO(b"c")))


class TestWaiting:
    def test_a_form_that_comes_back_brings_its_files(
        self, desk: Desk, service: AttachmentService
    ) -> None:
        first = desk.waiting("first.txt", b"1")
        received = receive(form(("second.txt", b"2"), attachment=[first.id]), service)
        assert [file.filename for file in received.attachments] == ["first.txt", "second.txt"]

    @pytest.mark.parametrize("value", ["x", "", "0", "-1", "٣", "9" * 40, "1; drop table", "1.0"])
    def test_ids_that_are_none(self, service: AttachmentService, value: str) -> None:
        assert receive(form(attachment=[value]), service).attachments == []

    def test_somebody_elses_file(self, desk: Desk, service: AttachmentService) -> None:
        theirs = desk.waiting("theirs.txt", b"x", by="carl")
        assert service.waiting([theirs.id]) == []
        ticket = desk.world.ticket()
        service.claim([theirs.id], ticket.last_message_id)
        service.discard(theirs.id)
        service.db.expire_all()
        found = service.db.get(Attachment, (theirs.tenant_id, theirs.id))
        assert found is not None
        assert found.message_id is None

    def test_a_claimed_file_belongs_to_its_message(
        self, desk: Desk, service: AttachmentService
    ) -> None:
        ticket, second = desk.world.ticket(), desk.world.ticket()
        file = desk.attach(ticket, "a.txt", b"a")
        assert service.waiting([file.id]) == []
        service.claim([file.id], second.last_message_id)
        service.discard(file.id)
        owner = service.db.scalar(select(Attachment.message_id).where(Attachment.id == file.id))
        assert owner is not None
        assert owner != second.last_message_id

    def test_taken_off_it_is_gone_with_its_bytes(self, desk: Desk) -> None:
        file = desk.waiting("a.txt", b"a")
        with desk.world.factory.session(file.tenant_id) as db:
            service = desk.service(db, "cleo")
            received = receive(form(attachment=[file.id], discard=[file.id]), service)
            assert received.attachments == []
            assert b"".join(desk.store.open(file.storage_key)) == b"a"
        with pytest.raises(Exception, match="is not there"):
            desk.store.open(file.storage_key)

    def test_a_rollback_keeps_the_bytes(self, desk: Desk) -> None:
        file = desk.waiting("a.txt", b"a")
        with desk.world.factory.sessions() as db:
            db.note_tenant(file.tenant_id)
            desk.service(db, "cleo").discard(file.id)
            db.rollback()
        assert b"".join(desk.store.open(file.storage_key)) == b"a"


def test_without_a_store_nothing_is_lost_silently(desk: Desk, bound: TenantSession) -> None:
    service = AttachmentService(bound, desk.world.seed.tenant, desk.service(bound, "cleo").actor)
    with pytest.raises(RuntimeError, match="without a store"):
        service.store(SimpleNamespace(filename="a.txt", file=io.BytesIO(b"a")))


def test_the_sentence_of_an_error_can_be_translated(service: AttachmentService) -> None:
    with pytest.raises(AttachmentError) as caught:
        service.store(SentFile("a.exe", io.BytesIO(b"a")))
    assert caught.value.message.variables == {"name": "a.exe"}
