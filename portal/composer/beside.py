"""What a ticket's page shows of what is being written: the reader's drafts, and replies that are
about to go. The reader's mark is moved with the same query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from markupsafe import Markup
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Text,
    and_,
    bindparam,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.composer.models import Draft, HeldReply
from portal.people.models import User
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets import markdown
from portal.tickets.models import Ticket, TicketRead


class KeptDraft(NamedTuple):
    """A draft, as its writer's page needs it."""

    kind: str
    body: str
    fields: Mapping[str, Any]
    attachment_ids: list[int]
    revision: int
    updated_at: datetime


class Held(NamedTuple):
    """A reply that can still be undone."""

    id: int
    author_id: int
    author_name: str
    body: str
    attachment_ids: list[int]
    release_at: datetime
    #: What goes with it; see `portal.macros.carried`.
    carried: Mapping[str, Any]

    @property
    def html(self) -> Markup:
        """What it will look like."""
        return markdown.shown(self.body)

    @property
    def is_due(self) -> bool:
        """Whether it should have gone."""
        return self.release_at <= datetime.now(UTC)

    @property
    def seconds(self) -> int:
        """How long it can still be undone."""
        left = (self.release_at - datetime.now(UTC)).total_seconds()
        return max(0, round(left))


@dataclass(slots=True)
class Beside:
    """What is being written for one ticket."""

    drafts: dict[str, KeptDraft] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)

    @property
    def is_due(self) -> bool:
        """Whether a reply should have gone that is still here."""
        return any(held.is_due for held in self.held)

    @property
    def newest(self) -> KeptDraft | None:
        """The draft that was last saved."""
        return max(self.drafts.values(), key=lambda draft: draft.updated_at, default=None)


_drafts = select(
    literal("draft"),
    Draft.revision,
    Draft.kind,
    Draft.body,
    Draft.fields,
    Draft.attachment_ids,
    Draft.updated_at,
    cast(null(), BigInteger),
    cast(null(), Text),
).where(
    Draft.tenant_id == bindparam("tenant_id"),
    Draft.user_id == bindparam("user_id"),
    Draft.ticket_number == bindparam("number"),
)
_held = (
    select(
        literal("held"),
        HeldReply.id,
        cast(null(), Text),
        HeldReply.body,
        HeldReply.carried,
        cast(HeldReply.attachment_ids, ARRAY(BigInteger)),
        HeldReply.release_at,
        HeldReply.author_id,
        User.name,
    )
    .join(User, and_(User.tenant_id == HeldReply.tenant_id, User.id == HeldReply.author_id))
    .where(
        HeldReply.tenant_id == bindparam("tenant_id"),
        HeldReply.ticket_number == bindparam("number"),
    )
)
_BESIDE = union_all(_drafts, _held)

_mark = insert(TicketRead).values(
    tenant_id=bindparam("tenant_id"),
    user_id=bindparam("user_id"),
    ticket_number=bindparam("number"),
    message_id=bindparam("message_id"),
)
_MARK = _mark.on_conflict_do_update(
    index_elements=["tenant_id", "user_id", "ticket_number"],
    set_={"message_id": _mark.excluded.message_id},
    where=TicketRead.message_id < _mark.excluded.message_id,
)
_BESIDE_AND_MARK = _BESIDE.add_cte(_MARK.cte("marked"))


def read_beside(
    db: Session, tenant: Tenant, ticket: Ticket, reader: Identity, *, mark: int | None = None
) -> Beside:
    """What is being written for the ticket, as far as the reader may know. One query.

    `mark`: the reader has now seen the thread up to this message.
    """
    values: dict[str, Any] = {
        "tenant_id": tenant.id,
        "user_id": reader.user_id,
        "number": ticket.number,
    }
    statement = _BESIDE
    if mark is not None:
        statement, values["message_id"] = _BESIDE_AND_MARK, mark
    beside = Beside()
    for what, key, kind, body, fields, files, at, author_id, author in db.execute(
        statement, values
    ):
        if what == "draft":
            beside.drafts[kind] = KeptDraft(kind, body, fields, files, key, at)
        else:
            beside.held.append(Held(key, author_id, author, body, files, at, fields))
    beside.held.sort()
    return beside
