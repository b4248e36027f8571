"""Who is told of what happens to a ticket: one statement for one happening, in its transaction.

Nobody is told of what they did themselves, of what they do not want to hear of, or of a ticket
that they may not see; nor of what the portal puts away when nobody has asked for it any more. Of
what happens in one transaction, they are told only the first: a reply that solves a ticket is one
piece of news.
"""

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)

from portal.composer.mentions import is_mentioned, mentions_of
from portal.notifications.models import Kind, Notification
from portal.people.models import Role, User
from portal.tickets.customer_words import SOLVED, banner
from portal.tickets.happenings import Happening
from portal.tickets.mark_models import FollowerKind, TicketFollower
from portal.tickets.models import EventKind, MessageKind, State

_STAFF = (Role.AGENT, Role.ADMIN)


def tell(happening: Happening) -> None:
    """Ticket listener: write the notifications of one happening."""
    message, event = happening.message, happening.event
    if happening.unsent_by is not None:
        _write(happening, Kind.UNSENT, User.id == happening.unsent_by)
    elif message is not None:
        # Customers mention nobody: who works for them is the team's to say.
        by_team = happening.actor is not None and happening.actor.is_staff
        mentioned = mentions_of(happening.db, happening.tenant, message.body) if by_team else []
        if mentioned:
            _write(happening, Kind.MENTION, is_mentioned(mentioned))
        is_reply = message.kind == MessageKind.REPLY
        _write(happening, Kind.REPLY if is_reply else Kind.NOTE)
    elif event is not None and event.kind == EventKind.ASSIGNEE:
        if event.data.get("to") is not None:
            _write(happening, Kind.ASSIGNED, User.id == event.data["to"])
    elif event is not None and event.kind == EventKind.STATE:
        put_away = happening.actor is None and event.data["to"] == State.CLOSED
        if _is_turn(event.data) and not put_away:
            _write(happening, Kind.STATE)


def _is_turn(change: dict[str, str]) -> bool:
    """Whether a ticket was solved, closed or opened again: steps in between go with a reply."""
    before, after = banner(change["from"]), banner(change["to"])
    return before is not after and (SOLVED in (before, after) or change["to"] == "closed")


def _write(happening: Happening, kind: Kind, only: ColumnElement[bool] | None = None) -> None:
    """To `only` these colleagues, or to everybody who hears of the ticket."""
    tenant_id, number = happening.tenant.id, happening.ticket.number
    actor_id = happening.actor.user_id if happening.actor is not None else None
    message_id = happening.message.id if happening.message is not None else None
    told = select(Notification.id).where(
        Notification.tenant_id == tenant_id,
        Notification.user_id == User.id,
        Notification.ticket_number == number,
        # The time of the transaction.
        Notification.created_at == func.now(),
    )
    rows = select(
        User.tenant_id,
        User.id,
        literal(kind.value),
        literal(number),
        literal(message_id),
        literal(actor_id),
    ).where(
        User.tenant_id == tenant_id,
        User.disabled_at.is_(None),
        User.id.is_distinct_from(actor_id),
        not_(func.coalesce(User.preferences["muted"].contains([kind.value]), False)),
        # That a reply did not go is news beside any other.
        not_(told.exists()) if kind is not Kind.UNSENT else true(),
        _hears(happening, kind) if only is None else and_(User.role.in_(_STAFF), only),
    )
    columns = ["tenant_id", "user_id", "kind", "ticket_number", "message_id", "actor_id"]
    happening.db.flush()
    happening.db.execute(insert(Notification).from_select(columns, rows))


def _hears(happening: Happening, kind: Kind) -> ColumnElement[bool]:
    """Colleagues who work on the ticket or follow it; and of what customers can see, those too
    whose ticket it is or who are in copy."""
    ticket = happening.ticket
    on_ticket = and_(
        TicketFollower.tenant_id == happening.tenant.id,
        TicketFollower.ticket_number == ticket.number,
    )
    in_copy = and_(on_ticket, TicketFollower.kind == FollowerKind.CC)
    workers: list[Select[int | None]] = [
        select(TicketFollower.user_id).where(on_ticket),
        select(literal(ticket.assignee_id)),
    ]
    readers: list[Select[int | None]] = [
        select(TicketFollower.user_id).where(in_copy),
        select(literal(ticket.requester_id)),
    ]
    colleague = and_(User.role.in_(_STAFF), User.id.in_(union_all(*workers, *readers)))
    if kind is Kind.NOTE:
        return colleague
    return or_(colleague, User.id.in_(union_all(*readers)))
