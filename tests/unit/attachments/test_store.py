"""The store on a disk: whole files or none, parts on request, one kind of error."""

import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.attachments.store import ObjectStore, StoreError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


@pytest.fixture
def store(folder: Path) -> ObjectStore:
    return ObjectStore(folder.as_uri())


def files_in(folder: Path) -> list[str]:
    return sorted(
        str((Path(path) / name).relative_to(folder))
        for path, _, names in os.walk(folder)
        for name in names
    )


def test_what_was_put_comes_back(store: ObjectStore) -> None:
    parts = [bytes([number]) * 300_000 for number in range(40)]
    store.put_stream("7/abc", iter(parts))
    assert b"".join(store.open("7/abc")) == b"".join(parts)


def test_an_empty_file(store: ObjectStore) -> None:
    store.put_stream("7/empty", iter(()))
    assert b"".join(store.open("7/empty")) == b""


def test_a_part_of_a_file(store: ObjectStore) -> None:
    store.put_stream("7/abc", [b"0123456789"])
    assert b"".join(store.open("7/abc").app_iter_range(2, 5)) == b"234"


def test_a_write_that_breaks_off_leaves_nothing(store: ObjectStore, folder: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 6_000_000
        raise OSError("the client is gone")

    with pytest.raises(StoreError):
        store.put_stream("7/abc", broken())
    assert files_in(folder) == []


def test_a_folder_that_takes_no_files(store: ObjectStore, folder: Path) -> None:
    folder.rmdir()
    folder.write_text("a file where the folder was")
    with pytest.raises(StoreError):
        store.put_stream("7/abc", [b"x"])


def test_a_disk_that_takes_no_more(store: ObjectStore, folder: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        with pytest.raises(StoreError):
            store.put_stream("7/abc", [b"x" * 1_000_000] * 9)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert files_in(folder) == []


def test_a_lost_file(store: ObjectStore) -> None:
    with pytest.raises(StoreError):
        store.open("7/none")


def test_deleting_twice_is_no_error(store: ObjectStore, folder: Path) -> None:
    store.put_stream("7/abc", [b"x"])
    store.delete("7/abc")
    store.delete("7/abc")
    assert files_in(folder) == []


def test_an_object_store_that_is_down(unused_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused_port}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    store = ObjectStore("s3://bucket/portal")
    for use in (lambda: store.put_stream("7/abc", [b"x"]), lambda: store.open("7/abc")):
        with pytest.raises(StoreError):
            use()


@pytest.mark.parametrize("url", ["gopher://example", "https://example/x", "", "/var/files"])
def test_a_url_of_no_store(url: str) -> None:
    with pytest.raises(StoreError, match="must begin with"):
        ObjectStore(url)


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
