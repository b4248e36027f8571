"""WebP (RFC 9649): a RIFF file of chunks; the frames of an animation hold chunks themselves."""

import struct

from portal.attachments.metadata.parts import (
    UPRIGHT,
    Data,
    Parts,
    Unreadable,
    exif_of,
    orientation_of,
)

_PIXELS = frozenset({b"VP8 ", b"VP8L", b"ANMF"})
_NEEDED = _PIXELS | {b"ALPH", b"ANIM", b"ICCP"}
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
_HEADING = b"Exif\0\0"


def parts(data: Data) -> Parts:
    """What stays of a WebP. Raises Unreadable when it breaks off before its pixels."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Unreadable("no header")
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    found, position, pixels, extended = Parts(), 12, False, None
    while position + 8 <= end:
        found.count()
        name = data[position : position + 4]
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        start, stop = position + 8, position + 8 + length
        if stop > end:
            break
        if name == b"VP8X" and length >= 10 and extended is None:
            extended = data[start:stop]
        elif name == b"EXIF" and found.orientation == UPRIGHT:
            found.orientation = orientation_of(data[start:stop].removeprefix(_HEADING))
        elif name in _NEEDED:
            # An odd chunk is followed by a byte of padding, which the last one may lack.
            found.keep(position, min(stop + length % 2, end))
            pixels = pixels or name in _PIXELS
        position = stop + length % 2
    if not pixels:
        raise Unreadable("no pixels")
    if extended is None:
        # Without the extended header nobody reads EXIF.
        found.orientation = UPRIGHT
    _frame(found, extended)
    return found


def _frame(found: Parts, extended: bytes | None) -> None:
    """Put the headers around what stays, with the flags and the length that are right for it."""
    is_turned = found.orientation != UPRIGHT
    kept: list[bytes | slice] = list(found.kept)
    if extended is not None:
        flags = extended[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if is_turned else 0)
        kept.insert(0, _chunk(b"VP8X", bytes([flags]) + extended[1:]))
    if is_turned:
        kept.append(_chunk(b"EXIF", exif_of(found.orientation)))
    length = sum(len(part) if isinstance(part, bytes) else part.stop - part.start for part in kept)
    found.kept = [b"RIFF" + struct.pack("<I", 4 + length) + b"WEBP", *kept]


def _chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + bytes(len(payload) % 2)
