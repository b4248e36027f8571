"""The demo's tickets in the database: as if their people had used the portal all along."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from pyramid.router import Router
from sqlalchemy import Engine, func, select

from portal.attachments.models import Attachment
from portal.db import TenantSession
from portal.demo.loader import FOLDER
from portal.demo.stories import Entry, Story, read_stories
from portal.demo.tickets import TicketLoader
from portal.people.models import Organisation, Project, Role, User
from portal.security.identity import Identity
from portal.settings import Settings
from portal.tenants.models import Tenant
from portal.tickets.counter_models import TicketTally
from portal.tickets.models import (
    Event,
    EventKind,
    Message,
    MessageKind,
    State,
    Ticket,
    TicketRead,
)
from portal.tickets.service import Draft, TicketService
from tests.factories import TenantFactory

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def told(tenant: Tenant, slug: str, app: Router, engine: Engine, settings: Settings) -> int:
    """The tenant's number, its tickets loaded and committed: once, because that takes long."""
    with TenantFactory(engine, settings).session(tenant.id) as db:
        loader = TicketLoader(db, tenant, app.registry["attachments.store"], NOW)
        assert loader.load(FOLDER / slug) == len(read_stories(FOLDER / slug, NOW))
    return tenant.id


@pytest.fixture
def loaded(told: int, db: TenantSession) -> TenantSession:
    """A session bound to the tenant whose tickets are loaded; what a test writes is undone."""
    db.note_tenant(told)
    return db


def test_loading_again_does_nothing(
    loaded: TenantSession, tenant: Tenant, slug: str, app: Router
) -> None:
    before = loaded.scalar(select(func.count()).select_from(Message))
    loader = TicketLoader(loaded, tenant, app.registry["attachments.store"], NOW)
    assert loader.load(FOLDER / slug) == 0
    assert loaded.scalar(select(func.count()).select_from(Message)) == before


def test_counters_and_last_messages_are_those_of_the_threads(loaded: TenantSession) -> None:
    messages = loaded.scalars(select(Message).order_by(Message.id)).all()
    for ticket in loaded.scalars(select(Ticket)):
        thread = [message for message in messages if message.ticket_number == ticket.number]
        replies = [message for message in thread if message.kind == MessageKind.REPLY]
        assert (ticket.message_count, ticket.reply_count) == (len(thread), len(replies))
        assert (ticket.last_message_id, ticket.last_reply_id) == (thread[-1].id, replies[-1].id)
        assert [message.created_at for message in thread] == sorted(
            message.created_at for message in thread
        )
        assert ticket.created_at == thread[0].created_at
        assert ticket.updated_at >= thread[-1].created_at
        assert ticket.replied_at >= replies[-1].created_at
        assert (ticket.solved_at is None) == State(ticket.state).is_unsolved


def test_numbers_follow_the_opening_and_go_on_without_a_gap(
    loaded: TenantSession, tenant: Tenant
) -> None:
    tickets = loaded.scalars(select(Ticket).order_by(Ticket.created_at, Ticket.number)).all()
    assert [ticket.number for ticket in tickets] == list(range(1, len(tickets) + 1))
    requester = loaded.get_one(User, (tenant.id, tickets[0].requester_id))
    service = TicketService(loaded, tenant, identity(tenant, requester))
    assert service.open("One more", Draft("Hello")).number == len(tickets) + 1


def test_tallies_count_the_tickets(loaded: TenantSession) -> None:
    counted = Counter(
        (ticket.state, ticket.assignee_id or 0, ticket.priority, ticket.project_id or 0)
        for ticket in loaded.scalars(select(Ticket))
    )
    kept = Counter[tuple[object, ...]]()
    for tally in loaded.scalars(select(TicketTally)):
        kept[tally.state, tally.assignee_id, tally.priority, tally.project_id] += tally.tickets
    assert +kept == counted


def test_events_lead_from_the_opening_to_the_present(loaded: TenantSession) -> None:
    events = loaded.scalars(select(Event).order_by(Event.id)).all()
    columns = {
        EventKind.STATE: "state",
        EventKind.PRIORITY: "priority",
        EventKind.ASSIGNEE: "assignee_id",
    }
    for ticket in loaded.scalars(select(Ticket)):
        history = [event for event in events if event.ticket_number == ticket.number]
        assert history[0].kind == EventKind.CREATED
        for kind, column in columns.items():
            chain = [event.data for event in history if event.kind == kind]
            for before, after in pairwise(chain):
                assert before["to"] == after["from"]
            if chain:
                assert chain[-1]["to"] == getattr(ticket, column)


def test_files_belong_to_their_messages_and_can_be_read(
    loaded: TenantSession, app: Router, slug: str
) -> None:
    attachments = loaded.scalars(select(Attachment)).all()
    assert len(attachments) == len(list((FOLDER / slug / "files").iterdir()))
    for attachment in attachments:
        message = loaded.scalars(select(Message).where(Message.id == attachment.message_id)).one()
        assert attachment.uploader_id == message.author_id
        assert attachment.created_at == message.created_at
        stored = b"".join(app.registry["attachments.store"].open(attachment.storage_key))
        assert stored == (FOLDER / slug / "files" / attachment.filename).read_bytes()


def test_a_few_threads_are_unread_and_most_are_not(loaded: TenantSession, slug: str) -> None:
    subjects = {ticket.number: ticket for ticket in loaded.scalars(select(Ticket))}
    read = {
        (row.user_id, row.ticket_number): row.message_id
        for row in loaded.scalars(select(TicketRead))
    }
    stories = {story.subject: story for story in read_stories(FOLDER / slug, NOW)}
    staff = loaded.scalars(select(User.id).where(User.role != Role.CUSTOMER)).all()
    for number, ticket in subjects.items():
        unread = stories[ticket.subject].unread
        for agent in staff:
            behind = read.get((agent, number), 0) < ticket.last_message_id
            assert behind == ("staff" in unread)
        behind = read.get((ticket.requester_id, number), 0) < ticket.last_reply_id
        assert behind == ("requester" in unread)
    assert 0 < sum(bool(story.unread) for story in stories.values()) < len(stories) / 3


def test_people_were_known_before_their_tickets(loaded: TenantSession) -> None:
    users = {user.id: user for user in loaded.scalars(select(User))}
    for message in loaded.scalars(select(Message)):
        author = users[message.author_id]
        assert author.created_at < message.created_at
        assert author.last_seen_at is not None
        assert author.last_seen_at >= message.created_at


def test_references_show_numbers(loaded: TenantSession) -> None:
    for message in loaded.scalars(select(Message).where(Message.body.contains("#"))):
        assert "#{" not in message.html


# The rules of the service


def identity(tenant: Tenant, user: User, organisation: Organisation | None = None) -> Identity:
    return Identity(
        tenant.id,
        user.id,
        user.email,
        user.name,
        Role(user.role),
        organisation_id=user.organisation_id,
        organisation_shared=bool(organisation and organisation.shared),
    )


class LivePlay:
    """Plays a story through the service, as if its people did it all just now."""

    def __init__(self, db: TenantSession, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant
        self.users = {user.email.partition("@")[0]: user for user in db.scalars(select(User))}
        self.projects = {project.name: project.id for project in db.scalars(select(Project))}

    def play(self, story: Story) -> Ticket:
        first, *others = story.history
        ticket = self._service(first).open(
            story.subject,
            Draft(first.body),
            requester=self.users[story.requester],
            project_id=self.projects[story.project],
            priority=story.priority,
            assignee_id=self.users[first.assignee].id if first.assignee else None,
        )
        for entry in others:
            self._do(self._service(entry), ticket, entry)
        self.db.flush()
        return ticket

    def _service(self, entry: Entry) -> TicketService:
        return TicketService(self.db, self.tenant, identity(self.tenant, self.users[entry.by]))

    def _do(self, service: TicketService, ticket: Ticket, entry: Entry) -> None:
        draft, seen = Draft(entry.body), ticket.last_message_id
        if entry.priority:
            service.set_priority(ticket, entry.priority)
        if entry.assignee:
            service.set_assignee(ticket, self.users[entry.assignee].id)
        if entry.kind is MessageKind.NOTE:
            service.note(ticket, draft, seen=seen)
        elif entry.kind is MessageKind.REPLY and service.actor.is_staff:
            service.reply(ticket, draft, seen=seen, state=entry.state)
            return
        elif entry.kind is MessageKind.REPLY:
            service.reply(ticket, draft, seen=seen)
        if entry.state:
            service.set_state(ticket, entry.state)


def outcome(db: TenantSession, ticket: Ticket) -> dict[str, Any]:
    """All that the rules decide about a ticket."""
    db.refresh(ticket)
    columns = (
        "subject state priority requester_id organisation_id project_id assignee_id reply_count "
        "message_count snippet reply_snippet"
    ).split()
    events = db.scalars(
        select(Event).where(Event.ticket_number == ticket.number).order_by(Event.id)
    )
    return {
        **{column: getattr(ticket, column) for column in columns},
        "solved": ticket.solved_at is not None,
        "events": [(event.actor_id, event.kind, event.data) for event in events],
    }


def test_the_service_would_have_come_to_the_same(
    loaded: TenantSession, tenant: Tenant, slug: str
) -> None:
    live = LivePlay(loaded, tenant)
    told = {
        ticket.subject: outcome(loaded, ticket) for ticket in loaded.scalars(select(Ticket)).all()
    }
    for story in read_stories(FOLDER / slug, NOW):
        played = outcome(loaded, live.play(story))
        if "#{" not in "".join(entry.body for entry in story.history):
            assert played == told[story.subject]
