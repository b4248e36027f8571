"""Messages together with what macros change: all of it in one transaction, or nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import update

from portal.bulk.actions import Action
from portal.bulk.changes import Changes
from portal.macros.carried import Carried, together
from portal.macros.models import Macro, MacroScope
from portal.security.permissions import Permission
from portal.tickets.custom_fields import refuse_unfinished
from portal.tickets.models import Message, State, Ticket
from portal.tickets.service import Draft, TicketRuleError, TicketService


class CarryingService(TicketService):
    """Writes messages that carry changes with them."""

    def reply_with(
        self,
        ticket: Ticket,
        draft: Draft,
        carried: Carried,
        *,
        seen: int,
        state: State | None = None,
    ) -> Message:
        """A reply, and its changes; `state` counts for more than a macro's.

        Raises what `reply` raises, and TicketRuleError for a change that cannot be made, "role"
        for one that the writer's role does not include. Nothing was written then.
        """
        if not carried:
            return self.reply(ticket, draft, seen=seen, state=state)
        self.lock(ticket)
        if (earlier := self._sent_before(draft)) is not None:
            return earlier
        as_team = self._is_team(ticket)
        with self.db.begin_nested():
            # What a ticket needs to be solved depends on its topic.
            self._make(ticket, carried.topic)
            message = self.reply(
                ticket,
                draft,
                seen=seen,
                state=state or carried.state,
                take=not carried.assigns,
            )
            self._make(ticket, carried.beside_state if as_team else carried.actions)
        self._count(carried)
        return message

    def note_with(self, ticket: Ticket, draft: Draft, carried: Carried, *, seen: int) -> Message:
        """A note, and its changes. Raises as `reply_with` does."""
        if not carried:
            return self.note(ticket, draft, seen=seen)
        self.lock(ticket)
        if (earlier := self._sent_before(draft)) is not None:
            return earlier
        with self.db.begin_nested():
            message = self.note(ticket, draft, seen=seen)
            self._make(ticket, carried.actions)
        self._count(carried)
        return message

    def refuse_changes(self, ticket: Ticket, carried: Carried, state: State | None) -> None:
        """Raise TicketRuleError for a change that could not be made now, with the state that goes
        with the message. Nothing is changed."""
        if not carried.beside_state:
            refuse_unfinished(self.asked, ticket, state)
            return
        trial = self.db.begin_nested()
        try:
            self._make(ticket, carried.beside_state)
            refuse_unfinished(self.asked, ticket, state)
        finally:
            trial.rollback()

    def _make(self, ticket: Ticket, actions: Sequence[Action]) -> None:
        if actions and not self.actor.may(Permission.WORK_TICKET):
            raise TicketRuleError("role")
        changes = Changes(self.db, self.tenant, self.actor)
        for action in together(actions):
            changes.do(ticket, action)

    def _count(self, carried: Carried) -> None:
        # One after the other: who sends with the same macros waits for them in the same order.
        for key in sorted(carried.macros):
            own = (Macro.scope != MacroScope.MINE) | (Macro.owner_id == self.actor.user_id)
            self.db.execute(
                update(Macro)
                .where(Macro.tenant_id == self.tenant.id, Macro.id == key, own)
                .values(uses=Macro.uses + 1, used_at=datetime.now(UTC))
            )
