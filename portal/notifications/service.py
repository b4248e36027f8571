"""One person's notifications: the latest, and what has been read."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from portal.notifications.models import Kind, Notification
from portal.people.models import User
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.models import Message, Ticket

#: Rows of a page.
ROWS = 50


class Told(NamedTuple):
    """One notification, with the words beside it."""

    id: int
    kind: Kind
    ticket_number: int
    subject: str
    message_id: int | None
    actor_id: int | None
    actor: str | None
    snippet: str | None
    state: str
    at: datetime
    read_at: datetime | None


class NotificationService:
    """The notifications of one person. Those about a ticket that they may no longer see are kept
    from them."""

    def __init__(self, db: Session, tenant: Tenant, reader: Identity) -> None:
        self.db = db
        self.tenant = tenant
        self.reader = reader

    def latest(self, *, before: int | None = None) -> list[Told]:
        """The newest first, or the newest before one; one more than `ROWS` when there are more."""
        return self._read(ROWS + 1, *([] if before is None else [Notification.id < before]))

    def unread(self, kind: Kind, limit: int) -> list[Told]:
        """The newest of a kind that are unread."""
        return self._read(limit, Notification.kind == kind, Notification.read_at.is_(None))

    def find(self, key: int) -> Told | None:
        """One of them."""
        return next(iter(self._read(1, Notification.id == key)), None)

    def _read(self, limit: int, *conditions: ColumnElement[bool]) -> list[Told]:
        actor = aliased(User)
        statement = (
            select(
                Notification.id,
                Notification.kind,
                Ticket.number,
                Ticket.subject,
                Notification.message_id,
                Notification.actor_id,
                actor.name,
                func.left(Message.body, 240),
                Ticket.state,
                Notification.created_at,
                Notification.read_at,
            )
            .outerjoin(
                Message,
                and_(
                    Message.tenant_id == Notification.tenant_id,
                    Message.id == Notification.message_id,
                ),
            )
            .join(
                Ticket,
                and_(
                    Ticket.tenant_id == Notification.tenant_id,
                    # A message is where it was moved to when tickets were merged.
                    Ticket.number
                    == func.coalesce(Message.ticket_number, Notification.ticket_number),
                ),
            )
            .outerjoin(
                actor,
                and_(actor.tenant_id == Notification.tenant_id, actor.id == Notification.actor_id),
            )
            .where(self._mine(), self._visible(), *conditions)
            .order_by(Notification.id.desc())
            .limit(limit)
        )
        return [Told(row[0], Kind(row[1]), *row[2:]) for row in self.db.execute(statement)]

    def mark_read(self, key: int | None = None) -> None:
        """That one, or all of them, are read."""
        statement = update(Notification).where(self._mine(), Notification.read_at.is_(None))
        if key is not None:
            statement = statement.where(Notification.id == key)
        self.db.execute(
            statement.values(read_at=func.now()).execution_options(synchronize_session=False)
        )

    def mark_read_at(self, number: int) -> int:
        """All of a ticket are read, also of messages that were moved there; how many were not."""
        moved_here = select(Message.id).where(
            Message.tenant_id == self.tenant.id,
            Message.id == Notification.message_id,
            Message.ticket_number == number,
        )
        read = self.db.scalars(
            update(Notification)
            .where(
                self._mine(),
                Notification.read_at.is_(None),
                or_(Notification.ticket_number == number, moved_here.exists()),
            )
            .values(read_at=func.now())
            .returning(Notification.id)
            .execution_options(synchronize_session=False)
        )
        return len(read.all())

    def _mine(self) -> ColumnElement[bool]:
        return and_(
            Notification.tenant_id == self.tenant.id, Notification.user_id == self.reader.user_id
        )

    def _visible(self) -> ColumnElement[bool]:
        reader = self.reader
        if reader.is_staff:
            return Ticket.tenant_id == self.tenant.id
        in_copy = select(TicketFollower.user_id).where(
            TicketFollower.tenant_id == Ticket.tenant_id,
            TicketFollower.ticket_number == Ticket.number,
            TicketFollower.user_id == reader.user_id,
            TicketFollower.kind == FollowerKind.CC,
        )
        ways = [Ticket.requester_id == reader.user_id, in_copy.exists()]
        if reader.organisation_shared and reader.organisation_id is not None:
            ways.append(Ticket.organisation_id == reader.organisation_id)
        public = Notification.kind.not_in([Kind.NOTE, Kind.MENTION])
        return and_(or_(*ways), public)
