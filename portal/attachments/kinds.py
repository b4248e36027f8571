"""What a file is: its name made safe, its kind read from its bytes, its size in pixels."""

import re
import struct
import unicodedata
from typing import BinaryIO, NamedTuple

import filetype
import imagesize

#: What filetype looks at.
HEAD = 8192
UNKNOWN = "application/octet-stream"
#: The kinds that are shown inline: every browser decodes them, and none of them can run.
PREVIEWABLE = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
#: Decoded, an image takes four bytes a pixel in the reader's browser. Fifty million are the
#: largest that telephones take; a few kilobytes of PNG can claim billions.
MAX_PIXELS = 50_000_000

#: What Windows, macOS or Linux desktops run when it is opened.
_PROGRAMS = frozenset(
    "apk app appimage appx bat cmd com command cpl deb desktop dll dmg exe gadget hta inf ins "
    "isp jar js jse lnk msc msi msix msp mst pif pkg ps1 psm1 reg rpm scf scr sct shb sys url "
    "vb vbe vbs vxd ws wsc wsf wsh xll".split()
)
_PROGRAM_KINDS = frozenset({"application/x-executable", "application/x-msdownload"})

_LONGEST_NAME = 120
_LONGEST_ENDING = 20
#: Not allowed in file names by Windows, or of meaning to a shell there.
_AWKWARD = re.compile(r'[<>:"|?*]')
#: Zero-width joiners belong to the spelling of some languages; other format characters, such
#: as the overrides that make `gpj.exe` look like `exe.jpg`, only deceive.
_JOINERS = "\u200c\u200d"


class Kind(NamedTuple):
    """What the bytes of a file say."""

    content_type: str
    #: Pixels, for an image that can be shown inline.
    width: int | None = None
    height: int | None = None

    def turned(self) -> "Kind":
        """The same, with width and height in each other's place."""
        return self._replace(width=self.height, height=self.width)


def clean_name(name: str) -> str:
    """A file name without folders, control characters or direction tricks; never empty."""
    name = " ".join(re.split(r"[/\\]", name)[-1].split())
    name = unicodedata.normalize("NFC", "".join(filter(_is_plain, name)))
    name = " ".join(_AWKWARD.sub("_", name).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > _LONGEST_NAME and stem and len(ending) <= _LONGEST_ENDING:
        name = stem[: _LONGEST_NAME - len(ending) - 1].rstrip(". ") + dot + ending
    return name[:_LONGEST_NAME].rstrip(". ") or "file"


def _is_plain(letter: str) -> bool:
    return letter in _JOINERS or not unicodedata.category(letter).startswith("C")


def is_program(name: str, head: bytes) -> bool:
    """Whether opening the file would run it, by its name or by its first bytes."""
    if name.rpartition(".")[2].lower() in _PROGRAMS and "." in name:
        return True
    # A text may begin with the two letters of a Windows program; it has no zero bytes.
    return _kind_of(head) in _PROGRAM_KINDS and b"\0" in head


def measure(file: BinaryIO) -> Kind:
    """The kind of a file from its bytes, and the pixels of an image that can be shown inline.

    Reads headers only and decodes nothing. Leaves the file at its start.
    """
    file.seek(0)
    content_type = _kind_of(file.read(HEAD)) or UNKNOWN
    size = _pixels(file) if content_type in PREVIEWABLE else None
    file.seek(0)
    return Kind(content_type, *size) if size else Kind(content_type)


def _kind_of(head: bytes) -> str | None:
    mime: str | None = filetype.guess_mime(head) if head else None
    # An animated PNG is a PNG to everybody who only knows those.
    return "image/png" if mime == "image/apng" else mime


def _pixels(file: BinaryIO) -> tuple[int, int] | None:
    file.seek(0)
    try:
        # Of the way up it knows in JPEG only; `portal.attachments.metadata` knows it in all.
        width, height = imagesize.get(file, exif_rotation=False)
    except (ValueError, ArithmeticError, LookupError, OSError, struct.error):
        # A damaged header: the file is kept, as a download.
        return None
    shown = width > 0 and height > 0 and width * height <= MAX_PIXELS
    return (width, height) if shown else None
