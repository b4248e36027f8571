"""What stands beside a thread: choices for its fields, how its requester was proven, their other
tickets, its marks, and how far the reader had read. All of it in one query."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from portal.people.models import User
from portal.security.identity import Identity
from portal.security.models import Session as BrowserSession
from portal.tenants.models import Tenant
from portal.tickets.counter_models import TagTally
from portal.tickets.mark_models import (
    FollowerKind,
    TicketFollower,
    TicketLink,
    TicketStar,
    TicketTag,
)
from portal.tickets.models import Ticket, TicketRead
from portal.tickets.options import Options, agents, away, projects, teams, topics

#: Other tickets of the requester that are shown.
OTHERS = 5
#: Tags of the tenant that are suggested, those of the most tickets first.
SUGGESTED = 50


class OtherTicket(NamedTuple):
    """Another ticket of the same requester."""

    number: int
    subject: str
    state: str


class LinkedTicket(NamedTuple):
    """A ticket that has to do with this one."""

    number: int
    subject: str
    state: str
    #: `related`, `split`, `follow_up` for one that goes on with this one, or `target` for the one
    #: that this one was merged into.
    kind: str


class Follower(NamedTuple):
    """A colleague who follows the ticket."""

    id: int
    name: str


class Proof(NamedTuple):
    """How somebody last signed in: the authenticator's name, and when."""

    authenticator: str
    at: datetime


@dataclass(slots=True)
class Panel:
    """What the page of a ticket needs to know beside the ticket."""

    options: Options = field(default_factory=Options)
    others: list[OtherTicket] = field(default_factory=list)
    proof: Proof | None = None
    #: The last message that the reader has seen; None: never opened.
    read_up_to: int | None = None
    tags: list[str] = field(default_factory=list)
    #: Tags of the tenant that the ticket does not have.
    suggested_tags: list[str] = field(default_factory=list)
    is_starred: bool = False
    followers: list[Follower] = field(default_factory=list)
    links: list[LinkedTicket] = field(default_factory=list)
    #: The ticket that this one was merged into.
    target: LinkedTicket | None = None

    def is_followed_by(self, user_id: int) -> bool:
        """Whether somebody follows the ticket."""
        return any(follower.id == user_id for follower in self.followers)


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
_number: BindParameter[int] = bindparam("number")
_tags = select(literal("tag"), null(), TicketTag.tag, _no_text, _no_time).where(
    TicketTag.tenant_id == _tenant_id, TicketTag.ticket_number == _number
)
_suggested = (
    select(
        literal("suggested").label("kind"),
        TagTally.tickets.label("id"),
        TagTally.tag.label("name"),
        _no_text.label("word"),
        _no_time.label("at"),
    )
    .where(TagTally.tenant_id == _tenant_id, TagTally.tickets > 0)
    .order_by(TagTally.tickets.desc(), TagTally.tag)
    .limit(SUGGESTED)
    .subquery()
)
_star = select(literal("star"), TicketStar.user_id, _no_text, _no_text, _no_time).where(
    TicketStar.tenant_id == _tenant_id,
    TicketStar.user_id == bindparam("reader_id"),
    TicketStar.ticket_number == _number,
)
_followers = (
    select(literal("follower"), User.id, User.name, _no_text, _no_time)
    .join(
        TicketFollower,
        and_(TicketFollower.tenant_id == User.tenant_id, TicketFollower.user_id == User.id),
    )
    .where(
        TicketFollower.tenant_id == _tenant_id,
        TicketFollower.ticket_number == _number,
        TicketFollower.kind == FollowerKind.FOLLOWER,
    )
)


def _linked(mine: Any, other: Any) -> Select[*tuple[Any, ...]]:
    """Tickets at the other end of a link: one of the two directions."""
    kind = case(
        (Ticket.follow_up_of == _number, literal("link follow_up")),
        else_=literal("link ") + TicketLink.kind,
    )
    return (
        select(kind, Ticket.number, Ticket.subject, Ticket.state, TicketLink.created_at)
        .join(TicketLink, and_(TicketLink.tenant_id == Ticket.tenant_id, other == Ticket.number))
        .where(TicketLink.tenant_id == _tenant_id, mine == _number)
    )


_target = select(
    literal("link target"), Ticket.number, Ticket.subject, Ticket.state, _no_time
).where(Ticket.tenant_id == _tenant_id, Ticket.number == bindparam("merged_into"))
_PANEL = union_all(
    select(_others),
    select(_proof),
    _read,
    _tags,
    select(_suggested),
    _star,
    _followers,
    _linked(TicketLink.ticket_number, TicketLink.other_number),
    _linked(TicketLink.other_number, TicketLink.ticket_number),
    _target,
    agents.add_columns(_no_text, _no_time),
    away.add_columns(_no_text, _no_time),
    projects.add_columns(_no_text, _no_time),
    teams.add_columns(_no_text, _no_time),
    topics.add_columns(_no_text, _no_time),
)


def read_panel(db: Session, tenant: Tenant, ticket: Ticket, reader: Identity) -> Panel:
    """What stands beside the ticket, for one reader. One query."""
    values = {
        "tenant_id": tenant.id,
        "number": ticket.number,
        "requester_id": ticket.requester_id,
        "merged_into": ticket.merged_into,
        "reader_id": reader.user_id,
    }
    panel = Panel()
    choices: list[tuple[str, int, str]] = []
    others: list[tuple[datetime, OtherTicket]] = []
    for kind, key, name, word, at in db.execute(_PANEL, values):
        match kind.split():
            case ["other"]:
                others.append((at, OtherTicket(key, name, word)))
            case ["proof"]:
                panel.proof = Proof(name, at)
            case ["read"]:
                panel.read_up_to = key
            case ["tag"]:
                panel.tags.append(name)
            case ["suggested"]:
                panel.suggested_tags.append(name)
            case ["star"]:
                panel.is_starred = True
            case ["follower"]:
                panel.followers.append(Follower(key, name))
            case ["link", "target"]:
                panel.target = LinkedTicket(key, name, word, "target")
            case ["link", how]:
                panel.links.append(LinkedTicket(key, name, word, how))
            case _:
                choices.append((kind, key, name))
    panel.options = Options.of(choices)
    panel.others = [other for _, other in sorted(others, reverse=True)]
    panel.tags.sort()
    panel.suggested_tags = [tag for tag in panel.suggested_tags if tag not in panel.tags]
    panel.followers.sort(key=lambda follower: (follower.name.casefold(), follower.id))
    panel.links.sort()
    return panel
