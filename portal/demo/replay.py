"""From the story of a ticket to its rows, under the rules of `TicketService`.

The service writes what happens now, and this is the past; and it asks the database at every
step, where a demo of eight weeks must be there in a second. So the rules stand here again. A
test plays every story through the service as well, and compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from portal.demo.stories import Entry, Story, number_references
from portal.tickets import markdown
from portal.tickets.models import EventKind, MessageKind, State


class Person(NamedTuple):
    """Somebody who acts in a story."""

    id: int
    name: str
    is_staff: bool
    organisation_id: int | None


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A row of `messages`, and what it still has to be given: its number and its files."""

    at: datetime
    author_id: int
    kind: MessageKind
    row: dict[str, Any]
    files: tuple[Path, ...]


@dataclass
class Replay:
    """A ticket, its messages and its events, entry by entry."""

    story: Story
    number: int
    people: Mapping[str, Person]
    project_id: int
    #: Ticket numbers by the keys that texts use.
    numbers: Mapping[str, int]
    topic_id: int | None = None
    ticket: dict[str, Any] = field(default_factory=dict)
    messages: list[PastMessage] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        first, *others = self.story.history
        self._open(first)
        for entry in others:
            self._happen(entry)

    def _open(self, entry: Entry) -> None:
        requester = self.people[self.story.requester]
        self.ticket = {
            "number": self.number,
            "subject": self.story.subject,
            "state": State.NEW,
            "priority": self.story.priority,
            "requester_id": requester.id,
            "organisation_id": requester.organisation_id,
            "project_id": self.project_id,
            "topic_id": self.topic_id,
            "custom": self.story.custom,
            "assignee_id": None,
            "reply_count": 0,
            "message_count": 0,
            "created_at": entry.at,
            "solved_at": None,
        }
        self._event(entry, EventKind.CREATED, {})
        self._write(entry, MessageKind.REPLY)
        self._assign(entry, entry.assignee)

    def _happen(self, entry: Entry) -> None:
        if entry.priority is not None:
            self._change(entry, EventKind.PRIORITY, "priority", entry.priority)
        self._assign(entry, entry.assignee)
        if entry.kind is not None:
            self._write(entry, entry.kind)
        if entry.kind is MessageKind.REPLY:
            self._answer(entry)
        if entry.state is not None:
            self._set_state(entry, entry.state)

    def _answer(self, entry: Entry) -> None:
        author = self.people[entry.by]
        if author.is_staff and author.id != self.ticket["requester_id"]:
            if self.ticket["assignee_id"] is None:
                self._assign(entry, entry.by)
            # A state that is chosen with the reply comes instead of `open`, not after it.
            if self.ticket["state"] == State.NEW and entry.state is None:
                self._set_state(entry, State.OPEN)
        elif self.ticket["state"] in (State.PENDING, State.ON_HOLD, State.SOLVED):
            self._set_state(entry, State.OPEN)

    def _write(self, entry: Entry, kind: MessageKind) -> None:
        body = number_references(entry.body, self.numbers)
        author_id = self.people[entry.by].id
        row = {
            "ticket_number": self.number,
            "author_id": author_id,
            "kind": kind,
            "body": body,
            "html": markdown.render(body),
            "created_at": entry.at,
        }
        self.messages.append(PastMessage(entry.at, author_id, kind, row, entry.files))
        snippet = markdown.snippet(body)
        self.ticket |= {
            "message_count": self.ticket["message_count"] + 1,
            "snippet": snippet,
            "updated_at": entry.at,
        }
        if kind is MessageKind.REPLY:
            self.ticket |= {
                "reply_count": self.ticket["reply_count"] + 1,
                "reply_snippet": snippet,
                "replied_at": entry.at,
            }

    def _assign(self, entry: Entry, key: str | None) -> None:
        if key is None:
            return
        agent = self.people[key]
        names = {person.id: person.name for person in self.people.values()}
        data = {"from_name": names.get(self.ticket["assignee_id"]), "to_name": agent.name}
        self._change(entry, EventKind.ASSIGNEE, "assignee_id", agent.id, data)

    def _set_state(self, entry: Entry, state: State) -> None:
        if self.ticket["state"] == state:
            return
        self.ticket |= {
            "solved_at": None if state.is_unsolved else entry.at,
            "replied_at": entry.at,
        }
        self._change(entry, EventKind.STATE, "state", state)

    def _change(
        self,
        entry: Entry,
        kind: EventKind,
        column: str,
        value: str | int,
        names: Mapping[str, str | None] | None = None,
    ) -> None:
        before = self.ticket[column]
        if before == value:
            return
        self.ticket |= {column: value, "updated_at": entry.at}
        self._event(entry, kind, {"from": before, "to": value, **(names or {})})

    def _event(self, entry: Entry, kind: EventKind, data: dict[str, Any]) -> None:
        self.events.append(
            {
                "ticket_number": self.number,
                "actor_id": self.people[entry.by].id,
                "kind": kind,
                "data": data,
                "created_at": entry.at,
            }
        )
