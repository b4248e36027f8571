"""The values that are filled in, and the archives."""

import io
import subprocess
import zipfile
from pathlib import Path

import pytest

from portal.integration.downloads import SECRETS, archive, filled_in, with_values
from portal.integration.samples import KINDS, Sample, read_samples

VALUES = {
    "PORTAL_URL": "https://desk.acme.test",
    "PORTAL_CALLBACK_URL": "https://desk.acme.test/auth/callback",
    "PORTAL_TENANT": "acme",
    "PORTAL_KEY_ID": "2026-a",
    "PORTAL_API_KEY": "tk_acme",
}


def test_what_is_known_is_filled_in() -> None:
    example = "# Where.\nPORTAL_URL=https://help.example.com/acme\nPORTAL_KEY_ID=\nPORT=8000\n"
    assert filled_in(example, VALUES) == (
        "# Where.\nPORTAL_URL=https://desk.acme.test\nPORTAL_KEY_ID=2026-a\nPORT=8000\n"
    )


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_is_always_blank(name: str) -> None:
    filled = filled_in(f"{name}=change-me\n", {**VALUES, name: "hush"})
    assert filled.splitlines()[-1] == f"{name}="
    assert filled.startswith("# A secret")
    assert "hush" not in filled
    assert "change-me" not in filled


def test_what_is_not_known_stays_blank() -> None:
    assert filled_in("PORTAL_API_KEY=tk_example\n", {"PORTAL_API_KEY": ""}) == "PORTAL_API_KEY=\n"


@pytest.mark.parametrize(
    "value",
    [
        "a b",
        "a\nPATH=/tmp",
        "$(id)",
        "`id`",
        '"a"',
        "a;b",
        "a#b",
        "a'b",
        "a\\b",
        "\u202ea",
        "a|b",
        "a&b",
        "~",
        "a*",
    ],
)
def test_a_value_that_a_shell_would_read_otherwise_is_left_out(value: str) -> None:
    assert filled_in("PORTAL_KEY_ID=\n", {"PORTAL_KEY_ID": value}) == "PORTAL_KEY_ID=\n"


def test_the_copy_that_the_readme_asks_for_loses_nothing() -> None:
    example = "# Copy this file to .env, fill in the blank lines.\nPORTAL_TENANT=\n"
    files = with_values(Sample(KINDS[0], {".env.example": example}), VALUES)
    assert files[".env.example"] == example.replace("TENANT=", "TENANT=acme")
    assert files[".env"] == "# Fill in the blank lines.\nPORTAL_TENANT=acme\n"


@pytest.mark.parametrize("name", read_samples())
def test_a_shell_reads_it_as_it_is_meant(name: str, tmp_path: Path) -> None:
    """As the READMEs say: `set -a; . ./.env`."""
    (tmp_path / ".env").write_text(with_values(read_samples()[name], VALUES)[".env"])
    read = subprocess.run(
        ["/bin/sh", "-c", "set -a; . ./.env; env"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(line.split("=", 1) for line in read.stdout.splitlines())
    assert VALUES.items() <= found.items()
    assert [found[secret] for secret in SECRETS if secret in found] == [""] * len(
        SECRETS & found.keys()
    )
    assert "PORTAL_SIGNING_KEY" in found


def test_an_archive_unpacks_to_its_files() -> None:
    files = {"php/index.php": "<?php // ä", "shell/try.sh": "#!/bin/sh", "php/public/a.css": "a"}
    with zipfile.ZipFile(io.BytesIO(archive(files))) as packed:
        assert packed.testzip() is None
        assert {name: packed.read(name).decode() for name in packed.namelist()} == files
        modes = {entry.filename: entry.external_attr >> 16 for entry in packed.infolist()}
    assert modes["shell/try.sh"] == 0o755
    assert modes["php/index.php"] == 0o644


def test_the_same_files_make_the_same_archive() -> None:
    files = {"b": "2", "a": "1"}
    assert archive(files) == archive(dict(reversed(files.items())))
