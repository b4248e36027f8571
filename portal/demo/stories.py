"""The demo's tickets as they are written down, in the TOML files beside this module.

A ticket has `subject`, `requester`, `project` (by name), and may have

- `priority`: as it was opened, otherwise normal;
- `unread`: `staff`, `requester` or both have not seen the end of the thread;
- `topic` (by name) and `custom`: what it is about, and the values of its fields;
- `key`: a word by which other texts refer to it, as `#{key}`; they then show its number.

Its `history` is a list of entries, oldest first. Each has `at` and `by`, and any of

- `reply` or `note`: a message in Markdown, with `files` from the folder of that name;
- `state`, `priority`, `assignee`: what was changed at the same time.

The first entry opens the ticket; one that an agent writes opens it for the requester. People are
named by what stands before the @ of their address. `at` counts back from the loading: `-12d 09:41`
is the time of day (UTC) twelve days ago; `-3h` and `-9m` are hours and minutes ago.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from portal.tickets.models import MessageKind, Priority, State

_AT = re.compile(
    r"-(?P<days>\d+)d (?P<time>\d\d:\d\d)|-(?P<hours>\d+)h|-(?P<minutes>\d+)m", re.ASCII
)
_REFERENCE = re.compile(r"#\{([a-z0-9-]+)\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did: a message, a change, or a message with changes."""

    at: datetime
    by: str
    kind: MessageKind | None
    body: str
    files: tuple[Path, ...]
    state: State | None
    priority: Priority | None
    assignee: str | None


@dataclass(frozen=True, slots=True)
class Story:
    """One ticket, from its opening to today."""

    key: str | None
    subject: str
    requester: str
    project: str
    priority: Priority
    unread: frozenset[str]
    history: tuple[Entry, ...]
    topic: str | None
    custom: dict[str, Any]


def read_stories(folder: Path, now: datetime) -> list[Story]:
    """All tickets of the folder's files, in the order in which they were opened.

    Raises TypeError, ValueError or KeyError for a file that does not hold to the form above.
    """
    stories = [
        _story(folder, row, now)
        for file in sorted(folder.glob("*.toml"))
        for row in tomllib.loads(file.read_text(encoding="utf-8"))["tickets"]
    ]
    return sorted(stories, key=lambda story: story.history[0].at)


def number_references(body: str, numbers: Mapping[str, int]) -> str:
    """The text with `#{key}` replaced by the ticket's number."""
    return _REFERENCE.sub(lambda match: f"#{numbers[match[1]]}", body)


def _story(folder: Path, row: dict[str, Any], now: datetime) -> Story:
    defaults: dict[str, Any] = {
        "key": None,
        "priority": "normal",
        "unread": (),
        "topic": None,
        "custom": {},
    }
    row = {**defaults, **row}
    history = tuple(_entry(folder, **entry, now=now) for entry in row.pop("history"))
    if any(after.at < before.at for before, after in pairwise(history)):
        raise ValueError(f"the history of {row['subject']!r} is not in order")
    unread = frozenset(row.pop("unread"))
    if not unread <= {"staff", "requester"}:
        raise ValueError(f"unread of {row['subject']!r}")
    priority = Priority(row.pop("priority"))
    return Story(**row, history=history, unread=unread, priority=priority)


def _entry(
    folder: Path,
    *,
    now: datetime,
    at: str,
    by: str,
    reply: str | None = None,
    note: str | None = None,
    files: Iterable[str] = (),
    state: str | None = None,
    priority: str | None = None,
    assignee: str | None = None,
) -> Entry:
    if reply is not None and note is not None:
        raise ValueError(f"{at}: a message is a reply or a note")
    kind = MessageKind.REPLY if reply is not None else MessageKind.NOTE if note else None
    return Entry(
        at=_moment(at, now),
        by=by,
        kind=kind,
        body=(reply or note or "").strip(),
        files=tuple(folder / "files" / name for name in files),
        state=State(state) if state else None,
        priority=Priority(priority) if priority else None,
        assignee=assignee,
    )


def _moment(at: str, now: datetime) -> datetime:
    match = _AT.fullmatch(at)
    if match is None:
        raise ValueError(f"{at!r} is not a time such as -12d 09:41, -3h or -9m")
    if match["days"]:
        day = (now - timedelta(days=int(match["days"]))).date()
        return datetime.combine(day, time.fromisoformat(match["time"]), now.tzinfo)
    return now - timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
