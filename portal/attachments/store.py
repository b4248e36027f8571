"""Where the bytes of files lie: a folder, or an object store behind the same three verbs."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Protocol, Self

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

#: What is held in memory of a file on its way in; also the smallest part that S3 takes.
PART = 5 * 1024**2
#: What is handed on at once of a file on its way out.
CHUNK = 256 * 1024


class StoreError(Exception):
    """The store does not answer, has no room left, or has lost a file."""


class StoreMissing(StoreError):
    """The store answers, and has no file of that key."""


class StoredFile:
    """The bytes of one stored file, as the body of a response.

    WebOb asks `app_iter_range` when a client wants a part, so that only that part is read.
    """

    def __init__(self, store: "ObjectStore", key: str, chunks: Iterator[bytes]) -> None:
        self._store = store
        self._key = key
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def app_iter_range(self, start: int, stop: int) -> Self:
        """The bytes from `start` up to, not including, `stop`."""
        return type(self)(self._store, self._key, self._store.chunks(self._key, (start, stop)))


class Store(Protocol):
    """What the portal asks of a place for files. Every verb raises StoreError."""

    def put_stream(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write a file under a new key: whole, or not at all."""

    def open(self, key: str) -> StoredFile:
        """The file of that key, ready to be read."""

    def delete(self, key: str) -> None:
        """Remove a file; one that is gone already is no error."""


class ObjectStore:
    """A folder (`file://`), S3 (`s3://`), Google (`gs://`) or Azure (`az://`), by its URL."""

    def __init__(self, url: str) -> None:
        """Opens no connection. Raises StoreError when the URL names no kind of store."""
        options: dict[str, Any] = {}
        if not url.startswith(("file:", "s3:", "gs:", "az:")):
            raise StoreError("it must begin with file:, s3:, gs: or az:")
        if url.startswith("file:"):
            options["mkdir"] = True
        else:
            # A form waits for this: a store that is down must say so soon.
            options["client_options"] = {"timeout": "60s", "connect_timeout": "5s"}
            options["retry_config"] = {"max_retries": 2, "retry_timeout": timedelta(seconds=15)}
        try:
            self._store = from_url(url, **options)
        except (BaseError, OSError, ValueError) as error:
            raise StoreError(str(error).partition("\n")[0]) from error

    def put_stream(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write a file under a new key; the disk store writes aside and renames."""
        try:
            obstore.put(
                self._store,
                key,
                iter(chunks),
                use_multipart=True,
                chunk_size=PART,
                max_concurrency=1,
            )
        except (BaseError, OSError) as error:
            raise StoreError(f"{key} cannot be written") from error

    def open(self, key: str) -> StoredFile:
        """The file of that key."""
        return StoredFile(self, key, self.chunks(key))

    def chunks(self, key: str, part: tuple[int, int] | None = None) -> Iterator[bytes]:
        """The bytes, in pieces; asks the store before the first of them is wanted."""
        try:
            found = obstore.get(self._store, key, options={"range": part} if part else None)
            return iter(found.stream(min_chunk_size=CHUNK))
        except FileNotFoundError as error:
            raise StoreMissing(f"{key} is not there") from error
        except (BaseError, OSError) as error:
            raise StoreError(f"{key} cannot be read") from error

    def delete(self, key: str) -> None:
        """Remove a file."""
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            pass
        except (BaseError, OSError) as error:
            raise StoreError(f"{key} cannot be deleted") from error
