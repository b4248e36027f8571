"""The pulse of an open page: one statement, however much the page wants to know.

An open page asks every few seconds, and mostly nothing has changed. So whose session it is, what
the ticket's version is, that its reader is still there and who else is, are one statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import CTE, ColumnElement, DateTime, Text, and_, bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm import aliased

from portal.live.models import Presence
from portal.people.models import AgentRole, Organisation, Role, User
from portal.security.actors import identity_of
from portal.security.identity import Identity
from portal.security.models import Session
from portal.security.sessions import GOES_ON
from portal.tenants.models import Tenant
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.models import Ticket

REGISTRY_KEY = "live.parts"
#: Who was not heard of for so long is gone.
EXPIRES = timedelta(seconds=30)
#: What is younger is not written again.
_FRESH = timedelta(seconds=8)
_STAFF = (Role.AGENT, Role.ADMIN)


class Colleague(NamedTuple):
    """Somebody else of the team who has the ticket open."""

    id: int
    name: str
    activity: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """What one poll found out."""

    reader: Identity
    #: None: the page is none of a ticket, or there is no such ticket.
    ticket: Ticket | None
    #: The people in copy of the ticket.
    copied: tuple[int, ...]
    #: Who else has it open; nobody, for customers.
    here: tuple[Colleague, ...]
    #: When something was changed last that the reader's lists show.
    changed_at: datetime
    #: The values of the parts that other rooms bring, by their names.
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PulsePart:
    """What another room lets every open page know: a column of the one statement, and how it is
    shown."""

    name: str
    #: Correlated with `Session`.
    column: ColumnElement[Any]
    #: The template reads the column's value as `value`.
    template: str


#: The session of the cookie, as long as it lives. A poll does not lengthen it: a page that is left
#: open keeps nobody signed in.
IS_ALIVE = and_(
    Session.tenant_id == bindparam("tenant_id"),
    Session.id_hash == bindparam("id_hash"),
    User.disabled_at.is_(None),
    GOES_ON,
)
OF_USER = and_(User.tenant_id == Session.tenant_id, User.id == Session.user_id)


def _touched() -> CTE:
    """That the reader is there: for agents only, and on a ticket that there is."""
    at_ticket = and_(Ticket.tenant_id == Session.tenant_id, Ticket.number == bindparam("number"))
    rows = (
        select(
            Session.tenant_id,
            Ticket.number,
            Session.user_id,
            bindparam("activity", type_=Text),
            bindparam("seen_at", type_=DateTime(timezone=True)),
        )
        .select_from(Session)
        .join(User, OF_USER)
        .join(Ticket, at_ticket)
        .where(IS_ALIVE, User.role.in_(_STAFF))
    )
    statement = insert(Presence).from_select(
        ["tenant_id", "ticket_number", "user_id", "activity", "seen_at"], rows
    )
    new = statement.excluded
    return (
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "ticket_number", "user_id"],
            set_={"activity": new.activity, "seen_at": new.seen_at},
            where=or_(
                Presence.activity != new.activity,
                Presence.seen_at < new.seen_at - _FRESH,
                # Who leaves is not there any more.
                Presence.seen_at > new.seen_at,
            ),
        )
        .returning(Presence.user_id)
        .cte("touched")
    )


def _here() -> ColumnElement[Any]:
    other = aliased(User)
    told = func.jsonb_build_array(other.id, other.name, Presence.activity)
    return (
        select(func.jsonb_agg(aggregate_order_by(told, other.name, other.id)))
        .select_from(Presence)
        .join(other, and_(other.tenant_id == Presence.tenant_id, other.id == Presence.user_id))
        .where(
            Presence.tenant_id == Session.tenant_id,
            Presence.ticket_number == bindparam("number"),
            Presence.user_id != Session.user_id,
            Presence.seen_at > func.now() - EXPIRES,
        )
        .correlate(Session)
        .scalar_subquery()
    )


def _copied() -> ColumnElement[Any]:
    return (
        select(func.array_agg(TicketFollower.user_id))
        .where(
            TicketFollower.tenant_id == Session.tenant_id,
            TicketFollower.ticket_number == bindparam("number"),
            TicketFollower.kind == FollowerKind.CC,
        )
        .correlate(Session)
        .scalar_subquery()
    )


def _last_change() -> ColumnElement[Any]:
    """Of any ticket for staff; for customers of their own, of those that they are in copy of and of
    their company's, and only changes that they can see."""
    newest = select(func.max(Ticket.updated_at)).where(Ticket.tenant_id == Session.tenant_id)
    latest = Ticket.updated_at.desc()

    def visible(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        # Their newest rows only: a company may have very many.
        rows = (
            select(Ticket.replied_at)
            .where(Ticket.tenant_id == Session.tenant_id, condition)
            .order_by(latest)
            .limit(50)
            .correlate(Session, User, Organisation)
            .subquery()
        )
        return select(func.max(rows.c.replied_at)).scalar_subquery()

    in_copy = (
        select(TicketFollower.ticket_number)
        .where(
            TicketFollower.tenant_id == Session.tenant_id,
            TicketFollower.user_id == User.id,
            TicketFollower.kind == FollowerKind.CC,
        )
        .correlate(Session, User)
    )
    return case(
        (User.role.in_(_STAFF), newest.correlate(Session).scalar_subquery()),
        else_=func.greatest(
            visible(Ticket.requester_id == User.id),
            visible(Ticket.number.in_(in_copy)),
            visible(and_(Organisation.shared.is_(True), Ticket.organisation_id == Organisation.id)),
        ),
    )


class PulseReader:
    """Takes the pulse. Its statement is made once, from what rooms registered."""

    def __init__(self, parts: Sequence[PulsePart]) -> None:
        self.parts = parts
        in_organisation = and_(
            Organisation.tenant_id == User.tenant_id, Organisation.id == User.organisation_id
        )
        with_role = and_(AgentRole.tenant_id == User.tenant_id, AgentRole.id == User.agent_role_id)
        in_place = and_(Ticket.tenant_id == Session.tenant_id, Ticket.number == bindparam("number"))
        statement = (
            select(Session, User, AgentRole, Organisation.shared, Organisation.name, Ticket)
            .add_columns(_copied(), _here(), _last_change(), *[part.column for part in parts])
            .select_from(Session)
            .join(User, OF_USER)
            .outerjoin(Organisation, in_organisation)
            .outerjoin(AgentRole, with_role)
            .outerjoin(Ticket, in_place)
            .where(IS_ALIVE)
        )
        self.statement = statement.add_cte(_touched())

    def take(
        self, db: DbSession, tenant: Tenant, id_hash: bytes, number: int | None, activity: str
    ) -> Pulse | None:
        """The pulse of the page of ticket `number`, or of a page of none; None when the session
        is over. One statement, which also tells the others what the reader does: `viewing`,
        `typing`, `idle` or `left`."""
        now = datetime.now(UTC)
        row = db.execute(
            self.statement,
            {
                "tenant_id": tenant.id,
                "id_hash": id_hash,
                "number": number or 0,
                "activity": "idle" if activity == "left" else activity,
                "seen_at": now - EXPIRES if activity == "left" else now,
            },
        ).one_or_none()
        if row is None:
            return None
        session, user, role, shared, organisation, ticket, copied, here, changed_at, *values = row
        reader = identity_of(
            user, bool(shared), organisation, session.authenticator, agent_role=role
        )
        return Pulse(
            reader=reader,
            ticket=ticket,
            copied=tuple(copied or ()),
            here=tuple(Colleague(*each) for each in here or ()) if reader.is_staff else (),
            changed_at=changed_at or datetime.min.replace(tzinfo=UTC),
            parts={part.name: value for part, value in zip(self.parts, values, strict=True)},
        )


def reader_of(request: Request) -> PulseReader:
    """The application's."""
    reader: PulseReader = request.registry["live.reader"]
    return reader


def add_pulse_part(config: Configurator, part: PulsePart) -> None:
    """Pyramid directive: let every open page know one more thing."""
    parts: list[PulsePart] = config.registry[REGISTRY_KEY]
    config.action(("portal pulse part", part.name), lambda: parts.append(part))
