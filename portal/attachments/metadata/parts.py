"""What the readers of the formats share: the parts that stay, and the EXIF that is written anew."""

import struct
from dataclasses import dataclass, field
from mmap import mmap

Data = bytes | mmap

UPRIGHT = 1
#: A picture of a hundred megabytes has fewer segments; one that is made to keep us busy has more.
_MOST_SEGMENTS = 100_000
_ORIENTATION = 0x0112
_SHORT = 3


class Unreadable(ValueError):
    """The bytes do not have the structure of their format."""


@dataclass
class Parts:
    """The parts of a picture that stay, in their order: a range of its bytes, or new ones."""

    kept: list[bytes | slice] = field(default_factory=list)
    #: How the picture is to be turned to stand upright: 1 to 8, as EXIF counts (CIPA DC-008).
    orientation: int = UPRIGHT
    _segments: int = 0

    def count(self) -> None:
        """One segment more. Raises Unreadable when there are more than any real picture has."""
        self._segments += 1
        if self._segments > _MOST_SEGMENTS:
            raise Unreadable("too many segments")

    def keep(self, start: int, stop: int) -> None:
        """Keep a range."""
        last = self.kept[-1] if self.kept else None
        if isinstance(last, slice) and last.stop == start:
            self.kept[-1] = slice(last.start, stop)
        else:
            self.kept.append(slice(start, stop))


def orientation_of(tiff: bytes) -> int:
    """The way up that an EXIF block (without its `Exif` heading) names; upright if it names none.

    Looks at the first directory only, where the tag belongs.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(count):
            tag, kind, _number, value = struct.unpack_from(
                f"{order}HHIH", tiff, start + 2 + 12 * entry
            )
            if tag == _ORIENTATION:
                return value if kind == _SHORT and 1 <= value <= 8 else UPRIGHT
    except struct.error:
        pass
    return UPRIGHT


def exif_of(orientation: int) -> bytes:
    """An EXIF block that names the way up and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, _SHORT, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
