"""What may be done to tickets. Callers have checked the permission; the rules are here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal.attachments.service import AttachmentService
from portal.composer.mentions import mentions_of, with_mentions
from portal.people.models import Project, Team, User
from portal.tickets import markdown
from portal.tickets.custom_fields import refuse_unfinished
from portal.tickets.fields import TicketFields
from portal.tickets.happenings import Happening, announce
from portal.tickets.models import (
    EventKind,
    Message,
    MessageKind,
    Priority,
    State,
    Ticket,
    TicketRead,
)
from portal.tickets.numbers import next_number
from portal.tickets.reopening import is_over
from portal.tickets.writer import TicketRuleError
from portal.topics.models import Topic
from portal.topics.values import Value

__all__ = ["Draft", "StaleThread", "TicketRuleError", "TicketService"]


class StaleThread(Exception):
    """The thread has messages that the writer had not seen. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form sends: the text, its files, and the form's own key."""

    body: str
    attachment_ids: Sequence[int] = ()
    #: Makes a form that is sent twice one message.
    form_key: str | None = None
    #: How many messages its page showed; None: it does not say.
    seen_count: int | None = None


class TicketService(TicketFields):
    """Tickets of one tenant, written to and changed by one person."""

    def open(
        self,
        subject: str,
        draft: Draft,
        *,
        requester: User | None = None,
        project_id: int | None = None,
        priority: Priority | None = None,
        assignee_id: int | None = None,
        team_id: int | None = None,
        topic: Topic | None = None,
        custom: Mapping[str, Value] | None = None,
    ) -> Ticket:
        """A new ticket, for the actor or, by an agent, on behalf of `requester`.

        A topic gives the project, the team and the priority that are not given; `custom` are the
        values of its fields, checked by `portal.topics.values`.

        The same form sent twice gives the same ticket. A team without an assignee gives it to
        one of its members, if it assigns by itself. Raises TicketRuleError for a project, an
        assignee or a team that cannot be chosen.
        """
        with self.db.begin_nested() as savepoint:
            # The counter's row lock makes the second of two equal forms wait for the first.
            number = next_number(self.db, self.tenant.id)
            earlier = self._sent_before(draft)
            if earlier is not None:
                savepoint.rollback()
        if earlier is not None:
            return self.get(earlier.ticket_number)
        requester_id = requester.id if requester else self.actor.user_id
        organisation_id = requester.organisation_id if requester else self.actor.organisation_id
        if topic is not None:
            project_id = project_id or self._offered(Project, topic.project_id)
            team_id = team_id or self._offered(Team, topic.team_id)
            priority = priority or Priority(topic.priority)
        now = datetime.now(UTC)
        ticket = Ticket(
            tenant_id=self.tenant.id,
            number=number,
            subject=subject,
            state=State.NEW,
            priority=priority or Priority.NORMAL,
            requester_id=requester_id,
            organisation_id=organisation_id,
            project_id=self._project(project_id),
            topic_id=topic.id if topic is not None else None,
            custom=dict(custom or {}),
            assignee_id=None,
            message_count=0,
            reply_count=0,
            created_at=now,
            updated_at=now,
            replied_at=now,
        )
        self.db.add(ticket)
        self.db.flush()
        self.record(ticket, EventKind.CREATED, {})
        self._write(ticket, MessageKind.REPLY, draft)
        if assignee_id is not None:
            self._set_assignee(ticket, assignee_id)
        if team_id is not None:
            self._set_team(ticket, team_id, assign=assignee_id is None)
        self.db.flush()
        return ticket

    def reply(
        self,
        ticket: Ticket,
        draft: Draft,
        *,
        seen: int,
        state: State | None = None,
        take: bool = True,
    ) -> Message:
        """A public reply, and the state that goes with it. An agent takes a ticket that nobody
        has, unless `take` says that somebody else is to get it.

        `seen` is the last message that the writer's page showed: the id of any message for
        staff, of a reply for customers. Raises StaleThread when there is a newer one, or one more
        than the draft's page showed: a merge brings messages with earlier ids. Raises
        TicketRuleError: "closed" for a closed ticket and, to its customers, for one that was
        solved too long ago, "merged" for one that goes on in another.
        """
        self.lock(ticket)
        if (earlier := self._sent_before(draft)) is not None:
            return earlier
        self.refuse_closed(ticket)
        if not self._is_team(ticket):
            self._refuse_over(ticket)
        self._refuse_stale(ticket, seen, draft.seen_count)
        if self._is_team(ticket):
            refuse_unfinished(self.asked, ticket, state)
        message = self._write(ticket, MessageKind.REPLY, draft)
        if self._is_team(ticket):
            if take and ticket.assignee_id is None:
                self._set_assignee(ticket, self.actor.user_id)
            default = State.OPEN if ticket.state == State.NEW else State(ticket.state)
            self._set_state(ticket, state or default)
        else:
            # What a customer writes wakes a ticket that was put to sleep.
            ticket.snoozed_until = None
            if ticket.state in (State.PENDING, State.ON_HOLD, State.SOLVED):
                self._set_state(ticket, State.OPEN)
        self.db.flush()
        return message

    def note(self, ticket: Ticket, draft: Draft, *, seen: int) -> Message:
        """An internal note. Raises StaleThread as `reply` does; closed tickets take notes, but
        TicketRuleError("merged") is raised for one that goes on in another."""
        self.lock(ticket)
        if (earlier := self._sent_before(draft)) is not None:
            return earlier
        if ticket.merged_into is not None:
            raise TicketRuleError("merged")
        self._refuse_stale(ticket, seen, draft.seen_count)
        message = self._write(ticket, MessageKind.NOTE, draft)
        self.db.flush()
        return message

    def solve(self, ticket: Ticket) -> None:
        """The customer's "Problem solved": whatever the team still wants to fill in."""
        self.lock(ticket)
        self.refuse_closed(ticket)
        self._set_state(ticket, State.SOLVED)

    def reopen(self, ticket: Ticket) -> None:
        """The customer's "It is not solved".

        Raises TicketRuleError: "closed" once the tenant's period is over, "not_solved" for any
        other ticket.
        """
        self.lock(ticket)
        self._refuse_over(ticket)
        if ticket.state != State.SOLVED:
            raise TicketRuleError("not_solved")
        self._set_state(ticket, State.OPEN)

    def mark_read(self, ticket: Ticket, message_id: int) -> None:
        """The actor has seen the thread up to this message."""
        statement = insert(TicketRead).values(
            tenant_id=self.tenant.id,
            user_id=self.actor.user_id,
            ticket_number=ticket.number,
            message_id=message_id,
        )
        self.db.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "user_id", "ticket_number"],
                set_={"message_id": statement.excluded.message_id},
                where=TicketRead.message_id < statement.excluded.message_id,
            )
        )

    # What the verbs above are made of

    def _sent_before(self, draft: Draft) -> Message | None:
        if draft.form_key is None:
            return None
        return self.db.scalar(
            select(Message).where(
                Message.tenant_id == self.tenant.id,
                Message.author_id == self.actor.user_id,
                Message.form_key == draft.form_key,
            )
        )

    def _refuse_stale(self, ticket: Ticket, seen: int, seen_count: int | None) -> None:
        for_staff = self.actor.is_staff
        newest = ticket.last_message_id if for_staff else ticket.last_reply_id
        count = ticket.message_count if for_staff else ticket.reply_count
        if newest > seen or (seen_count is not None and count > seen_count):
            raise StaleThread

    def _is_team(self, ticket: Ticket) -> bool:
        # An agent may be a requester too: then a reply is the customer's.
        return self.actor.is_staff and ticket.requester_id != self.actor.user_id

    def _refuse_over(self, ticket: Ticket) -> None:
        if is_over(self.tenant, ticket, datetime.now(UTC)):
            raise TicketRuleError("closed")

    def _write(self, ticket: Ticket, kind: MessageKind, draft: Draft) -> Message:
        now = datetime.now(UTC)
        message = Message(
            tenant_id=self.tenant.id,
            ticket_number=ticket.number,
            author_id=self.actor.user_id,
            kind=kind,
            body=draft.body,
            html=self._html(draft.body),
            form_key=draft.form_key,
            created_at=now,
        )
        self.db.add(message)
        self.db.flush()
        AttachmentService(self.db, self.tenant, self.actor).claim(draft.attachment_ids, message.id)
        ticket.message_count += 1
        ticket.last_message_id = message.id
        ticket.snippet = markdown.snippet(draft.body)
        ticket.updated_at = now
        if kind is MessageKind.REPLY:
            ticket.reply_count += 1
            ticket.last_reply_id = message.id
            ticket.reply_snippet = ticket.snippet
            ticket.replied_at = now
        self.mark_read(ticket, message.id)
        announce(Happening(self.db, self.tenant, self.actor, ticket, message=message))
        return message

    def _html(self, body: str) -> str:
        html = markdown.render(body)
        if not self.actor.is_staff:
            return html
        return with_mentions(html, mentions_of(self.db, self.tenant, body))

    def _offered(self, model: type[Project | Team], key: int | None) -> int | None:
        """A topic's project or team, unless it was archived since."""
        if key is None:
            return None
        row = self.db.get(model, (self.tenant.id, key))
        return key if isinstance(row, Project | Team) and row.archived_at is None else None
