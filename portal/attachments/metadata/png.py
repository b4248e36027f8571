"""PNG (W3C, third edition) and APNG: a signature and a chain of chunks."""

import struct
import zlib

from portal.attachments.metadata.parts import (
    UPRIGHT,
    Data,
    Parts,
    Unreadable,
    exif_of,
    orientation_of,
)

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Pixels, palette, transparency, colours, size of a pixel, and the frames of an animation.
_NEEDED = frozenset(
    {
        *(b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"),
        *(b"sBIT", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT"),
    }
)


def parts(data: Data) -> Parts:
    """What stays of a PNG. Raises Unreadable when it breaks off before its pixels."""
    if data[:8] != _SIGNATURE or data[12:16] != b"IHDR":
        raise Unreadable("no header")
    found, position, pixels = Parts(), 8, False
    found.keep(0, 8)
    while position + 12 <= len(data):
        found.count()
        length = int.from_bytes(data[position : position + 4], "big")
        name, stop = data[position + 4 : position + 8], position + 12 + length
        if name == b"IEND" or stop > len(data):
            break
        if name in _NEEDED:
            found.keep(position, stop)
            pixels = pixels or name == b"IDAT"
        elif name == b"eXIf" and found.orientation == UPRIGHT:
            found.orientation = orientation_of(data[position + 8 : stop - 4])
        position = stop
    if not pixels:
        raise Unreadable("no pixels")
    if found.orientation != UPRIGHT:
        found.kept.append(_chunk(b"eXIf", exif_of(found.orientation)))
    found.kept.append(_chunk(b"IEND", b""))
    return found


def _chunk(name: bytes, payload: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + payload))
    return struct.pack(">I", len(payload)) + name + payload + checksum
