"""Tickets that turn out to be one, or two: merge, split, link.

Messages move and say where they were written (`moved_from`), so that nothing is copied and a
merge can be taken back. Everything that is about both tickets stands in both histories.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from portal.people.models import Role, User
from portal.tickets.mark_models import FollowerKind, TicketFollower, TicketLink, TicketTag
from portal.tickets.models import Event, EventKind, Message, MessageKind, Priority, State, Ticket
from portal.tickets.numbers import next_number
from portal.tickets.recount import recount
from portal.tickets.writer import TicketRuleError, TicketWriter


class MergeService(TicketWriter):
    """Brings tickets together and takes them apart."""

    def merge(self, source: Ticket, target: Ticket) -> None:
        """Everything said in `source` is in `target` from now on; `source` is closed.

        The source's requester, if it is somebody else, is put in copy: they lose nothing that
        they could read. Raises TicketRuleError: "same", "merged" for a ticket that was merged
        before, "closed" for a closed target.
        """
        if source.number == target.number:
            raise TicketRuleError("same")
        self.lock(source, target)
        if source.merged_into is not None or target.merged_into is not None:
            raise TicketRuleError("merged")
        self.refuse_closed(target)
        moved = self._move(source, target)
        tags, people = self._join_marks(source, target)
        source.merged_into = target.number
        source.snoozed_until = None
        source.state = State.CLOSED
        source.solved_at = source.solved_at or datetime.now(UTC)
        if target.state == State.SOLVED and source.last_reply_id > target.last_reply_id:
            target.state, target.solved_at = State.OPEN, None
        recount(self.db, target)
        self.record(source, EventKind.MERGED, {"into": target.number, "subject": target.subject})
        told = {"from": source.number, "subject": source.subject}
        # What came along, so that it goes again when the merge is taken back.
        came = {"messages": moved, "tags": tags, "people": people}
        self.record(target, EventKind.MERGED, told | came)

    def take_apart(self, source: Ticket) -> None:
        """Undo a merge: what was written in `source` goes back, and it is open again. Tags and
        people that came along leave the target: who could read it only since then no longer can.

        Raises TicketRuleError: "not_merged", or "merged_on" where the target was merged itself:
        that has to be taken back first.
        """
        if source.merged_into is None:
            raise TicketRuleError("not_merged")
        target = self.get(source.merged_into)
        self.lock(source, target)
        if source.merged_into is None:
            raise TicketRuleError("not_merged")
        if target.merged_into is not None:
            raise TicketRuleError("merged_on")
        came = self._came_along(source, target)
        self._move_back(source, target, came["messages"])
        self._part_marks(target, came)
        source.merged_into = None
        source.state, source.solved_at = State.OPEN, None
        recount(self.db, source)
        recount(self.db, target)
        back = {"taken_back": True}
        told = {"from": target.number, "subject": target.subject}
        self.record(source, EventKind.SPLIT, told | back)
        told = {"into": source.number, "subject": source.subject}
        self.record(target, EventKind.SPLIT, told | back)

    def split(self, ticket: Ticket, message_ids: Collection[int], subject: str) -> Ticket:
        """A new ticket of some of the messages, linked to the one they come from.

        Its requester is whoever of the customers wrote the first of them, else the ticket's own.
        Raises TicketRuleError: "nothing" when no message is chosen, "first" when the ticket's
        first message is, "no_reply" when none of them is a reply, "merged".
        """
        self.lock(ticket)
        if ticket.merged_into is not None:
            raise TicketRuleError("merged")
        chosen = self._chosen(ticket, message_ids)
        requester = self._requester_of(ticket, chosen)
        now = datetime.now(UTC)
        new = Ticket(
            tenant_id=self.tenant.id,
            number=next_number(self.db, self.tenant.id),
            subject=subject,
            state=State.NEW if ticket.assignee_id is None else State.OPEN,
            priority=Priority(ticket.priority),
            requester_id=requester.id,
            organisation_id=requester.organisation_id,
            project_id=ticket.project_id,
            team_id=ticket.team_id,
            assignee_id=ticket.assignee_id,
            created_at=chosen[0].created_at,
            updated_at=now,
            replied_at=now,
        )
        self.db.add(new)
        self.db.flush()
        self._set_ticket([message.id for message in chosen], ticket, new)
        recount(self.db, ticket)
        recount(self.db, new)
        self._link(ticket.number, new.number, "split")
        self.record(new, EventKind.CREATED, {})
        self.record(new, EventKind.SPLIT, {"from": ticket.number, "subject": ticket.subject})
        self.record(ticket, EventKind.SPLIT, {"into": new.number, "subject": subject})
        self.db.flush()
        return new

    def link(self, ticket: Ticket, other: Ticket) -> None:
        """The two have to do with each other. Raises TicketRuleError("same")."""
        if ticket.number == other.number:
            raise TicketRuleError("same")
        self.lock(ticket, other)
        if self._link(ticket.number, other.number, "related"):
            self.record(ticket, EventKind.LINKED, {"to": other.number, "subject": other.subject})
            self.record(other, EventKind.LINKED, {"to": ticket.number, "subject": ticket.subject})

    def unlink(self, ticket: Ticket, other: Ticket) -> None:
        """They no longer have to do with each other."""
        self.lock(ticket, other)
        low, high = sorted((ticket.number, other.number))
        gone = self.db.execute(
            delete(TicketLink)
            .where(
                TicketLink.tenant_id == self.tenant.id,
                TicketLink.ticket_number == low,
                TicketLink.other_number == high,
            )
            .returning(TicketLink.kind)
        )
        if gone.first() is not None:
            self.record(ticket, EventKind.UNLINKED, {"to": other.number, "subject": other.subject})
            self.record(other, EventKind.UNLINKED, {"to": ticket.number, "subject": ticket.subject})

    # What the verbs above are made of

    def _move(self, source: Ticket, target: Ticket) -> list[int]:
        """All messages of `source`, and their ids; those that came from elsewhere keep saying
        so."""
        self.db.execute(
            update(Message)
            .where(
                Message.tenant_id == self.tenant.id,
                Message.ticket_number == source.number,
                Message.moved_from.is_(None),
            )
            .values(moved_from=source.number)
            .execution_options(synchronize_session=False)
        )
        moved = self.db.scalars(
            update(Message)
            .where(Message.tenant_id == self.tenant.id, Message.ticket_number == source.number)
            .values(ticket_number=target.number)
            .returning(Message.id)
            .execution_options(synchronize_session="fetch")
        )
        return sorted(moved)

    def _move_back(self, source: Ticket, target: Ticket, messages: list[int]) -> None:
        """What came with the merge and is still there; also what had come to `source` before."""
        origin = func.nullif(Message.moved_from, source.number)
        self.db.execute(
            update(Message)
            .where(
                Message.tenant_id == self.tenant.id,
                Message.ticket_number == target.number,
                Message.id.in_(messages),
            )
            .values(ticket_number=source.number, moved_from=origin)
            .execution_options(synchronize_session="fetch")
        )

    def _set_ticket(self, ids: list[int], source: Ticket, target: Ticket) -> None:
        self.db.execute(
            update(Message)
            .where(Message.tenant_id == self.tenant.id, Message.id.in_(ids))
            .values(ticket_number=target.number, moved_from=source.number)
            .execution_options(synchronize_session="fetch")
        )

    def _join_marks(self, source: Ticket, target: Ticket) -> tuple[list[str], list[int]]:
        """The target has the tags and followers of both, and the source's requester in copy.
        Gives the tags and the people that it did not have before."""
        tags = select(TicketTag.tenant_id, literal(target.number), TicketTag.tag).where(
            TicketTag.tenant_id == self.tenant.id, TicketTag.ticket_number == source.number
        )
        new_tags = self.db.scalars(
            insert(TicketTag)
            .from_select(["tenant_id", "ticket_number", "tag"], tags.order_by(TicketTag.tag))
            .on_conflict_do_nothing()
            .returning(TicketTag.tag)
        )
        followers = select(
            TicketFollower.tenant_id,
            literal(target.number),
            TicketFollower.user_id,
            TicketFollower.kind,
        ).where(
            TicketFollower.tenant_id == self.tenant.id,
            TicketFollower.ticket_number == source.number,
            TicketFollower.user_id.not_in([target.requester_id, source.requester_id]),
        )
        columns = ["tenant_id", "ticket_number", "user_id", "kind"]
        people = self._add_followers(insert(TicketFollower).from_select(columns, followers))
        if source.requester_id != target.requester_id:
            # They lose nothing that they could read.
            values = (self.tenant.id, target.number, source.requester_id, FollowerKind.CC)
            row = dict(zip(columns, values, strict=True))
            people += self._add_followers(insert(TicketFollower).values(row))
        return sorted(new_tags), sorted(people)

    def _add_followers(self, statement: Insert) -> list[int]:
        new = statement.on_conflict_do_nothing().returning(TicketFollower.user_id)
        return list(self.db.scalars(new))

    def _came_along(self, source: Ticket, target: Ticket) -> dict[str, Any]:
        """What the latest merge of the two brought: messages, tags, people."""
        self.db.flush()
        came: dict[str, Any] = self.db.scalars(
            select(Event.data)
            .where(
                Event.tenant_id == self.tenant.id,
                Event.ticket_number == target.number,
                Event.kind == EventKind.MERGED,
                Event.data["from"].as_integer() == source.number,
            )
            .order_by(Event.id.desc())
            .limit(1)
        ).one()
        return came

    def _part_marks(self, target: Ticket, came: dict[str, Any]) -> None:
        """The target has the tags and people again that it had before the merge."""
        for model, column, values in (
            (TicketTag, TicketTag.tag, came.get("tags")),
            (TicketFollower, TicketFollower.user_id, came.get("people")),
        ):
            if values:
                self.db.execute(
                    delete(model).where(
                        model.tenant_id == self.tenant.id,
                        model.ticket_number == target.number,
                        column.in_(values),
                    )
                )

    def _chosen(self, ticket: Ticket, ids: Collection[int]) -> list[Message]:
        messages = self.db.scalars(
            select(Message)
            .where(Message.tenant_id == self.tenant.id, Message.ticket_number == ticket.number)
            .order_by(Message.id)
        ).all()
        wanted = set(ids)
        chosen = [message for message in messages if message.id in wanted]
        if not chosen:
            raise TicketRuleError("nothing")
        if chosen[0] is messages[0]:
            raise TicketRuleError("first")
        if all(message.kind != MessageKind.REPLY for message in chosen):
            # A ticket begins with something that its requester can read.
            raise TicketRuleError("no_reply")
        return chosen

    def _requester_of(self, ticket: Ticket, chosen: list[Message]) -> User:
        first = next(message for message in chosen if message.kind == MessageKind.REPLY)
        author = self.db.get_one(User, (self.tenant.id, first.author_id))
        if author.role == Role.CUSTOMER:
            return author
        return self.db.get_one(User, (self.tenant.id, ticket.requester_id))

    def _link(self, one: int, other: int, kind: str) -> bool:
        low, high = sorted((one, other))
        statement = insert(TicketLink).values(
            tenant_id=self.tenant.id, ticket_number=low, other_number=high, kind=kind
        )
        added = self.db.execute(
            statement.on_conflict_do_nothing().returning(TicketLink.ticket_number)
        )
        return added.first() is not None
