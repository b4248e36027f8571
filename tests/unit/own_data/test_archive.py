"""The archive that is sent while it is made."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from portal.attachments.store import ObjectStore, StoreError
from portal.own_data.archive import archive, documents
from portal.people.own_data import OwnData, OwnFile

NOW = datetime(2026, 11, 22, 12, 30, 15, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    """A folder with two files."""
    made = ObjectStore(f"file://{tmp_path}")
    made.put_stream("1/a", iter([b"first " * 50_000]))
    made.put_stream("1/b", iter([b"second"]))
    return made


def opened(pieces: Iterable[bytes]) -> ZipFile:
    """The archive, whole."""
    found = ZipFile(BytesIO(b"".join(pieces)))
    assert found.testzip() is None
    return found


def test_texts_and_files_are_in_it(store: ObjectStore) -> None:
    parts = [OwnData("person", {"name": "أمل", "at": NOW, "tags": ("a", "b")})]
    files = [OwnFile("files/1/7-a.txt", "1/a"), OwnFile("files/1/8-b.txt", "1/b")]
    found = opened(archive(documents(parts), files, store, NOW))
    assert found.namelist() == ["person.json", "files/1/7-a.txt", "files/1/8-b.txt"]
    assert json.loads(found.read("person.json")) == {
        "name": "أمل",
        "at": "2026-11-22T12:30:15+00:00",
        "tags": ["a", "b"],
    }
    assert found.read("files/1/7-a.txt") == b"first " * 50_000
    assert found.infolist()[0].date_time[:5] == (2026, 11, 22, 12, 30)


def test_it_is_never_whole_in_memory(store: ObjectStore) -> None:
    pieces = list(archive([], [OwnFile("a", "1/a")], store, NOW))
    assert max(map(len, pieces)) < 300_000
    assert len(pieces) > 1


def test_a_lost_file_is_named_and_the_rest_comes(store: ObjectStore) -> None:
    files = [OwnFile("gone.txt", "1/gone"), OwnFile("b.txt", "1/b")]
    found = opened(archive([], files, store, NOW))
    assert json.loads(found.read("missing.json")) == ["gone.txt"]
    assert found.read("b.txt") == b"second"


def test_a_store_that_goes_away_breaks_the_download_off() -> None:
    class Away:
        def open(self, key: str) -> Iterator[bytes]:
            raise StoreError(key)

    with pytest.raises(StoreError):
        list(archive([], [OwnFile("a", "1/a")], Away(), NOW))  # type: ignore[arg-type]  # enough of one


def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(TypeError):
        documents([OwnData("odd", {"value": object()})])
