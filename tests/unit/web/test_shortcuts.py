"""The list of keyboard shortcuts, and what the templates name."""

import re
from pathlib import Path

import pytest

import portal
from portal.web.shortcuts import GROUPS, Shortcut, shortcut_groups

HOME = Path(portal.__file__).parent
#: `data-shortcut="r"`, `{"data-shortcut": "r"}`, `shortcut="r"`, `shortcut: "r"`.
NAMED = re.compile(r"""shortcut"?\s*[:=]\s*"([^"{}]+)\"""")
KNOWN = {shortcut.keys for group in GROUPS for shortcut in group.shortcuts}


def test_every_key_that_a_page_names_is_listed() -> None:
    files = [*HOME.rglob("templates/**/*.jinja2"), *HOME.rglob("*.py")]
    named = {key for file in files for key in NAMED.findall(file.read_text(encoding="utf-8"))}
    assert named >= {"r", "n", "g h"}
    assert named - KNOWN == set()


def test_no_key_has_two_meanings() -> None:
    keys = [shortcut.keys for group in GROUPS for shortcut in group.shortcuts]
    assert len(keys) == len(set(keys))
    # The first key of a sequence waits for the second, so it cannot mean anything itself.
    assert {key.split()[0] for key in keys if " " in key}.isdisjoint(keys)


@pytest.mark.parametrize(
    ("keys", "steps"),
    [
        ("k", [["k"]]),
        ("/", [["/"]]),
        ("g h", [["g"], ["h"]]),
        ("Control+k", [["Ctrl", "K"]]),
        ("Control+Shift+Enter", [["Ctrl", "Shift", "Enter"]]),
        ("Escape", [["Esc"]]),
    ],
)
def test_keys_as_they_are_pressed(keys: str, steps: list[list[str]]) -> None:
    assert Shortcut(keys, GROUPS[0].title).steps == steps


def test_customers_are_shown_what_they_have() -> None:
    shown = {each.keys for group in shortcut_groups(staff=False) for each in group.shortcuts}
    assert "r" in shown
    assert shown.isdisjoint({"n", "a", "x"})
    assert {e.keys for group in shortcut_groups(staff=True) for e in group.shortcuts} == KNOWN
