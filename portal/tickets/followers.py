"""Who hears of a ticket beside its requester and its assignee: followers, and people in copy."""

from typing import NamedTuple

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects.postgresql import insert

from portal.people.models import Role, User
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.models import EventKind, Ticket
from portal.tickets.writer import TicketRuleError, TicketWriter

#: People in copy of one ticket.
MAX_CC = 20


class Follower(NamedTuple):
    """Somebody who hears of a ticket."""

    user_id: int
    name: str
    email: str
    kind: str


class FollowerService(TicketWriter):
    """Reads and changes who hears of tickets.

    Colleagues *follow*: they hear of replies and notes. Customers are *in copy*: they read the
    replies, and may reply.
    """

    def of(self, ticket: Ticket) -> list[Follower]:
        """Everybody who hears of the ticket, by name."""
        statement = (
            select(User.id, User.name, User.email, TicketFollower.kind)
            .join(
                TicketFollower,
                and_(TicketFollower.tenant_id == User.tenant_id, TicketFollower.user_id == User.id),
            )
            .where(
                TicketFollower.tenant_id == self.tenant.id,
                TicketFollower.ticket_number == ticket.number,
            )
            .order_by(User.name, User.id)
        )
        return [Follower(*row) for row in self.db.execute(statement)]

    def follow(self, ticket: Ticket, user: User) -> None:
        """A colleague hears of the ticket. Raises TicketRuleError("follower") for a customer."""
        if user.disabled_at is not None or not Role(user.role).is_staff:
            raise TicketRuleError("follower")
        self._add(ticket, user, FollowerKind.FOLLOWER)

    def unfollow(self, ticket: Ticket, user_id: int) -> None:
        """A colleague no longer hears of it."""
        self._remove(ticket, user_id, FollowerKind.FOLLOWER)

    def put_in_copy(self, ticket: Ticket, user: User) -> None:
        """Somebody reads the ticket's replies from now on.

        Raises TicketRuleError: "requester" for the ticket's own, "follower" for a disabled
        account, "too_many" beyond `MAX_CC`.
        """
        self.lock(ticket)
        if user.id == ticket.requester_id:
            raise TicketRuleError("requester")
        if user.disabled_at is not None:
            raise TicketRuleError("follower")
        if sum(each.kind == FollowerKind.CC for each in self.of(ticket)) >= MAX_CC:
            raise TicketRuleError("too_many")
        if self._add(ticket, user, FollowerKind.CC):
            self.record(ticket, EventKind.CC, {"added": user.id, "name": user.name})

    def take_from_copy(self, ticket: Ticket, user_id: int) -> None:
        """Somebody in copy loses sight of the ticket, unless they see it for another reason."""
        self.lock(ticket)
        name = self.name_of(User, user_id)
        if self._remove(ticket, user_id, FollowerKind.CC):
            self.record(ticket, EventKind.CC, {"removed": user_id, "name": name})

    def _add(self, ticket: Ticket, user: User, kind: FollowerKind) -> bool:
        statement = insert(TicketFollower).values(
            tenant_id=self.tenant.id, ticket_number=ticket.number, user_id=user.id, kind=kind
        )
        added = self.db.execute(
            statement.on_conflict_do_nothing().returning(TicketFollower.user_id)
        )
        return added.first() is not None

    def _remove(self, ticket: Ticket, user_id: int, kind: FollowerKind) -> bool:
        removed = self.db.execute(
            delete(TicketFollower)
            .where(
                TicketFollower.tenant_id == self.tenant.id,
                TicketFollower.ticket_number == ticket.number,
                TicketFollower.user_id == user_id,
                TicketFollower.kind == kind,
            )
            .returning(TicketFollower.user_id)
        )
        return removed.first() is not None
