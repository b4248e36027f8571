"""Names, kinds and sizes of files that strangers send."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.attachments import kinds
from tests.factories.files import png

GIF = b"GIF89a" + struct.pack("<HH", 16, 9) + b"\0\0\0;"


class TestNames:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("report.pdf", "report.pdf"),
            (r"C:\Users\Cleo\shot.png", "shot.png"),
            ("../../etc/passwd", "passwd"),
            ("..", "file"),
            ("", "file"),
            ("\0", "file"),
            (" . ", "file"),
            ("a\r\nSet-Cookie: x=1.txt", "a Set-Cookie_ x=1.txt"),
            ('say "hi".txt', "say _hi_.txt"),
            ("invoice\u202egpj.exe", "invoicegpj.exe"),
            ("\u2066left\u2069\ufeff.txt", "left.txt"),
            ("setup.exe. . ", "setup.exe"),
            ("Übersicht – März.pdf", "Übersicht – März.pdf"),
            ("U\u0308bersicht.pdf", "Übersicht.pdf"),
            ("صورة.png", "صورة.png"),
            ("👩‍💻.png", "👩‍💻.png"),
        ],
    )
    def test_cleaned(self, sent: str, kept: str) -> None:
        assert kinds.clean_name(sent) == kept

    def test_a_long_name_keeps_its_ending(self) -> None:
        name = kinds.clean_name("x" * 500 + ".tar.gz")
        assert len(name) == 120
        assert name.endswith("x.gz")

    def test_a_long_ending_is_cut_too(self) -> None:
        assert len(kinds.clean_name("a." + "x" * 500)) == 120

    @given(st.text(max_size=400))
    def test_whatever_is_sent(self, sent: str) -> None:
        name = kinds.clean_name(sent)
        assert 0 < len(name) <= 120
        assert not set(name) & set('/\\\0\r\n\t"<>:|?*\u202e\u2066')
        assert name.encode("utf-8").decode() == name
        assert kinds.clean_name(name) == name


class TestPrograms:
    @pytest.mark.parametrize(
        "name", ["setup.exe", "RUN.BAT", "x.scr", "a.pdf.js", "b.msi", "c.com", "d.lnk", "e.hta"]
    )
    def test_by_name(self, name: str) -> None:
        assert kinds.is_program(name, b"anything")

    @pytest.mark.parametrize("head", [b"MZ\x90\0\3\0\0\0", b"\x7fELF\2\1\1\0" + bytes(60)])
    def test_by_content_whatever_the_name(self, head: bytes) -> None:
        assert kinds.is_program("holiday.png", head)

    @pytest.mark.parametrize(
        ("name", "head"),
        [
            ("exe", b"a note about exe files"),
            ("page.html", b"<html>"),
            ("notes.txt", b"MZ is how Windows programs begin"),
            ("empty.txt", b""),
            ("archive.zip", b"PK\3\4" + bytes(40)),
        ],
    )
    def test_not_one(self, name: str, head: bytes) -> None:
        assert not kinds.is_program(name, head)


class TestKinds:
    def test_an_image_that_can_be_shown(self) -> None:
        assert kinds.measure(io.BytesIO(png(640, 480))) == ("image/png", 640, 480)
        assert kinds.measure(io.BytesIO(GIF)) == ("image/gif", 16, 9)

    def test_the_file_is_left_at_its_start(self) -> None:
        file = io.BytesIO(png(1, 1))
        file.read()
        kinds.measure(file)
        assert file.tell() == 0

    @pytest.mark.parametrize(
        "content",
        [
            b"<!DOCTYPE html><script>alert(1)</script>",
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            b"<?xml version='1.0'?><x/>",
            b"plain words",
            b"",
            b"\0\1\2\3",
        ],
    )
    def test_what_bytes_do_not_tell_is_a_download(self, content: bytes) -> None:
        assert kinds.measure(io.BytesIO(content)) == ("application/octet-stream", None, None)

    @pytest.mark.parametrize(
        ("width", "height"),
        [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (0, 0), (0, 7), (2**32 - 1, 1)],
    )
    def test_a_bomb_is_kept_but_never_shown(self, width: int, height: int) -> None:
        kind = kinds.measure(io.BytesIO(png(width, height)))
        assert kind == ("image/png", None, None)

    @given(
        st.sampled_from([png(3, 2)[:8], b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8X"]),
        st.binary(max_size=300),
    )
    def test_a_damaged_image_is_a_download_or_has_pixels(self, magic: bytes, rest: bytes) -> None:
        kind = kinds.measure(io.BytesIO(magic + rest))
        assert (kind.width is None) == (kind.height is None)
        assert kind.width is None or 0 < kind.width * (kind.height or 0) <= kinds.MAX_PIXELS

    def test_other_images_are_no_previews(self) -> None:
        bitmap = b"BM" + struct.pack("<IHHIIiiHH", 70, 0, 0, 54, 40, 1, 1, 1, 24) + bytes(40)
        assert kinds.measure(io.BytesIO(bitmap)) == ("image/bmp", None, None)
