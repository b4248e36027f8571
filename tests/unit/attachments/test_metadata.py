"""Pictures lose what tells of their maker, and keep everything that can be seen."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from portal.attachments import metadata
from portal.attachments.metadata import Unreadable
from tests.factories import pictures
from tests.factories.pictures import SECRET

JPEG, PNG, WEBP, GIF = "image/jpeg", "image/png", "image/webp", "image/gif"
SAMPLES = {
    "jpeg": (pictures.jpeg(), JPEG),
    "progressive jpeg": (pictures.jpeg(progressive=True, restart_marker_blocks=1), JPEG),
    "png": (pictures.png(), PNG),
    "png with alpha": (pictures.png(mode="RGBA"), PNG),
    "png with a palette": (pictures.png(mode="P"), PNG),
    "webp": (pictures.webp(), WEBP),
    "lossless webp": (pictures.webp(lossless=True), WEBP),
    "gif": (pictures.gif(), GIF),
}


def strip(data: bytes, content_type: str) -> bytes:
    return b"".join(metadata.strip(data, content_type).chunks)


def frames(data: bytes) -> list[tuple[int, bytes]]:
    """Every frame: how long it is shown, and its pixels."""
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append((image.info.get("duration", 0), image.convert("RGBA").tobytes()))
        return found


def orientation(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as image:
        exif = dict(image.getexif())
    assert set(exif) <= {pictures.ORIENTATION}
    return int(exif.get(pictures.ORIENTATION, 1))


@pytest.mark.parametrize(("data", "content_type"), SAMPLES.values(), ids=SAMPLES)
class TestEveryFormat:
    def test_nothing_is_told_any_more(self, data: bytes, content_type: str) -> None:
        stripped = strip(data, content_type)
        assert SECRET in data
        assert SECRET not in stripped
        with Image.open(io.BytesIO(stripped)) as image:
            image.load()
            told = {"exif", "xmp", "comment", "XML:com.adobe.xmp", "Author", "Location"}
            assert not told & set(image.info)
            assert dict(image.getexif()) == {}

    def test_every_pixel_is_as_it_was(self, data: bytes, content_type: str) -> None:
        assert frames(strip(data, content_type)) == frames(data)

    def test_a_second_time_changes_nothing(self, data: bytes, content_type: str) -> None:
        once = strip(data, content_type)
        assert strip(once, content_type) == once

    def test_what_hangs_on_behind_is_gone(self, data: bytes, content_type: str) -> None:
        hidden = b"PK\x03\x04<script>alert(1)</script>"
        assert strip(data + hidden, content_type) == strip(data, content_type)

    def test_from_a_file_on_a_disk(self, data: bytes, content_type: str, tmp_path: Path) -> None:
        path = tmp_path / "picture"
        path.write_bytes(data)
        with path.open("rb") as file, metadata.opened(file) as mapped:
            assert b"".join(metadata.strip(mapped, content_type).chunks) == strip(
                data, content_type
            )

    @pytest.mark.parametrize("length", [0, 1, 3, 10, 15])
    def test_a_few_bytes_are_no_picture(self, data: bytes, content_type: str, length: int) -> None:
        with pytest.raises(Unreadable):
            metadata.strip(data[:length], content_type)


@pytest.mark.parametrize("way_up", range(1, 9))
@pytest.mark.parametrize(
    ("make", "content_type"), [(pictures.jpeg, JPEG), (pictures.png, PNG), (pictures.webp, WEBP)]
)
def test_the_way_up_stays(make: object, content_type: str, way_up: int) -> None:
    data = make(way_up)  # type: ignore[operator]  # one of three functions
    stripped = metadata.strip(data, content_type)
    assert orientation(b"".join(stripped.chunks)) == way_up
    assert stripped.is_turned == (way_up >= 5)


def test_a_profile_of_colours_stays() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind, content_type in (("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)):
        data = pictures.saved(pictures.pixels(), kind, icc_profile=profile)
        with Image.open(io.BytesIO(strip(data, content_type))) as image:
            assert image.info["icc_profile"] == profile


def test_an_animation_goes_on_for_ever() -> None:
    with Image.open(io.BytesIO(strip(pictures.gif(), GIF))) as image:
        assert (image.info["loop"], getattr(image, "n_frames", 1)) == (0, 3)


def test_an_animated_png_and_webp_keep_their_frames() -> None:
    first, *others = (pictures.pixels().rotate(90 * turn) for turn in range(3))
    for kind, content_type in (("PNG", PNG), ("WEBP", WEBP)):
        data = pictures.saved(
            first, kind, save_all=True, append_images=others, duration=90, exif=pictures.exif()
        )
        assert SECRET not in strip(data, content_type)
        assert len(frames(strip(data, content_type))) == 3


def test_the_small_copy_in_a_jpeg_goes_too() -> None:
    """Older programs put one behind the JFIF header; it may show what was cut off."""
    data = pictures.saved(pictures.pixels(), "JPEG")
    assert data[2:4] == b"\xff\xe0"
    length = int.from_bytes(data[4:6], "big")
    header = data[6 : 4 + length][:12] + b"\x02\x02" + SECRET[:12]
    copied = data[:4] + struct.pack(">H", len(header) + 2) + header + data[4 + length :]
    assert SECRET[:12] not in strip(copied, JPEG)
    assert frames(strip(copied, JPEG)) == frames(data)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [SAMPLES["jpeg"], SAMPLES["png"], SAMPLES["gif"]],
    ids=["jpeg", "png", "gif"],
)
def test_one_that_breaks_off_keeps_what_is_there(data: bytes, content_type: str) -> None:
    large = data if content_type == GIF else None
    if content_type == JPEG:
        large = pictures.jpeg(size=(600, 400))
    if content_type == PNG:
        large = data[: data.index(b"IEND") - 4]
    assert large is not None
    stripped = strip(large if content_type == PNG else large[: len(large) * 2 // 3], content_type)
    assert SECRET not in stripped
    with Image.open(io.BytesIO(stripped)) as image:
        assert image.size in {(60, 40), (600, 400)}


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"\xff\xd8" + b"\xff\xe1\0\2" * 200_000, JPEG),
        (b"\xff\xd8" + b"\xff" * 2_000_000, JPEG),
        (png_of((b"IHDR", bytes(13)), *[(b"tEXt", b"")] * 200_000), PNG),
        (b"RIFF\xff\xff\xff\xffWEBP" + b"XMP \0\0\0\0" * 200_000, WEBP),
        (b"GIF89a" + bytes(7) + b"\x2c" + bytes(10) + b"\1\1" * 200_000, GIF),
        (b"GIF89a" + bytes(7) + b"\x21\xfe\0" * 200_000, GIF),
    ],
    ids=["jpeg", "jpeg of markers", "png", "webp", "gif of blocks", "gif of comments"],
)
def test_one_that_is_made_to_keep_us_busy_is_given_up(data: bytes, content_type: str) -> None:
    with pytest.raises(Unreadable):
        metadata.strip(data, content_type)


def test_an_exif_block_that_points_nowhere() -> None:
    for block in (b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"MM\0*", b"", b"nothing"):
        data = pictures.saved(pictures.pixels(), "JPEG", exif=b"Exif\0\0" + block)
        assert orientation(strip(data, JPEG)) == 1


@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6)), max_size=4),
    st.floats(0, 1),
)
def test_damaged_anywhere_it_is_refused_or_grows_by_no_more_than_headers(
    name: str, changes: list[tuple[float, bytes]], length: float
) -> None:
    data, content_type = SAMPLES[name]
    damaged = bytearray(data)
    for where, what in changes:
        at = int(where * len(damaged))
        damaged[at : at + len(what)] = what
    damaged = damaged[: int(length * len(damaged))]
    try:
        stripped = strip(bytes(damaged), content_type)
    except Unreadable:
        return
    assert len(stripped) <= len(damaged) + 64
