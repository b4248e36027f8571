"""Pictures without what a camera or a program wrote beside the pixels.

Place, time, device, serial number, author and comments lie in segments of their own. Those are
left out and everything else is copied byte for byte, so a picture loses nothing that can be seen:
the colour profile stays, and so does the way up, in an EXIF block that says nothing else. What
hangs on behind the picture's end, where a second file can hide, is left out as well.

Only structure is read here; no pixel is decoded.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from typing import BinaryIO, NamedTuple

from portal.attachments.metadata import gif, jpeg, png, webp
from portal.attachments.metadata.parts import Data, Parts, Unreadable

__all__ = ["Stripped", "Unreadable", "opened", "strip"]

_CHUNK = 256 * 1024

_FORMATS: dict[str, Callable[[Data], Parts]] = {
    "image/gif": gif.parts,
    "image/jpeg": jpeg.parts,
    "image/png": png.parts,
    "image/webp": webp.parts,
}


class Stripped(NamedTuple):
    """A picture without metadata."""

    #: The bytes, in pieces.
    chunks: Iterator[bytes]
    #: Whether the way up turns it by a quarter, so that width and height change places.
    is_turned: bool


def strip(data: Data, content_type: str) -> Stripped:
    """A GIF, JPEG, PNG or WebP without its metadata.

    Raises Unreadable for one whose structure is broken before its first pixels. A picture that
    breaks off later keeps what is there.
    """
    parts = _FORMATS[content_type](data)
    return Stripped(_chunks(data, parts), parts.orientation >= 5)


def _chunks(data: Data, parts: Parts) -> Iterator[bytes]:
    for part in parts.kept:
        if isinstance(part, bytes):
            yield part
            continue
        for start in range(part.start, part.stop, _CHUNK):
            yield data[start : min(start + _CHUNK, part.stop)]


@contextmanager
def opened(file: BinaryIO) -> Iterator[Data]:
    """The bytes of a file, without holding them in memory where the file is on a disk."""
    try:
        mapped = mmap(file.fileno(), 0, access=ACCESS_READ)
    except (OSError, ValueError):
        # Not on a disk, or empty.
        file.seek(0)
        yield file.read()
        return
    with mapped:
        yield mapped
