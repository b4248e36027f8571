"""A zip archive that is sent while it is made: no file of it is ever whole in memory."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from portal.attachments.store import Store, StoreMissing
from portal.people.own_data import OwnData, OwnFile


class _Pipe:
    """What the archive writes, until it is taken. It cannot seek, so nothing is patched later."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def documents(parts: Sequence[OwnData]) -> list[tuple[str, bytes]]:
    """The JSON files of the archive: read them while the database is still there."""
    return [(f"{part.name}.json", _json(part.content)) for part in parts]


def archive(
    texts: Sequence[tuple[str, bytes]],
    files: Sequence[OwnFile],
    store: Store,
    made_at: datetime,
) -> Iterator[bytes]:
    """The archive, in pieces. A file that the store has lost is named in `missing.json`.

    Raises `StoreError` when the store goes away meanwhile: the download then breaks off, so that
    nobody takes a part for the whole.
    """
    pipe = _Pipe()
    missing: list[str] = []
    with ZipFile(pipe, "w") as target:  # type: ignore[call-overload]  # it needs no more than that
        for name, text in texts:
            target.writestr(_entry(name, made_at, ZIP_DEFLATED), text)
            yield pipe.take()
        for file in files:
            try:
                chunks = iter(store.open(file.storage_key))
            except StoreMissing:
                missing.append(file.path)
                continue
            # Pictures and documents are packed already. Its size is not known before it was read.
            entry = _entry(file.path, made_at, ZIP_STORED)
            with target.open(entry, "w", force_zip64=True) as written:
                for chunk in chunks:
                    written.write(chunk)
                    yield pipe.take()
            yield pipe.take()
        if missing:
            target.writestr(_entry("missing.json", made_at, ZIP_DEFLATED), _json(missing))
    yield pipe.take()


def _entry(name: str, made_at: datetime, compression: int) -> ZipInfo:
    entry = ZipInfo(name, made_at.timetuple()[:6])
    entry.compress_type = compression
    entry.external_attr = 0o600 << 16
    return entry


def _json(content: Any) -> bytes:
    return json.dumps(content, default=_plain, ensure_ascii=False, indent=2).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(type(value).__name__)
