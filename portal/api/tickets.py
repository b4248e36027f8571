"""Tickets as the API reads them: statements, and the JSON of their rows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from portal.people.models import Organisation, Project, User
from portal.tenants.models import Tenant
from portal.tickets.models import Ticket
from portal.tickets.thread import Entry, ThreadReader
from portal.topics.models import Topic

JSON = dict[str, Any]


class TicketRow(NamedTuple):
    """A ticket with the people and places that its JSON names."""

    number: int
    subject: str
    state: str
    priority: str
    created_at: datetime
    updated_at: datetime
    solved_at: datetime | None
    requester_id: int
    requester_name: str
    requester_email: str
    assignee_id: int | None
    assignee_name: str | None
    organisation_id: int | None
    organisation_name: str | None
    project_key: str | None
    project_name: str | None
    topic_id: int | None
    topic_name: str | None
    custom: dict[str, Any]


_requester = aliased(User)
_assignee = aliased(User)

_TICKETS = (
    select(
        Ticket.number,
        Ticket.subject,
        Ticket.state,
        Ticket.priority,
        Ticket.created_at,
        Ticket.updated_at,
        Ticket.solved_at,
        _requester.id,
        _requester.name,
        _requester.email,
        _assignee.id,
        _assignee.name,
        Organisation.id,
        Organisation.name,
        Project.key,
        Project.name,
        Topic.id,
        Topic.name,
        Ticket.custom,
    )
    .join(
        _requester,
        and_(_requester.tenant_id == Ticket.tenant_id, _requester.id == Ticket.requester_id),
    )
    .outerjoin(
        _assignee,
        and_(_assignee.tenant_id == Ticket.tenant_id, _assignee.id == Ticket.assignee_id),
    )
    .outerjoin(
        Organisation,
        and_(Organisation.tenant_id == Ticket.tenant_id, Organisation.id == Ticket.organisation_id),
    )
    .outerjoin(
        Project,
        and_(Project.tenant_id == Ticket.tenant_id, Project.id == Ticket.project_id),
    )
    .outerjoin(
        Topic,
        and_(Topic.tenant_id == Ticket.tenant_id, Topic.id == Ticket.topic_id),
    )
    .where(Ticket.tenant_id == bindparam("tenant_id"))
)
_ONE = _TICKETS.where(Ticket.number == bindparam("number"))
_PAGE = (
    _TICKETS.where(Ticket.number > bindparam("after"))
    .order_by(Ticket.number)
    .limit(bindparam("limit"))
)


class TicketReader:
    """Reads the tickets of one tenant for the tenant itself."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def page(self, *, after: int, limit: int) -> Sequence[TicketRow]:
        """At most `limit` tickets with numbers above `after`, lowest first."""
        values = {"tenant_id": self.tenant.id, "after": after, "limit": limit}
        return [TicketRow._make(row) for row in self.db.execute(_PAGE, values)]

    def one(self, number: int) -> TicketRow | None:
        """The ticket of that number."""
        values = {"tenant_id": self.tenant.id, "number": number}
        row = self.db.execute(_ONE, values).one_or_none()
        return TicketRow._make(row) if row is not None else None

    def replies(self, number: int) -> list[Entry]:
        """The ticket's replies, oldest first. Notes stay with the people who wrote them."""
        ticket = self.db.get_one(Ticket, (self.tenant.id, number))
        reader = ThreadReader(self.db, self.tenant, ticket, for_staff=False)
        return [entry for entry in reader.entries() if entry.is_message]


def ticket_json(row: TicketRow, url: str) -> JSON:
    """A ticket. `title` and `status` are what POST calls a subject and a state."""
    return {
        "id": row.number,
        "title": row.subject,
        "status": row.state,
        "priority": row.priority,
        "requester": {
            "id": row.requester_id,
            "name": row.requester_name,
            "email": row.requester_email,
        },
        "assignee": named(row.assignee_id, row.assignee_name),
        "organisation": named(row.organisation_id, row.organisation_name),
        "project": named(row.project_key, row.project_name),
        "topic": named(row.topic_id, row.topic_name),
        "custom": row.custom,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "solved_at": moment(row.solved_at),
        "url": url,
    }


def reply_json(entry: Entry) -> JSON:
    """A reply: as written, and as the pages show it."""
    return {
        "id": entry.id,
        "author": named(entry.author_id, entry.author_name),
        "by_staff": entry.author_role not in (None, "customer"),
        "body": entry.body,
        "html": entry.html,
        "created_at": moment(entry.created_at),
    }


def named(key: int | str | None, name: str | None) -> JSON | None:
    """Somebody or something with an id, or null."""
    return None if key is None else {"id": key, "name": name}


def moment(value: datetime | None) -> str | None:
    """RFC 3339, in UTC."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")
