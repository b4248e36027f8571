"""Actions: of a button, of a run, and what can be none."""

from datetime import UTC, datetime

import pytest

from portal.bulk.actions import Action, ActionError, Verb

TOMORROW = datetime(2030, 1, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("do", "tags", "verb", "value"),
    [
        ("assignee:12", "", Verb.ASSIGNEE, 12),
        ("assignee:", "", Verb.ASSIGNEE, None),
        ("team:3", "", Verb.TEAM, 3),
        ("state:solved", "", Verb.STATE, "solved"),
        ("priority:urgent", "", Verb.PRIORITY, "urgent"),
        ("topic:7", "", Verb.TOPIC, 7),
        ("topic:", "", Verb.TOPIC, None),
        ("add_tags:", "Billing, vip", Verb.ADD_TAGS, ("billing", "vip")),
        ("remove_tags:", "vip", Verb.REMOVE_TAGS, ("vip",)),
        ("snooze:tomorrow", "", Verb.SNOOZE, TOMORROW),
    ],
)
def test_what_a_button_says_is_what_a_run_keeps(
    do: str, tags: str, verb: Verb, value: object
) -> None:
    action = Action.parse(do, tags, TOMORROW)
    assert action == Action(verb, value)  # type: ignore[arg-type]  # one of its kinds
    assert Action.of(action.kept()) == action


@pytest.mark.parametrize(
    ("do", "tags", "code"),
    [
        ("", "", "unknown"),
        ("assignee", "", "unknown"),
        ("assignee:me", "", "unknown"),
        ("assignee:012", "", "unknown"),
        ("state:closed", "", "unknown"),
        ("state:new", "", "unknown"),
        ("priority:", "", "unknown"),
        ("delete:all", "", "unknown"),
        ("field:3", "", "unknown"),
        ("add_tags:", " , ", "no_tags"),
        ("add_tags:", "<b>", "tags"),
    ],
)
def test_what_can_be_none(do: str, tags: str, code: str) -> None:
    with pytest.raises(ActionError) as refused:
        Action.parse(do, tags, TOMORROW)
    assert refused.value.code == code


@pytest.mark.parametrize("value", ["S7", 1.5, True, "2026-03-12", None])
def test_a_field_is_kept_with_what_it_is_called(value: str | float | None) -> None:
    action = Action(Verb.FIELD, value, ("model", "Model"))
    assert Action.of(action.kept()) == action


def test_snoozing_wants_a_moment() -> None:
    with pytest.raises(ActionError):
        Action.parse("snooze:tomorrow")
