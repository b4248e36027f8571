"""History in the words of agents."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from portal.tickets.agent_history import _WORDS, event_words
from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.models import EventKind, Priority, State
from portal.tickets.thread import Entry

BEN = 7


def changed(kind: EventKind, **data: Any) -> Entry:
    """A change that Ben made."""
    return Entry(
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


def told(kind: EventKind, **data: Any) -> str:
    """The sentence for it."""
    words = event_words(changed(kind, **data))
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
            EventKind.ASSIGNEE,
            {"from_": BEN, "from_name": "Ben", "to": None},
            "Ben gave the ticket back: nobody has it now",
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
        (
            EventKind.SUBJECT,
            {"from_": "Hi", "to": "Hinge"},
            "Ben changed the subject from “Hi” to “Hinge”",
        ),
        (
            EventKind.TEAM,
            {"from_": None, "to": 1, "to_name": "Repairs"},
            "Ben gave the ticket to the team Repairs",
        ),
        (
            EventKind.TOPIC,
            {"from_": 1, "from_name": "Warranty", "to": None},
            "Ben took the topic Warranty off the ticket",
        ),
        (
            EventKind.FIELD,
            {"label": "Serial number", "to": "A-17"},
            "Ben set Serial number to A-17",
        ),
        (EventKind.FIELD, {"label": "Under warranty", "to": True}, "Ben set Under warranty to Yes"),
        (
            EventKind.FIELD,
            {"label": "Serial number", "from_": "A-17", "to": None},
            "Ben cleared Serial number",
        ),
        (EventKind.TAGS, {"added": ["a", "b"], "removed": []}, "Ben added the tags a, b"),
        (EventKind.TAGS, {"added": [], "removed": ["c"]}, "Ben removed the tag c"),
        (EventKind.TAGS, {"added": ["a"], "removed": ["c"]}, "Ben added the tags a and removed c"),
        (
            EventKind.REQUESTER,
            {"from_name": "Cleo", "to_name": "Carl"},
            "Ben changed the requester from Cleo to Carl",
        ),
        (EventKind.CC, {"added": 5, "name": "Carl"}, "Ben put Carl in copy"),
        (EventKind.CC, {"removed": 5, "name": "Carl"}, "Ben took Carl out of copy"),
        (EventKind.WOKEN, {}, "Ben woke the ticket"),
        (EventKind.MERGED, {"into": 5, "subject": "Hinge"}, "Ben merged this ticket into #5 Hinge"),
        (
            EventKind.MERGED,
            {"from_": 5, "subject": "Hinge"},
            "Ben merged #5 Hinge into this ticket",
        ),
        (
            EventKind.SPLIT,
            {"into": 5, "subject": "Hinge"},
            "Ben moved messages to the new ticket #5 Hinge",
        ),
        (
            EventKind.SPLIT,
            {"from_": 5, "subject": "Hinge"},
            "Ben split this ticket off from #5 Hinge",
        ),
        (
            EventKind.SPLIT,
            {"from_": 5, "subject": "Hinge", "taken_back": True},
            "Ben took the merge into #5 Hinge back",
        ),
        (
            EventKind.SPLIT,
            {"into": 5, "subject": "Hinge", "taken_back": True},
            "Ben took the merge of #5 Hinge back",
        ),
        (EventKind.LINKED, {"to": 5, "subject": "Hinge"}, "Ben linked #5 Hinge"),
        (EventKind.UNLINKED, {"to": 5, "subject": "Hinge"}, "Ben removed the link to #5 Hinge"),
        (
            EventKind.FOLLOW_UP,
            {"of": 5, "subject": "Hinge"},
            "Ben wrote this as a follow-up to #5 Hinge",
        ),
        (EventKind.FOLLOW_UP, {"in": 5, "subject": "Hinge"}, "Ben wrote the follow-up #5 Hinge"),
    ],
)
def test_each_change_is_a_sentence(kind: EventKind, data: dict[str, Any], sentence: str) -> None:
    assert told(kind, **data) == sentence


def test_every_state_and_priority_has_a_word() -> None:
    assert set(STATE_WORDS) == set(State)
    assert set(PRIORITY_WORDS) == set(Priority)


def test_every_kind_has_its_sentence() -> None:
    assert set(_WORDS) == set(EventKind)


def test_a_moment_is_left_to_be_said_in_the_readers_zone() -> None:
    until = datetime(2026, 3, 2, 8, tzinfo=UTC)
    words = event_words(changed(EventKind.SNOOZED, until=until.isoformat()))
    assert (words.sentence, words.moment) == ("%(who)s snoozed the ticket until %(after)s", until)


def test_a_day_is_left_to_be_said_in_the_readers_language() -> None:
    words = event_words(changed(EventKind.FIELD, label="Bought on", kind_="date", to="2026-03-12"))
    assert (words.before, words.after) == ("Bought on", date(2026, 3, 12))


def test_another_ticket_can_be_followed() -> None:
    assert event_words(changed(EventKind.LINKED, to=5, subject="Hinge")).ticket == 5
