"""Drafts: what somebody is writing, kept on the server until it is sent or discarded.

One a person, ticket and kind; nobody reads another's. Two pages may show the same draft: each
save says which revision it goes on from, so that the later page does not blindly win.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.composer.models import Draft
from portal.macros.carried import CHANGE
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.models import Ticket
from portal.topics.answers import PREFIX

#: The kind of draft that becomes a new ticket, and the number that such a draft has. That of a
#: follow-up has the number of the ticket that it goes on with.
NEW_TICKET = "ticket"
NO_TICKET = 0
KINDS = ("reply", "note", NEW_TICKET)
#: Fields that make a draft of a form without a text.
_ANSWERS = ("subject", CHANGE)
#: A draft is kept so long after it was last saved.
KEPT = timedelta(days=30)
#: Drafts that are listed.
MOST_LISTED = 100


class DraftConflict(Exception):
    """Another page has saved, sent or discarded the draft meanwhile. Nothing was written."""

    def __init__(self, current: Draft | None) -> None:
        super().__init__()
        #: The draft as it is; None: it was sent or discarded.
        self.current = current


@dataclass(frozen=True, slots=True)
class Written:
    """What a page has to save."""

    body: str
    #: The form's other fields, as they were entered.
    fields: Mapping[str, Any] = field(default_factory=dict)
    attachment_ids: Sequence[int] = ()
    #: Tells pages apart: what one page saves always goes on from what it saved before.
    form_key: str | None = None
    #: The revision that the page shows; 0: it began without a draft.
    revision: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep. A topic alone is chosen again with one click."""
        typed = (name for name, value in self.fields.items() if value)
        answered = any(name in _ANSWERS or name.startswith(PREFIX) for name in typed)
        return not self.body.strip() and not self.attachment_ids and not answered


class ListedDraft(NamedTuple):
    """A draft in the list of one's own."""

    ticket_number: int
    kind: str
    body: str
    fields: Mapping[str, Any]
    updated_at: datetime
    #: The ticket's subject; None for a new ticket, and for one that the writer no longer sees.
    subject: str | None


class DraftService:
    """The drafts of one person."""

    def __init__(self, db: Session, tenant: Tenant, actor: Identity) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor

    def get(self, number: int, kind: str) -> Draft | None:
        """The draft for a ticket, or None."""
        return self.db.scalar(select(Draft).where(*self._key(number, kind)))

    def listed(self) -> list[ListedDraft]:
        """All drafts of the person, the newest first."""
        actor = self.actor
        seen = true() if actor.is_staff else self._own_or_copied()
        if actor.organisation_shared and actor.organisation_id is not None:
            seen = or_(seen, Ticket.organisation_id == actor.organisation_id)
        statement = (
            select(
                Draft.ticket_number,
                Draft.kind,
                Draft.body,
                Draft.fields,
                Draft.updated_at,
                Ticket.subject,
            )
            .outerjoin(
                Ticket,
                and_(
                    Ticket.tenant_id == Draft.tenant_id, Ticket.number == Draft.ticket_number, seen
                ),
            )
            .where(Draft.tenant_id == self.tenant.id, Draft.user_id == actor.user_id)
            .order_by(Draft.updated_at.desc(), Draft.ticket_number, Draft.kind)
            .limit(MOST_LISTED)
        )
        return [ListedDraft(*row) for row in self.db.execute(statement)]

    def _own_or_copied(self) -> ColumnElement[bool]:
        """The tickets that a customer reads without their organisation."""
        copied = select(TicketFollower.ticket_number).where(
            TicketFollower.tenant_id == self.tenant.id,
            TicketFollower.user_id == self.actor.user_id,
            TicketFollower.kind == FollowerKind.CC,
        )
        return or_(Ticket.requester_id == self.actor.user_id, Ticket.number.in_(copied))

    def save(self, number: int, kind: str, written: Written) -> int:
        """Keep what a page shows; the draft's new revision, or 0 when nothing is left to keep.

        Raises DraftConflict when another page was faster.
        """
        draft = self._locked(number, kind)
        if draft is None:
            if written.is_empty:
                return 0
            if (begun := self._begin(number, kind, written)) is not None:
                return begun
            # The page's own save of a moment ago, or another page's, was faster.
            if (draft := self._locked(number, kind)) is None:
                raise DraftConflict(None)
        if written.revision != draft.revision and written.form_key != draft.form_key:
            if _same(draft, written):
                return draft.revision
            raise DraftConflict(draft)
        if written.is_empty:
            self.db.delete(draft)
            return 0
        draft.body = written.body
        draft.fields = dict(written.fields)
        draft.attachment_ids = list(written.attachment_ids)
        draft.form_key = written.form_key
        draft.revision += 1
        draft.updated_at = datetime.now(UTC)
        self.db.flush()
        return draft.revision

    def _begin(self, number: int, kind: str, written: Written) -> int | None:
        """The first revision; None when there is a draft by now."""
        if written.revision:
            raise DraftConflict(None)
        statement = insert(Draft).values(
            tenant_id=self.tenant.id,
            user_id=self.actor.user_id,
            ticket_number=number,
            kind=kind,
            body=written.body,
            fields=dict(written.fields),
            attachment_ids=list(written.attachment_ids),
            form_key=written.form_key,
            updated_at=datetime.now(UTC),
        )
        begun: int | None = self.db.scalar(
            statement.on_conflict_do_nothing().returning(Draft.revision)
        )
        return begun

    def _locked(self, number: int, kind: str) -> Draft | None:
        return self.db.scalar(select(Draft).where(*self._key(number, kind)).with_for_update())

    def give_back(self, number: int, kind: str, written: Written) -> None:
        """Make a draft again of something that was sent and did not go.

        It stands before whatever the person has begun to write since.
        """
        draft = self._locked(number, kind)
        if draft is None:
            draft = Draft(
                tenant_id=self.tenant.id,
                user_id=self.actor.user_id,
                ticket_number=number,
                kind=kind,
                body="",
                fields={},
                attachment_ids=[],
                revision=0,
            )
            self.db.add(draft)
        draft.body = "\n\n".join(filter(None, (written.body, draft.body)))
        draft.fields = {**draft.fields, **written.fields}
        draft.attachment_ids = [*written.attachment_ids, *draft.attachment_ids]
        draft.form_key = None
        draft.revision += 1
        draft.updated_at = datetime.now(UTC)
        self.db.flush()

    def discard(self, number: int, kind: str) -> None:
        """Forget a draft, whichever page saved it."""
        self.db.execute(delete(Draft).where(*self._key(number, kind)))

    def was_sent(self, number: int, kind: str, *, form_key: str | None, revision: int) -> None:
        """Forget the draft of a page whose form was sent; what another page saved since stays."""
        self.db.execute(
            delete(Draft).where(
                *self._key(number, kind),
                or_(Draft.form_key == form_key, Draft.revision == revision),
            )
        )

    def _key(self, number: int, kind: str) -> tuple[ColumnElement[bool], ...]:
        return (
            Draft.tenant_id == self.tenant.id,
            Draft.user_id == self.actor.user_id,
            Draft.ticket_number == number,
            Draft.kind == kind,
        )


def move_drafts(db: Session, tenant_id: int, source: int, target: int) -> None:
    """The drafts for a ticket that was merged are for the ticket that goes on.

    Who had one for both finds the two texts in one, the target's own first.
    """
    moving = db.scalars(
        select(Draft).where(Draft.tenant_id == tenant_id, Draft.ticket_number == source)
    ).all()
    for draft in moving:
        statement = insert(Draft).values(
            tenant_id=tenant_id,
            user_id=draft.user_id,
            ticket_number=target,
            kind=draft.kind,
            body=draft.body,
            fields=draft.fields,
            attachment_ids=draft.attachment_ids,
            updated_at=draft.updated_at,
        )
        joined = {
            "body": func.concat_ws(
                "\n\n", func.nullif(Draft.body, ""), func.nullif(statement.excluded.body, "")
            ),
            "attachment_ids": Draft.attachment_ids + statement.excluded.attachment_ids,
            "revision": Draft.revision + 1,
            "form_key": None,
        }
        keys = ["tenant_id", "user_id", "ticket_number", "kind"]
        db.execute(statement.on_conflict_do_update(index_elements=keys, set_=joined))
        db.delete(draft)
    db.flush()


def is_over(now: datetime, _tenant_id: int) -> ColumnElement[bool]:
    """Which drafts are swept."""
    return Draft.updated_at < now - KEPT


def _same(draft: Draft, written: Written) -> bool:
    return (
        draft.body == written.body
        and draft.fields == dict(written.fields)
        and list(draft.attachment_ids) == list(written.attachment_ids)
    )
