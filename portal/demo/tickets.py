"""Writing the stories of one tenant into the database."""

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import insert, select, update

from portal.attachments.service import AttachmentService
from portal.attachments.store import Store
from portal.db import TenantSession
from portal.demo.replay import PastMessage, Person, Replay
from portal.demo.stories import Story, read_stories
from portal.people.models import Project, Role, User
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.models import Event, Message, MessageKind, Ticket, TicketRead
from portal.tickets.numbers import next_number
from portal.topics.catalogue import TopicCatalogue

#: A customer was known for so long before the first ticket.
_KNOWN_BEFORE = timedelta(days=30)
_STAFF_SINCE = timedelta(days=400)


@dataclass(slots=True)
class _File:
    """A file beside this module, as an upload."""

    filename: str
    file: BinaryIO


class TicketLoader:
    """Loads the tickets of one tenant, whose people and projects are there already.

    The session is bound to the tenant; the caller commits.
    """

    def __init__(self, db: TenantSession, tenant: Tenant, store: Store, now: datetime) -> None:
        self.db = db
        self.tenant = tenant
        self.store = store
        self.now = now
        self.users = {
            user.email.partition("@")[0]: user
            for user in db.scalars(select(User).where(User.tenant_id == tenant.id))
        }
        self.people = {
            key: Person(user.id, user.name, Role(user.role).is_staff, user.organisation_id)
            for key, user in self.users.items()
        }

    def load(self, folder: Path) -> int:
        """Write every ticket of the folder, and say how many; none when there are tickets."""
        # The lock makes a second loader wait, and then find the first one's tickets.
        self.db.execute(select(Tenant.id).where(Tenant.id == self.tenant.id).with_for_update())
        if self.db.scalar(select(Ticket.number).limit(1)) is not None:
            return 0
        stories = read_stories(folder, self.now)
        replays = self._replays(stories)
        self.db.execute(insert(Ticket), [self._own(replay.ticket) for replay in replays])
        messages = self._messages(replays)
        self._finish_tickets(messages)
        events = sorted(
            (event for replay in replays for event in replay.events),
            key=lambda event: event["created_at"],
        )
        self.db.execute(insert(Event), [self._own(event) for event in events])
        self._reads(replays, messages)
        self._files(messages)
        self._lives(stories)
        self.db.flush()
        return len(replays)

    def _replays(self, stories: Sequence[Story]) -> list[Replay]:
        projects = {
            project.name: project.id
            for project in self.db.scalars(
                select(Project).where(Project.tenant_id == self.tenant.id)
            )
        }
        topics = {each.name: each.id for each in TopicCatalogue(self.db, self.tenant).topics()}
        numbered = [(next_number(self.db, self.tenant.id), story) for story in stories]
        numbers = {story.key: number for number, story in numbered if story.key is not None}
        return [
            Replay(
                story,
                number,
                self.people,
                projects[story.project],
                numbers,
                topics[story.topic] if story.topic is not None else None,
            )
            for number, story in numbered
        ]

    def _messages(self, replays: Sequence[Replay]) -> list[tuple[int, PastMessage]]:
        """Insert all messages in the order of time, as their ids would have come."""
        messages = sorted(
            (message for replay in replays for message in replay.messages),
            key=lambda message: message.at,
        )
        ids = self.db.scalars(
            insert(Message).returning(Message.id, sort_by_parameter_order=True),
            [self._own(message.row) for message in messages],
        )
        return list(zip(ids, messages, strict=True))

    def _finish_tickets(self, messages: Sequence[tuple[int, PastMessage]]) -> None:
        last: dict[int, dict[str, int]] = defaultdict(dict)
        for message_id, message in messages:
            ticket = last[message.row["ticket_number"]]
            ticket["last_message_id"] = message_id
            if message.kind is MessageKind.REPLY:
                ticket["last_reply_id"] = message_id
        self.db.execute(
            update(Ticket), [self._own({"number": number, **ids}) for number, ids in last.items()]
        )

    def _reads(
        self, replays: Sequence[Replay], messages: Sequence[tuple[int, PastMessage]]
    ) -> None:
        by_ticket: dict[int, list[tuple[int, PastMessage]]] = defaultdict(list)
        for message_id, message in messages:
            by_ticket[message.row["ticket_number"]].append((message_id, message))
        rows = [
            self._own(row)
            for replay in replays
            for row in self._reads_of(replay, by_ticket[replay.number])
        ]
        self.db.execute(insert(TicketRead), rows)

    def _reads_of(
        self, replay: Replay, messages: Sequence[tuple[int, PastMessage]]
    ) -> Iterator[dict[str, int]]:
        """How far everybody has read. Where the end is unread, up to what their side wrote."""
        staff = {person.id for person in self.people.values() if person.is_staff}
        written: dict[int, int] = {}
        seen_by_staff = 0
        for message_id, message in messages:
            written[message.author_id] = message_id
            if message.author_id in staff or "staff" not in replay.story.unread:
                seen_by_staff = message_id
            if message.kind is MessageKind.REPLY and "requester" not in replay.story.unread:
                written[replay.ticket["requester_id"]] = message_id
        if seen_by_staff:
            written |= dict.fromkeys(staff, seen_by_staff)
        for user_id, message_id in written.items():
            yield {
                "user_id": user_id,
                "ticket_number": replay.number,
                "message_id": message_id,
            }

    def _files(self, messages: Sequence[tuple[int, PastMessage]]) -> None:
        by_id = {user.id: user for user in self.users.values()}
        for message_id, message in messages:
            for path in message.files:
                actor = self._identity(by_id[message.author_id])
                service = AttachmentService(self.db, self.tenant, actor, self.store)
                attachment = service.store(_File(path.name, io.BytesIO(path.read_bytes())))
                attachment.message_id = message_id
                attachment.created_at = message.at

    def _lives(self, stories: Sequence[Story]) -> None:
        """Since when people are known, and when they were last here."""
        entries = sorted(
            (entry for story in stories for entry in story.history), key=lambda entry: entry.at
        )
        first = {entry.by: entry.at for entry in reversed(entries)}
        last = {entry.by: entry.at for entry in entries}
        for key, user in self.users.items():
            user.last_seen_at = last.get(key)
            user.created_at = (
                self.now - _STAFF_SINCE
                if self.people[key].is_staff
                else first.get(key, self.now) - _KNOWN_BEFORE
            )
            if user.email_verified_at is not None:
                user.email_verified_at = user.created_at

    def _identity(self, user: User) -> Identity:
        return Identity(self.tenant.id, user.id, user.email, user.name, Role(user.role))

    def _own(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {"tenant_id": self.tenant.id, **row}
