"""What goes with a message: read from a form, joined, kept and given back."""

from webob.multidict import MultiDict

from portal.bulk.actions import Action, Verb
from portal.macros.carried import CHANGE, MACRO, Carried, actions_of, together, word_of
from portal.macros.chooser import CURSOR, inserted
from portal.tickets.models import State

STORED = {
    "state": "solved",
    "priority": "high",
    "topic": 4,
    "team": 3,
    "assignee": "me",
    "add_tags": ["b", "a"],
    "remove_tags": ["c"],
}


def posted(*words: str, macros: tuple[str, ...] = ()) -> MultiDict[str, str]:
    return MultiDict([*((CHANGE, word) for word in words), *((MACRO, key) for key in macros)])


def test_a_macro_is_for_whoever_uses_it() -> None:
    words = [word_of(action) for action in actions_of(STORED, 7)]
    assert words == [
        "topic:4",
        "team:3",
        "assignee:7",
        "priority:high",
        "add_tags:b",
        "add_tags:a",
        "remove_tags:c",
        "state:solved",
    ]
    assert actions_of({"assignee": "nobody"}, 7) == [Action(Verb.ASSIGNEE, None)]
    assert actions_of({"assignee": 9}, 7) == [Action(Verb.ASSIGNEE, 9)]


def test_what_a_form_says_comes_back_as_it_was() -> None:
    carried = Carried().with_macro(5, actions_of(STORED, 7))
    fields = carried.fields()
    read = Carried.read(posted(*fields[CHANGE], macros=tuple(fields[MACRO])))
    assert read == carried == Carried.of(carried.kept())
    assert carried.state is State.SOLVED
    assert carried.assigns
    assert carried.topic == (Action(Verb.TOPIC, 4),)
    assert not carried.without("team:3").without("assignee:7").assigns


def test_what_nobody_can_mean_is_left_out() -> None:
    words = (
        "state:closed",
        "state:",
        "snooze:tomorrow",
        "assignee:x",
        "add_tags:a b",
        "x",
        "team:",
    )
    read = Carried.read(posted(*words, macros=("1", "x", "-2", "1")))
    assert [word_of(action) for action in read.actions] == ["team:"]
    assert read.macros == (1,)
    assert not Carried.read(None)
    assert Carried.read(posted()).kept() == {}


def test_the_later_of_two_macros_counts() -> None:
    first = Carried().with_macro(1, actions_of(STORED, 7))
    both = first.with_macro(2, actions_of({"state": "open", "remove_tags": ["a"]}, 7))
    words = [word_of(action) for action in both.actions]
    assert "state:open" in words
    assert "state:solved" not in words
    assert "remove_tags:a" in words
    assert "add_tags:a" not in words
    assert both.macros == (1, 2)


def test_tags_are_changed_together() -> None:
    made = together(actions_of(STORED, 7))
    assert Action(Verb.ADD_TAGS, ("b", "a")) in made
    assert len(made) == 7


def test_a_text_stands_at_the_cursor_or_in_a_paragraph_of_its_own() -> None:
    assert inserted("", "New") == "New"
    assert inserted("Old", "New") == "Old\n\nNew"
    assert inserted(f"Old\n{CURSOR}", "New") == "Old\nNew"
    assert inserted(f"One {CURSOR} two", "New") == "One New two"
    assert inserted(f"One{CURSOR}", "") == "One"
