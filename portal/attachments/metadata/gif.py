"""GIF (version 89a): a screen, and a chain of pictures and extensions in small blocks."""

from portal.attachments.metadata.parts import Data, Parts, Unreadable

_PICTURE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_CONTROL, _PLAIN_TEXT, _APPLICATION = 0xF9, 0x01, 0xFF
#: How often an animation is repeated. Every other application's block is metadata.
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


#: Real blocks are nearly all full, with 255 bytes.
_LEAST_AVERAGE = 16


class _End(Exception):
    """The data ends before the block does."""


def parts(data: Data) -> Parts:
    """What stays of a GIF. Raises Unreadable when it breaks off before its first picture."""
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 13:
        raise Unreadable("no header")
    found, position, pixels = Parts(), 13 + _size_of_table(data[10]), False
    found.keep(0, position)
    try:
        while (kind := _byte(data, position)) != _TRAILER:
            found.count()
            if kind == _PICTURE:
                start = position + 10 + _size_of_table(_byte(data, position + 9))
                # One byte more: the size of the codes.
                stop, kept = _end_of_blocks(data, start + 1), True
                pixels = True
            elif kind == _EXTENSION:
                stop, kept = _end_of_blocks(data, position + 2), _is_needed(data, position)
            else:
                break
            if kept:
                found.keep(position, stop)
            position = stop
    except _End:
        pass
    if not pixels:
        raise Unreadable("no pictures")
    found.kept.append(bytes([_TRAILER]))
    return found


def _size_of_table(flags: int) -> int:
    """Bytes of the table of colours that is announced in a byte of flags."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _byte(data: Data, position: int) -> int:
    if position >= len(data):
        raise _End
    return data[position]


def _end_of_blocks(data: Data, position: int) -> int:
    """Behind a chain of blocks, each with its length before it, and the empty one at its end."""
    start, blocks = position, 0
    while length := _byte(data, position):
        position += length + 1
        blocks += 1
        if blocks > 1000 and position - start < blocks * _LEAST_AVERAGE:
            raise Unreadable("too many blocks")
    return position + 1


def _is_needed(data: Data, position: int) -> bool:
    label = _byte(data, position + 1)
    if label == _APPLICATION:
        return data[position + 3 : position + 14] in _LOOPS
    return label in (_CONTROL, _PLAIN_TEXT)
