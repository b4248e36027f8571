"""What stands beside a thread: choices for its fields, how its requester was proven, their other
tickets, and how far the reader had read. All of it in one query."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    DateTime,
    Text,
    bindparam,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from portal.security.identity import Identity
from portal.security.models import Session as BrowserSession
from portal.tenants.models import Tenant
from portal.tickets.models import Ticket, TicketRead
from portal.tickets.options import Options, agents, projects

#: Other tickets of the requester that are shown.
OTHERS = 5


class OtherTicket(NamedTuple):
    """Another ticket of the same requester."""

    number: int
    subject: str
    state: str


class Proof(NamedTuple):
    """How somebody last signed in: the authenticator's name, and when."""

    authenticator: str
    at: datetime


class Panel(NamedTuple):
    """What the page of a ticket needs to know beside the ticket."""

    options: Options
    others: list[OtherTicket]
    proof: Proof | None
    #: The last message that the reader has seen; None: never opened.
    read_up_to: int | None


_no_text, _no_time = cast(null(), Text), cast(null(), DateTime(timezone=True))
_tenant_id: BindParameter[int] = bindparam("tenant_id")
_requester_id: BindParameter[int] = bindparam("requester_id")

_others = (
    select(
        literal("other").label("kind"),
        Ticket.number.label("id"),
        Ticket.subject.label("name"),
        Ticket.state.label("word"),
        Ticket.updated_at.label("at"),
    )
    .where(
        Ticket.tenant_id == _tenant_id,
        Ticket.requester_id == _requester_id,
        Ticket.number != bindparam("number"),
    )
    .order_by(Ticket.updated_at.desc(), Ticket.number.desc())
    .limit(OTHERS)
    .subquery()
)
_proof = (
    select(
        literal("proof").label("kind"),
        BrowserSession.number.label("id"),
        BrowserSession.authenticator.label("name"),
        _no_text.label("word"),
        BrowserSession.created_at.label("at"),
    )
    .where(BrowserSession.tenant_id == _tenant_id, BrowserSession.user_id == _requester_id)
    .order_by(BrowserSession.created_at.desc())
    .limit(1)
    .subquery()
)
_read = select(literal("read"), TicketRead.message_id, _no_text, _no_text, _no_time).where(
    TicketRead.tenant_id == _tenant_id,
    TicketRead.user_id == bindparam("reader_id"),
    TicketRead.ticket_number == bindparam("number"),
)
_PANEL = union_all(
    select(_others),
    select(_proof),
    _read,
    agents.add_columns(_no_text, _no_time),
    projects.add_columns(_no_text, _no_time),
)


def read_panel(db: Session, tenant: Tenant, ticket: Ticket, reader: Identity) -> Panel:
    """What stands beside the ticket, for one reader. One query."""
    values = {
        "tenant_id": tenant.id,
        "number": ticket.number,
        "requester_id": ticket.requester_id,
        "reader_id": reader.user_id,
    }
    choices: list[tuple[str, int, str]] = []
    others: list[tuple[datetime, OtherTicket]] = []
    proof, read_up_to = None, None
    for kind, key, name, word, at in db.execute(_PANEL, values):
        match kind:
            case "other":
                others.append((at, OtherTicket(key, name, word)))
            case "proof":
                proof = Proof(name, at)
            case "read":
                read_up_to = key
            case _:
                choices.append((kind, key, name))
    others.sort(reverse=True)
    return Panel(Options.of(choices), [other for _, other in others], proof, read_up_to)
