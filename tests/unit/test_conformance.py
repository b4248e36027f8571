"""The page on the standards: no row without a test, and no test that is not there."""

import re
from pathlib import Path

import pytest

from tests.unit.test_compatibility import known_tests

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "conformance.md").read_text()
FOLDER = "tests/functional/issuer"
STANDARDS = (
    "RFC 6749", "RFC 7636", "RFC 7009", "RFC 7662", "RFC 8414", "RFC 9207",
    "OpenID Connect Core 1.0", "OpenID Connect Discovery 1.0",
    "OpenID Connect RP-Initiated Logout 1.0", "OpenID Connect Back-Channel Logout 1.0",
)  # fmt: skip
_TEST = re.compile(r"`((?:[a-z0-9_]+/)*test_[a-z0-9_]+\.py)::([A-Za-z0-9_:]+)`")


def rows() -> list[list[str]]:
    """The cells of every row of every table, without the headings."""
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] != "section" and set(row[0]) - set("-|")]


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_standard_has_its_table(standard: str) -> None:
    (heading,) = re.findall(rf"^## ({re.escape(standard)}\b.*)$", PAGE, re.MULTILINE)
    assert PAGE.partition(f"## {heading}\n")[2].lstrip().startswith("| section |")


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]} {row[1]}"[:60])
def test_no_row_without_a_test_that_is_there(row: list[str]) -> None:
    section, required, shown = row
    assert re.match(r"[0-9]", section)
    assert required
    named = _TEST.findall(shown)
    assert named or re.match(r"not applicable: \w", shown)
    for path, name in named:
        assert name in known_tests(f"{FOLDER}/{path}"), f"{path}::{name}"
