"""Two accounts that turn out to be one human: merged into one, in one transaction."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Table, delete, exists, func, select, update
from sqlalchemy.orm import Session

from portal.db.base import Base
from portal.people.models import Identity, Role, User, UserNote
from portal.tenants.audit import AuditLog
from portal.tenants.models import Tenant
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.models import Message, Ticket

#: What ends with the account that is merged; everything else that names it moves along.
ENDED = frozenset(
    {
        "invitations.user_id",
        "issuer_codes.user_id",
        "issuer_consents.user_id",
        "issuer_grants.user_id",
        "passkeys.user_id",
        "presences.user_id",
        "recovery_codes.user_id",
        "second_steps.user_id",
        "sessions.user_id",
        "team_members.user_id",
        "totp_secrets.user_id",
    }
)


class MergeRefused(Exception):
    """The two cannot be merged: "same", "staff", "merged" or "disabled"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def references() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column of the database that names a user."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if key.referred_table is User.__table__:
                yield from ((table, each) for each in key.columns if each.name != "tenant_id")


class PersonMerging:
    """Merges customers of one tenant."""

    def __init__(self, db: Session, tenant: Tenant, audit: AuditLog) -> None:
        self.db = db
        self.tenant = tenant
        self.audit = audit

    def refuse(self, source: User, kept: User) -> None:
        """Raise MergeRefused. Accounts of the team are never merged: whoever signs in with one
        of the two would have the rights of the other."""
        if source.id == kept.id:
            raise MergeRefused("same")
        if any(Role(user.role).is_staff for user in (source, kept)):
            raise MergeRefused("staff")
        if source.merged_into_id is not None or kept.merged_into_id is not None:
            raise MergeRefused("merged")
        if kept.disabled_at is not None:
            raise MergeRefused("disabled")

    def preview(self, source: User) -> Mapping[str, int]:
        """How much would move: tickets, messages, notes, sign-ins, copies."""
        counted = {
            "tickets": (Ticket.tenant_id, Ticket.requester_id),
            "messages": (Message.tenant_id, Message.author_id),
            "copies": (TicketFollower.tenant_id, TicketFollower.user_id),
            "notes": (UserNote.tenant_id, UserNote.user_id),
            "identities": (Identity.tenant_id, Identity.user_id),
        }
        return {
            name: self.db.scalar(
                select(func.count(person)).where(tenant == self.tenant.id, person == source.id)
            )
            or 0
            for name, (tenant, person) in counted.items()
        }

    def merge(self, source: User, kept: User) -> None:
        """All that is `source`'s is `kept`'s from now on, sign-ins included; `source` is disabled
        and stands for `kept`. Raises MergeRefused."""
        self.db.flush()
        for user in sorted((source, kept), key=lambda each: each.id):
            self.db.refresh(user, with_for_update=True)
        self.refuse(source, kept)
        moved = self.preview(source)
        self._wake_pages(source)
        for table, column in references():
            if f"{table.name}.{column.name}" in ENDED:
                self.db.execute(
                    delete(table).where(table.c.tenant_id == self.tenant.id, column == source.id)
                )
            else:
                self._move(table, column, source.id, kept.id)
        self._leave_own_copies(kept)
        source.merged_into_id = kept.id
        source.disabled_at = source.disabled_at or datetime.now(UTC)
        source.password_hash = source.second_factor_at = None
        told = {name: [None, count] for name, count in moved.items() if count}
        self.audit.record("person.merged", source.email, {"into": [None, kept.email]} | told)
        self.db.flush()
        # Rows were changed behind the back of the session.
        self.db.expire_all()

    def _move(self, table: Table, column: Column[Any], source_id: int, kept_id: int) -> None:
        mine = (table.c.tenant_id == self.tenant.id, column == source_id)
        if column.primary_key:
            # What both have, such as a star on one ticket, there is once.
            other = table.alias()
            rest = [
                each for each in table.primary_key if each.name not in ("tenant_id", column.name)
            ]
            both = exists().where(
                other.c.tenant_id == self.tenant.id,
                other.c[column.name] == kept_id,
                *(other.c[each.name] == each for each in rest),
            )
            self.db.execute(delete(table).where(*mine, both))
        self.db.execute(update(table).where(*mine).values({column.name: kept_id}))

    def _wake_pages(self, source: User) -> None:
        """Open pages of tickets that the person wrote in show another name from now on."""
        written = select(Message.ticket_number).where(
            Message.tenant_id == self.tenant.id, Message.author_id == source.id
        )
        self.db.execute(
            update(Ticket)
            .where(Ticket.tenant_id == self.tenant.id, Ticket.number.in_(written))
            .values(version=Ticket.version)
            .execution_options(synchronize_session=False)
        )

    def _leave_own_copies(self, kept: User) -> None:
        """Nobody is in copy of their own ticket."""
        own = select(Ticket.number).where(
            Ticket.tenant_id == self.tenant.id, Ticket.requester_id == kept.id
        )
        self.db.execute(
            delete(TicketFollower)
            .where(
                TicketFollower.tenant_id == self.tenant.id,
                TicketFollower.user_id == kept.id,
                TicketFollower.kind == FollowerKind.CC,
                TicketFollower.ticket_number.in_(own),
            )
            .execution_options(synchronize_session=False)
        )
