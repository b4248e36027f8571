"""What a person chose: defaults, what is stored, and what is no longer understood."""

from types import SimpleNamespace

import pytest

from portal.people.preferences import AfterSend, Density, Preferences, choose


def test_nothing_stored_means_the_defaults() -> None:
    assert Preferences.of({}) == Preferences.of(None) == Preferences()
    assert Preferences().stored() == {}


def test_what_differs_comes_back() -> None:
    chosen = Preferences(
        density=Density.COMPACT, columns=("updated",), undo_seconds=0, muted=("note",)
    )
    stored = chosen.stored()
    assert set(stored) == {"density", "columns", "undo_seconds", "muted"}
    assert Preferences.of(stored) == chosen


@pytest.mark.parametrize(
    "stored",
    [
        {"density": "huge"},
        {"undo_seconds": "soon"},
        {"columns": "requester"},
        {"columns": None},
        {"after_send": ["next"]},
        {"forgotten": 1},
    ],
)
def test_what_is_not_understood_means_the_default(stored: dict[str, object]) -> None:
    assert Preferences.of(stored) == Preferences()
    assert Preferences.of({**stored, "after_send": "next"}).after_send is AfterSend.NEXT


def test_a_choice_leaves_the_others_as_they_are() -> None:
    person = SimpleNamespace(preferences={"density": "compact", "unknown": 1})
    assert choose(person, shortcuts=False) == Preferences(density=Density.COMPACT, shortcuts=False)
    assert person.preferences == {"density": "compact", "shortcuts": False}
