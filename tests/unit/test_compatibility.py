"""The page on the vendors' documents: no row without a test, and no test that is not there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from portal.signin.dialects import BUILT_IN

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "compatibility.md").read_text()
_TEST = re.compile(r"`(tests/[a-z0-9_/]+\.py)::([A-Za-z0-9_:]+)`")


def rows() -> list[list[str]]:
    """The cells of every row of every table, without the headings."""
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] != "its document says" and set(row[0]) - set("-|")]


@cache
def known_tests(path: str) -> frozenset[str]:
    """The tests of a file, those of a class with its name before them."""
    tree = ast.parse((ROOT / path).read_text())
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            inner = (each.name for each in node.body if isinstance(each, ast.FunctionDef))
            found |= {f"{node.name}::{name}" for name in inner}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return frozenset(name for name in found if name.split("::")[-1].startswith("test_"))


def test_every_dialect_has_its_table() -> None:
    headings = set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE))
    assert headings == {dialect.label for dialect in BUILT_IN} | {"All of them"}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:60])
def test_no_row_without_a_test_that_is_there(row: list[str]) -> None:
    said, here, shown = row
    assert said
    assert here
    named = _TEST.findall(shown)
    assert named
    assert len(named) == shown.count("`") // 2
    for path, name in named:
        assert name in known_tests(path), f"{path}::{name}"
