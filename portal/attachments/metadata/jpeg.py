"""JPEG (ITU-T T.81): markers with their segments, and between them the coded pixels."""

import re
import struct

from portal.attachments.metadata.parts import (
    UPRIGHT,
    Data,
    Parts,
    Unreadable,
    exif_of,
    orientation_of,
)

_START, _END = b"\xff\xd8", b"\xff\xd9"
_SCAN, _FINISH = 0xDA, 0xD9
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
#: Frames, tables, restart intervals and numbers of lines: all that decoding needs.
_NEEDED = frozenset({*range(0xC0, 0xD0), _SCAN, 0xDB, 0xDC, 0xDD}) - {0xC8}
_EXIF = b"Exif\0\0"
#: Marker, version, unit and density; behind them may come a small copy of the picture.
_JFIF, _JFIF_LENGTH = b"JFIF\0", 12
_MARKER = re.compile(rb"\xff++([^\x00])", re.DOTALL)
#: The next marker among coded pixels, where 00 and the restart markers belong to them.
_AFTER_PIXELS = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)


def parts(data: Data) -> Parts:
    """What stays of a JPEG. Raises Unreadable when it breaks off before its pixels."""
    if data[:2] != _START:
        raise Unreadable("no start")
    found, head = Parts(), [_START]
    position, scanned = 2, False
    while (marker := _MARKER.match(data, position)) is not None:
        found.count()
        code, start = marker[1][0], marker.end()
        if code == _FINISH:
            break
        stop = _end_of_segment(data, start)
        if stop is None:
            break
        if code in _NEEDED:
            position = _end_of_pixels(data, stop) if code == _SCAN else stop
            found.keep(start - 2, position)
            scanned = scanned or code == _SCAN
            continue
        position, payload = stop, data[start + 2 : stop]
        if code == _APP0 and payload.startswith(_JFIF) and len(head) == 1:
            head.append(
                _segment(_APP0, payload[:_JFIF_LENGTH].ljust(_JFIF_LENGTH, b"\0") + b"\0\0")
            )
        elif code == _APP1 and payload.startswith(_EXIF) and found.orientation == UPRIGHT:
            found.orientation = orientation_of(payload[len(_EXIF) :])
        elif _tells_colours(code, payload):
            found.keep(start - 2, stop)
    if not scanned:
        raise Unreadable("no pixels")
    if found.orientation != UPRIGHT:
        head.append(_segment(_APP1, _EXIF + exif_of(found.orientation)))
    found.kept = [*head, *found.kept, _END]
    return found


def _end_of_segment(data: Data, start: int) -> int | None:
    """Where the segment ends whose length is at `start`; None when it reaches past the data."""
    length = int.from_bytes(data[start : start + 2], "big")
    stop = start + length
    return stop if length >= 2 and stop <= len(data) else None


def _end_of_pixels(data: Data, position: int) -> int:
    marker = _AFTER_PIXELS.search(data, position)
    return marker.start() if marker else len(data)


def _tells_colours(code: int, payload: bytes) -> bool:
    return (code == _APP2 and payload.startswith(b"ICC_PROFILE\0")) or (
        code == _APP14 and payload.startswith(b"Adobe")
    )


def _segment(code: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(payload) + 2) + payload
