"""History in the words of agents."""

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS, event_words
from portal.tickets.models import EventKind, Priority, State
from portal.tickets.thread import Entry

BEN = 7


def told(kind: EventKind, **data: Any) -> str:
    """The sentence for a change that Ben made."""
    entry = Entry(
        kind="event",
        id=1,
        author_id=BEN,
        author_name="Ben",
        author_role="agent",
        created_at=datetime.now(UTC),
        html=None,
        body=None,
        via=None,
        event_kind=kind,
        data={key.strip("_"): value for key, value in data.items()},
    )
    words = event_words(entry)
    return words.sentence % {"who": words.who, "before": words.before, "after": words.after}


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        (EventKind.CREATED, {}, "Ben opened the ticket"),
        (EventKind.STATE, {"from_": "new", "to": "on_hold"}, "Ben set the state to On hold"),
        (
            EventKind.PRIORITY,
            {"from_": "low", "to": "urgent"},
            "Ben changed the priority from Low to Urgent",
        ),
        (EventKind.ASSIGNEE, {"from_": None, "to": BEN}, "Ben took the ticket"),
        (
            EventKind.ASSIGNEE,
            {"from_": None, "to": 8, "to_name": "Bea"},
            "Ben assigned the ticket to Bea",
        ),
        (
            EventKind.ASSIGNEE,
            {"from_": 9, "from_name": "Ada", "to": 8, "to_name": "Bea"},
            "Ben passed the ticket from Ada to Bea",
        ),
        (
            EventKind.ASSIGNEE,
            {"from_": 8, "from_name": "Bea", "to": None},
            "Ben took the ticket from Bea: nobody has it now",
        ),
        (
            EventKind.PROJECT,
            {"from_": None, "to": 1, "to_name": "Returns"},
            "Ben put the ticket into the project Returns",
        ),
        (
            EventKind.PROJECT,
            {"from_": 2, "from_name": "Sales", "to": 1, "to_name": "Returns"},
            "Ben moved the ticket from the project Sales to Returns",
        ),
        (
            EventKind.PROJECT,
            {"from_": 2, "from_name": "Sales", "to": None},
            "Ben took the ticket out of the project Sales",
        ),
        (EventKind.SUBJECT, {"from_": "a", "to": "b"}, "Ben changed the ticket"),
    ],
)
def test_each_change_is_a_sentence(kind: EventKind, data: dict[str, Any], sentence: str) -> None:
    assert told(kind, **data) == sentence


def test_every_state_and_priority_has_a_word() -> None:
    assert set(STATE_WORDS) == set(State)
    assert set(PRIORITY_WORDS) == set(Priority)
