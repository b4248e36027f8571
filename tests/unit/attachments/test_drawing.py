"""Thumbnails: what is drawn, what is not, and how little the drawing program may do."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat, UnidentifiedImageError

from portal.attachments import drawing, kinds
from portal.attachments.thumbnails import draw
from tests.factories import files, pictures
from tests.factories.pictures import SECRET


def drawn(data: bytes, kind: str, side: int = 48) -> Image.Image:
    """The thumbnail, drawn in this process."""
    return Image.open(io.BytesIO(drawing.draw(io.BytesIO(data), kind, side)))


def on_disk(data: bytes, folder: Path) -> Path:
    path = folder / "picture"
    path.write_bytes(data)
    return path


class TestPixels:
    @pytest.mark.parametrize(
        ("data", "kind"),
        [
            (pictures.jpeg(), "JPEG"),
            (pictures.png(), "PNG"),
            (pictures.webp(), "WEBP"),
            (pictures.gif(), "GIF"),
        ],
    )
    def test_small_and_without_a_word(self, data: bytes, kind: str) -> None:
        thumbnail = drawing.draw(io.BytesIO(data), kind, 48)
        assert SECRET in data
        assert SECRET not in thumbnail
        with Image.open(io.BytesIO(thumbnail)) as image:
            assert (image.format, image.size) == ("WEBP", (48, 32))
            assert dict(image.getexif()) == {}
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
            assert not getattr(image, "is_animated", False)

    @pytest.mark.parametrize("way_up", range(1, 9))
    def test_upright(self, way_up: int) -> None:
        """As a viewer that minds the EXIF block shows it."""
        data = pictures.jpeg(way_up, size=(600, 400))
        seen = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).resize(
            (48, 32) if way_up < 5 else (32, 48)
        )
        image = drawn(data, "JPEG").convert("RGB")
        assert image.size == seen.size
        assert max(ImageStat.Stat(ImageChops.difference(image, seen)).mean) < 8

    def test_a_small_picture_is_not_made_larger(self) -> None:
        assert drawn(pictures.png(), "PNG", 480).size == (60, 40)

    def test_a_line_of_pixels(self) -> None:
        assert drawn(pictures.saved(pictures.pixels((2, 4000)), "PNG"), "PNG").size == (1, 48)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
    def test_every_way_of_writing_pixels(self, mode: str) -> None:
        image = pictures.pixels().convert("L" if mode == "I;16" else mode)
        if mode == "I;16":
            image = image.convert("I").point(lambda value: value * 257).convert("I;16")
        thumbnail = drawn(pictures.saved(image, "PNG"), "PNG").convert("L")
        low, high = thumbnail.getextrema()
        assert isinstance(low, int | float)
        assert isinstance(high, int | float)
        assert high - low > 90

    def test_what_can_be_seen_through_stays_so(self) -> None:
        clear = Image.new("RGBA", (60, 40), (200, 0, 0, 0))
        assert drawn(pictures.saved(clear, "PNG"), "PNG").convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]  # RGBA

    def test_colours_are_those_of_the_profile(self) -> None:
        """In this one the first number is green and the second is red."""
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        for before, after in ((b"rXYZ", b"...."), (b"gXYZ", b"rXYZ"), (b"....", b"gXYZ")):
            profile = profile.replace(before, after)
        red = Image.new("RGB", (40, 40), (200, 30, 30))
        pixel = drawn(pictures.saved(red, "PNG", icc_profile=profile), "PNG").getpixel((9, 9))
        assert isinstance(pixel, tuple)
        assert pixel[0] < 60 < 180 < pixel[1]

    def test_a_broken_profile_is_left_out(self) -> None:
        data = pictures.saved(pictures.pixels(), "PNG", icc_profile=b"no profile")
        assert drawn(data, "PNG").size == (48, 32)

    def test_another_kind_than_was_said(self) -> None:
        with pytest.raises(UnidentifiedImageError):
            drawing.draw(io.BytesIO(pictures.png()), "JPEG", 48)

    def test_the_most_pixels_are_those_that_are_shown(self) -> None:
        assert drawing.MAX_PIXELS == kinds.MAX_PIXELS


class TestProgram:
    """In its own process, as the job runs it."""

    def test_a_thumbnail(self, tmp_path: Path) -> None:
        with on_disk(pictures.jpeg(6, size=(900, 600)), tmp_path).open("rb") as source:
            thumbnail = draw(source, "image/jpeg")
        assert thumbnail is not None
        assert Image.open(io.BytesIO(thumbnail)).size == (320, 480)

    @pytest.mark.parametrize(
        ("data", "content_type"),
        [
            (files.png(7000, 7000), "image/png"),
            (files.png(60_000, 60_000), "image/png"),
            (pictures.jpeg(size=(900, 600))[:9000], "image/jpeg"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
        ],
        ids=["pixels that are not there", "a bomb", "one that breaks off", "a drawing"],
    )
    def test_no_thumbnail(self, tmp_path: Path, data: bytes, content_type: str) -> None:
        with on_disk(data, tmp_path).open("rb") as source:
            assert draw(source, content_type) is None

    def test_it_has_little_memory_and_no_environment(self, tmp_path: Path) -> None:
        """The limits hold inside: what asks for more is refused, and nothing is known there."""
        script = (
            "import os, runpy, sys; sys.argv[1:] = ['PNG', '9']\n"
            f"own = runpy.run_path({drawing.__file__!r})\n"
            "own['_limit']()\n"
            "print(sorted(set(os.environ) - {'LC_CTYPE'}))\n"
            "try: bytearray(own['MAX_MEMORY'])\n"
            "except MemoryError: print('refused')\n"
        )
        told = subprocess.run(
            [sys.executable, "-I", "-c", script], env={}, capture_output=True, text=True, check=True
        )
        assert told.stdout.split("\n") == ["[]", "refused", ""]
