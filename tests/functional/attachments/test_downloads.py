"""Downloads and previews: who may have them, and that nothing in them can run."""

import hashlib
from pathlib import Path
from urllib.parse import unquote

import pytest

from portal.attachments.store import ObjectStore
from tests.factories.files import png
from tests.functional.attachments.conftest import Desk

SHOT = png(640, 480)
VIEWS = ("", "preview", "thumbnail")
PAGE = b"<!DOCTYPE html><script>fetch('/')</script>"


class TestDownload:
    def test_the_file_as_it_was_sent(self, desk: Desk) -> None:
        content = bytes(range(256)) * 4_000
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "log.bin", content)
        response = desk.world.browser("cleo").get(desk.url(ticket, file))
        assert response.body == content
        assert response.content_length == len(content)
        assert response.headers["Content-Disposition"] == 'attachment; filename="log.bin"'

    def test_a_page_is_a_download_that_cannot_run(self, desk: Desk) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "page.html", PAGE)
        response = desk.world.browser("ben").get(desk.url(ticket, file))
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"

    @pytest.mark.parametrize(
        "name", ["Übersicht März.pdf", '100% "sure".txt', "日本語.txt", "a;b=c'd.txt", "👩‍💻.png"]
    )
    def test_names_in_any_language(self, desk: Desk, name: str) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, name, b"x")
        header = (
            desk.world.browser("cleo").get(desk.url(ticket, file)).headers["Content-Disposition"]
        )
        header.encode("ascii")
        _, encoded, value = header.partition("filename*=UTF-8''")
        plain = header.partition('filename="')[2].partition('"')[0]
        assert (unquote(value) if encoded else plain) == file.filename

    def test_a_name_cannot_add_a_header(self, desk: Desk) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, 'x"\r\nSet-Cookie: a=b\r\n\r\n<script>.txt', b"x")
        response = desk.world.browser("cleo").get(desk.url(ticket, file))
        assert "Set-Cookie" not in response.headers
        assert response.body == b"x"

    def test_asked_again_it_is_not_sent_again(self, desk: Desk) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "shot.png", SHOT)
        browser = desk.world.browser("cleo")
        first = browser.get(desk.url(ticket, file))
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert first.etag == hashlib.sha256(SHOT).hexdigest()
        again = browser.get(
            desk.url(ticket, file), headers={"If-None-Match": first.headers["ETag"]}, status=304
        )
        assert again.body == b""

    def test_a_part_resumes_a_broken_download(self, desk: Desk) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "digits.txt", b"0123456789")
        browser = desk.world.browser("cleo")
        part = browser.get(desk.url(ticket, file), headers={"Range": "bytes=4-"}, status=206)
        assert part.body == b"456789"
        assert part.headers["Content-Range"] == "bytes 4-9/10"

    def test_head_says_what_get_would(self, desk: Desk) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "log.txt", b"0123456789")
        response = desk.world.browser("cleo").head(desk.url(ticket, file))
        assert response.content_length == 10
        assert response.body == b""

    def test_bytes_that_are_gone(self, desk: Desk) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "log.txt", b"x")
        desk.store.delete(file.storage_key)
        page = desk.world.browser("cleo").get(desk.url(ticket, file), status=503)
        assert "This file is not where files are kept." in page

    def test_a_store_that_is_away(
        self, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "log.txt", b"x")
        broken = ObjectStore((tmp_path / "store").as_uri())
        (tmp_path / "store").rmdir()
        (tmp_path / "store").write_text("not a folder")
        with monkeypatch.context() as away:
            away.setitem(desk.world.app.registry, "attachments.store", broken)
            page = desk.world.browser("cleo").get(desk.url(ticket, file), status=503)
        assert "This file cannot be read right now." in page
        assert desk.world.browser("cleo").get(desk.url(ticket, file)).body == b"x"


class TestPreview:
    def test_an_image_is_shown_with_its_proven_type(self, desk: Desk) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "shot.html", SHOT)
        response = desk.world.browser("cleo").get(desk.url(ticket, file, "preview"))
        assert response.content_type == "image/png"
        assert response.headers["Content-Disposition"].startswith("inline;")
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.body == SHOT

    @pytest.mark.parametrize(
        "content",
        [PAGE, b"<svg xmlns='http://www.w3.org/2000/svg'/>", png(60_000, 60_000), b"%PDF-1.7"],
    )
    def test_nothing_else_is(self, desk: Desk, content: bytes) -> None:
        ticket = desk.world.ticket()
        file = desk.attach(ticket, "shot.png", content)
        browser = desk.world.browser("cleo")
        browser.get(desk.url(ticket, file, "preview"), status=404)
        assert browser.get(desk.url(ticket, file)).body == content


class TestWho:
    @pytest.mark.parametrize("first", ["cleo", "carl", "ben", "ada"])
    def test_those_who_see_the_ticket(self, desk: Desk, first: str) -> None:
        ticket = desk.world.ticket(by="cleo")
        file = desk.attach(ticket, "shot.png", SHOT)
        for view in VIEWS:
            desk.world.browser(first).get(desk.url(ticket, file, view), status=200)

    def test_another_customer(self, desk: Desk) -> None:
        ticket = desk.world.ticket(by="cleo")
        file = desk.attach(ticket, "shot.png", SHOT)
        for view in VIEWS:
            desk.world.browser("dora").get(desk.url(ticket, file, view), status=404)

    def test_nobody(self, desk: Desk) -> None:
        ticket = desk.world.ticket(by="cleo")
        file = desk.attach(ticket, "shot.png", SHOT)
        response = desk.world.anonymous().get(desk.url(ticket, file))
        assert response.status_int == 303
        assert "/login" in response.location

    @pytest.mark.parametrize("first", ["cleo", "carl"])
    def test_a_note_is_not_the_customers(self, desk: Desk, first: str) -> None:
        ticket = desk.world.ticket(by="cleo")
        file = desk.attach(ticket, "shot.png", SHOT, by="ben", note=True)
        for view in VIEWS:
            desk.world.browser(first).get(desk.url(ticket, file, view), status=404)
            desk.world.browser("bea").get(desk.url(ticket, file, view), status=200)

    def test_another_tenant(self, desk: Desk, other_desk: Desk) -> None:
        ticket, theirs = desk.world.ticket(), other_desk.world.ticket()
        assert ticket.number == theirs.number == 1
        file = desk.attach(ticket, "shot.png", SHOT)
        other_desk.world.browser("ada").get(other_desk.url(theirs, file), status=404)

    def test_another_ticket(self, desk: Desk) -> None:
        """An id is good below its own ticket only, though both may be seen."""
        ticket, second = desk.world.ticket(), desk.world.ticket()
        file = desk.attach(ticket, "shot.png", SHOT)
        desk.world.browser("ada").get(desk.url(second, file), status=404)

    def test_a_file_that_waits(self, desk: Desk) -> None:
        ticket = desk.world.ticket()
        file = desk.waiting("shot.png", SHOT)
        desk.world.browser("cleo").get(desk.url(ticket, file), status=404)

    @pytest.mark.parametrize("name", ["0", "01", "%D9%A7", "1.0", "+1", "9" * 30, "x", "%00", "-1"])
    def test_no_number(self, desk: Desk, name: str) -> None:
        ticket = desk.world.ticket()
        url = desk.world.url(f"/tickets/{ticket.number}/attachments/{name}")
        desk.world.browser("ada").get(url, status=400 if name == "%00" else 404)

    def test_the_container_is_no_page(self, desk: Desk) -> None:
        ticket = desk.world.ticket()
        url = desk.world.url(f"/tickets/{ticket.number}/attachments")
        desk.world.browser("ada").get(url, status=404)
