"""Undo send: a reply waits on the server for some seconds before it is one.

Until then its author sees it and can take it back, colleagues see that somebody is sending, and
customers see nothing. It goes by a job, or by the next request that looks; whoever deletes its
row writes the message, in the same transaction.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.composer.drafts import DraftService, Written
from portal.composer.models import HeldReply
from portal.jobs import JobRun, Retry, Task, enqueue
from portal.macros.carried import Carried
from portal.macros.sending import CarryingService
from portal.people.models import Role, User
from portal.security.actors import actor_of
from portal.security.permissions import Permission
from portal.tenants.models import Tenant
from portal.tickets.happenings import Happening, announce
from portal.tickets.models import Message, MessageKind, State, Ticket
from portal.tickets.service import Draft, StaleThread, TicketRuleError

RELEASE = Task("composer.release_reply", priority=10, retry=Retry(attempts=8, first=5))

#: The field of a draft that says why it was not sent: a code of TicketRuleError.
UNSENT = "unsent"
#: The field of a draft with the send button that was pressed.
THEN = "then"


class SomebodySends(Exception):
    """A colleague's reply to the ticket is about to go. Nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Undone:
    """A reply that was taken back: the ticket whose composer has it again."""

    ticket_number: int


class HeldReplies(CarryingService):
    """Holds the replies of one agent, and takes them back."""

    def hold(
        self,
        ticket: Ticket,
        draft: Draft,
        *,
        seen: int,
        state: State | None = None,
        carried: Carried | None = None,
        seconds: int,
    ) -> HeldReply | Message:
        """Let a reply go in so many seconds. A form that is sent twice is held once.

        What it carries waits with it; `state` counts for more. Raises StaleThread and
        TicketRuleError as `reply_with` does, and SomebodySends.
        """
        carried = carried or Carried()
        self.lock(ticket)
        if (earlier := self._sent_before(draft)) is not None:
            return earlier
        self.refuse_closed(ticket)
        self._refuse_stale(ticket, seen, draft.seen_count)
        if (held := self._held_before(draft)) is not None:
            return held
        self.refuse_others(ticket)
        self.refuse_changes(ticket, carried, state or carried.state)
        release_at = datetime.now(UTC) + timedelta(seconds=seconds)
        held = HeldReply(
            tenant_id=self.tenant.id,
            ticket_number=ticket.number,
            author_id=self.actor.user_id,
            body=draft.body,
            attachment_ids=list(draft.attachment_ids),
            state=state,
            carried=carried.kept(),
            form_key=draft.form_key or "",
            seen=seen,
            release_at=release_at,
        )
        self.db.add(held)
        self.db.flush()
        enqueue(self.db, RELEASE, at=release_at, held_id=held.id)
        return held

    def refuse_others(self, ticket: Ticket) -> None:
        """Raises SomebodySends while a colleague's reply to the ticket waits to go."""
        name = self.db.scalar(
            select(User.name)
            .join(
                HeldReply,
                (HeldReply.tenant_id == User.tenant_id) & (HeldReply.author_id == User.id),
            )
            .where(
                HeldReply.tenant_id == self.tenant.id,
                HeldReply.ticket_number == ticket.number,
                HeldReply.author_id != self.actor.user_id,
            )
            .limit(1)
        )
        if name is not None:
            raise SomebodySends(name)

    def undo(self, held_id: int) -> Undone | None:
        """Take one's own reply back: it is a draft again. None when it has gone already."""
        held = self.db.scalar(
            delete(HeldReply)
            .where(
                HeldReply.tenant_id == self.tenant.id,
                HeldReply.id == held_id,
                HeldReply.author_id == self.actor.user_id,
            )
            .returning(HeldReply)
        )
        if held is None:
            return None
        give_back(DraftService(self.db, self.tenant, self.actor), held)
        return Undone(held.ticket_number)

    def _refuse_stale(self, ticket: Ticket, seen: int, seen_count: int | None) -> None:
        own = 0
        if ticket.last_message_id > seen:
            # One's own reply may have gone while one wrote a note: that one is known.
            is_own = Message.author_id == self.actor.user_id
            later, own = self.db.execute(
                select(func.count(), func.count().filter(is_own)).where(
                    Message.tenant_id == self.tenant.id,
                    Message.ticket_number == ticket.number,
                    Message.id > seen,
                )
            ).one()
            if later > own or seen == 0:
                raise StaleThread
        if seen_count is not None and ticket.message_count > seen_count + own:
            raise StaleThread

    def _held_before(self, draft: Draft) -> HeldReply | None:
        return self.db.scalar(
            select(HeldReply).where(
                HeldReply.tenant_id == self.tenant.id,
                HeldReply.author_id == self.actor.user_id,
                HeldReply.form_key == (draft.form_key or ""),
            )
        )


def give_back(drafts: DraftService, held: HeldReply, *, unsent: str | None = None) -> None:
    """Make a draft again of a reply, with its files and the button that sent it."""
    fields: dict[str, Any] = {THEN: held.state or "send", **Carried.of(held.carried).fields()}
    if unsent is not None:
        fields[UNSENT] = unsent
    number = held.ticket_number
    if unsent == "merged":
        ticket = drafts.db.get_one(Ticket, (drafts.tenant.id, number))
        number = ticket.merged_into or number
    written = Written(held.body, fields, held.attachment_ids)
    drafts.give_back(number, MessageKind.REPLY, written)
    if unsent is not None:
        ticket = drafts.db.get_one(Ticket, (drafts.tenant.id, number))
        announce(Happening(drafts.db, drafts.tenant, None, ticket, unsent_by=held.author_id))


def release(db: Session, tenant: Tenant, held_id: int) -> Message | None:
    """Send a reply that was held, as its author. None when it was taken back or has gone.

    What the rules refuse by now becomes its author's draft again, and says why.
    """
    number = db.scalar(
        select(HeldReply.ticket_number).where(
            HeldReply.tenant_id == tenant.id, HeldReply.id == held_id
        )
    )
    if number is None:
        return None
    # The ticket first, as everybody locks: else this one and a merge wait for each other.
    ticket = db.get_one(Ticket, (tenant.id, number))
    db.flush()
    db.refresh(ticket, with_for_update={"of": Ticket})
    held = db.scalar(
        delete(HeldReply)
        .where(HeldReply.tenant_id == tenant.id, HeldReply.id == held_id)
        .returning(HeldReply)
    )
    if held is None:
        return None
    author = db.get_one(User, (tenant.id, held.author_id))
    actor = actor_of(db, author, "held")
    drafts = DraftService(db, tenant, actor)
    if author.disabled_at is not None or not actor.may(Permission.REPLY):
        give_back(drafts, held, unsent="author")
        return None
    state = State(held.state) if held.state else None
    if _customer_wrote_since(db, ticket, held):
        # What they wrote has not been answered: it must not be put aside.
        state = State.OPEN
    draft = Draft(held.body, held.attachment_ids, held.form_key or None)
    try:
        # Stale or not was asked when it was sent; what came since has an answer that was sent
        # before it.
        return CarryingService(db, tenant, actor).reply_with(
            ticket, draft, Carried.of(held.carried), seen=ticket.last_message_id, state=state
        )
    except TicketRuleError as refused:
        give_back(drafts, held, unsent=refused.code)
        return None


def _customer_wrote_since(db: Session, ticket: Ticket, held: HeldReply) -> bool:
    if ticket.last_reply_id <= held.seen:
        return False
    return (
        db.scalar(
            select(Message.id)
            .join(User, (User.tenant_id == Message.tenant_id) & (User.id == Message.author_id))
            .where(
                Message.tenant_id == ticket.tenant_id,
                Message.ticket_number == ticket.number,
                Message.id > held.seen,
                Message.kind == MessageKind.REPLY,
                User.role == Role.CUSTOMER,
            )
            .limit(1)
        )
        is not None
    )


def due(db: Session, tenant_id: int, number: int | None = None) -> list[int]:
    """The replies that should have gone, oldest first; of one ticket, or of all."""
    statement = select(HeldReply.id).where(
        HeldReply.tenant_id == tenant_id, HeldReply.release_at <= datetime.now(UTC)
    )
    if number is not None:
        statement = statement.where(HeldReply.ticket_number == number)
    return list(db.scalars(statement.order_by(HeldReply.id)))


def release_held(run: JobRun, *, held_id: int) -> None:
    """Job: send a reply whose time is up."""
    with run.transaction() as db:
        release(db, run.tenant(db), held_id)
