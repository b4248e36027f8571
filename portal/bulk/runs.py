"""Runs: one action on a selection, in steps that can be interrupted, and taken back.

A run is written with the numbers of its tickets, by the statement that finds them, and walks over
them in their order, a batch a transaction. So it is about what matched when the button was pressed;
a worker that dies leaves whole batches, whoever goes on finds the place, each ticket is changed
once, and two runs over the same tickets wait for no more than a batch of each other.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.bulk import numbers as run_numbers
from portal.bulk.actions import Action
from portal.bulk.changes import Changes
from portal.bulk.models import BulkChange, BulkRun
from portal.people.models import User
from portal.security.actors import actor_of
from portal.security.identity import Identity
from portal.security.permissions import Permission
from portal.tenants.models import Tenant
from portal.tickets.happenings import told_at_the_end
from portal.tickets.models import Ticket
from portal.tickets.writer import TicketRuleError

#: Tickets that are changed in one transaction, and the most that a request changes itself.
BATCH = 50
#: Tickets of one run.
MAX_TICKETS = 200_000


class TooManyTickets(Exception):
    """More than MAX_TICKETS are meant."""


class BulkRuns:
    """Makes runs and carries them on, within one tenant."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def begin(
        self,
        actor: Identity,
        action: Action,
        numbers: Select[int],
        *,
        query: str = "",
    ) -> BulkRun:
        """A run over the tickets whose numbers the statement selects, lowest first; it has done
        nothing yet.

        Raises TooManyTickets for more than MAX_TICKETS; then nothing was written.
        """
        run = BulkRun(
            tenant_id=self.tenant.id,
            actor_id=actor.user_id,
            query=query,
            action=action.kept(),
            changed=0,
            unchanged=0,
            refused=0,
            undone=0,
        )
        with self.db.begin_nested():
            self.db.add(run)
            self.db.flush()
            run.total = run_numbers.write(self.db, run, numbers, MAX_TICKETS + 1)
            if run.total > MAX_TICKETS:
                raise TooManyTickets
        run_numbers.advance(run, 0)
        return run

    def get(self, run_id: int, actor_id: int) -> BulkRun | None:
        """A run of that person, or None."""
        run = self.db.get(BulkRun, (self.tenant.id, run_id))
        return run if run is not None and run.actor_id == actor_id else None

    def latest(self, actor_id: int, limit: int = 50) -> Sequence[BulkRun]:
        """The person's runs, the last first."""
        return self.db.scalars(
            select(BulkRun)
            .where(BulkRun.tenant_id == self.tenant.id, BulkRun.actor_id == actor_id)
            .order_by(BulkRun.id.desc())
            .limit(limit)
        ).all()

    def step(self, run_id: int) -> bool:
        """Change the next batch; whether there is more to do. The caller commits.

        A run that was stopped, or whose actor may no longer do it, ends here.
        """
        run = self._locked(run_id)
        if run is None or run.state not in ("waiting", "running"):
            return False
        actor = self._actor(run)
        if actor is None:
            self._end(run, "stopped")
            return False
        run.state = "running"
        run_numbers.adopt(self.db, run)
        numbers = run_numbers.following(self.db, run, BATCH)
        changes = Changes(self.db, self.tenant, actor, held=numbers)
        action = Action.of(run.action)
        with told_at_the_end(self.db):
            for ticket in self._held(numbers):
                self._change(run, changes, action, ticket)
        if run_numbers.advance(run, len(numbers)):
            return True
        self._end(run, "done")
        return False

    def undo_step(self, run_id: int) -> bool:
        """Put back the next batch of what the run changed; whether there is more."""
        run = self._locked(run_id)
        if run is None or run.state != "undoing":
            return False
        actor = self._actor(run)
        if actor is None:
            self._end(run, "done")
            return False
        batch = self._changed(run)
        numbers = [change.ticket_number for change in batch]
        changes = Changes(self.db, self.tenant, actor, held=numbers)
        action = Action.of(run.action)
        with told_at_the_end(self.db):
            tickets = {ticket.number: ticket for ticket in self._held(numbers)}
            for change in batch:
                self._undo(run, changes, action, change, tickets[change.ticket_number])
        if len(batch) == BATCH:
            run.cursor = str(numbers[-1])
            return True
        self._end(run, "undone")
        return False

    def stop(self, run: BulkRun) -> None:
        """Let a run end where it is; what it did stays, and can be undone."""
        locked = self._locked(run.id)
        if locked is not None and locked.state in ("waiting", "running"):
            self._end(locked, "stopped")

    def begin_undo(self, run: BulkRun) -> bool:
        """Whether the run can be undone; then it is waiting for `undo_step`."""
        locked = self._locked(run.id)
        if locked is None or locked.state not in ("done", "stopped") or not locked.changed:
            return False
        locked.state, locked.cursor, locked.finished_at = "undoing", "0", None
        return True

    def refused(self, run: BulkRun, limit: int = 100) -> Sequence[tuple[int, str, str]]:
        """Number, subject and rule of tickets that could not be changed."""
        rows = self.db.execute(
            select(BulkChange.ticket_number, Ticket.subject, BulkChange.refusal)
            .join(
                Ticket,
                (Ticket.tenant_id == BulkChange.tenant_id)
                & (Ticket.number == BulkChange.ticket_number),
            )
            .where(
                BulkChange.tenant_id == self.tenant.id,
                BulkChange.run_id == run.id,
                BulkChange.refusal.is_not(None),
            )
            .order_by(BulkChange.ticket_number)
            .limit(limit)
        )
        return [(number, subject, rule or "") for number, subject, rule in rows]

    # What the verbs above are made of

    def _locked(self, run_id: int) -> BulkRun | None:
        return self.db.scalar(
            select(BulkRun)
            .where(BulkRun.tenant_id == self.tenant.id, BulkRun.id == run_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    def _actor(self, run: BulkRun) -> Identity | None:
        user = self.db.get(User, (self.tenant.id, run.actor_id))
        if user is None or user.disabled_at is not None:
            return None
        actor = actor_of(self.db, user, "bulk")
        few = (run.total or 0) <= BATCH
        needed = Permission.CHANGE_MANY if few else Permission.CHANGE_UNLIMITED
        return actor if actor.may(needed) else None

    def _held(self, numbers: Sequence[int]) -> Sequence[Ticket]:
        """The tickets, as they are now, and nobody else changes them until the commit.

        They can still be read, and what belongs to them written: a weaker lock than that of
        `TicketWriter.lock` does for a batch, and lets people open tickets meanwhile.
        """
        return self.db.scalars(
            select(Ticket)
            .where(Ticket.tenant_id == self.tenant.id, Ticket.number.in_(numbers))
            .order_by(Ticket.number)
            .with_for_update(of=Ticket, key_share=True)
            .execution_options(populate_existing=True)
        ).all()

    def _changed(self, run: BulkRun) -> Sequence[BulkChange]:
        """The next changes that are to be taken back."""
        return self.db.scalars(
            select(BulkChange)
            .where(
                BulkChange.tenant_id == self.tenant.id,
                BulkChange.run_id == run.id,
                BulkChange.ticket_number > int(run.cursor or 0),
                BulkChange.after.is_not(None),
                BulkChange.undone_at.is_(None),
            )
            .order_by(BulkChange.ticket_number)
            .limit(BATCH)
        ).all()

    def _change(self, run: BulkRun, changes: Changes, action: Action, ticket: Ticket) -> None:
        done = BulkChange(tenant_id=self.tenant.id, run_id=run.id, ticket_number=ticket.number)
        try:
            values = changes.do(ticket, action)
        except TicketRuleError as rule:
            done.refusal = rule.code
            run.refused += 1
        else:
            if values is None:
                run.unchanged += 1
                return
            done.before, done.after = values
            run.changed += 1
        self.db.add(done)

    def _undo(
        self, run: BulkRun, changes: Changes, action: Action, change: BulkChange, ticket: Ticket
    ) -> None:
        try:
            put_back = changes.undo(ticket, action, change.before or {}, change.after or {})
        except TicketRuleError as rule:
            change.refusal = rule.code
            return
        if put_back:
            change.undone_at = datetime.now(UTC)
            run.undone += 1

    def _end(self, run: BulkRun, state: str) -> None:
        run.state, run.finished_at, run.numbers = state, datetime.now(UTC), None
