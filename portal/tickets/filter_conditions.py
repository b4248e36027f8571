"""Filters that no index of the queue is made for, as conditions on `Ticket`."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.attachments.models import Attachment
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.days import Span
from portal.tickets.filters import ANY, MAX_QUERY, NOBODY, Filters, Having, Mark
from portal.tickets.mark_models import TicketFollower, TicketStar, TicketTag, TicketValue
from portal.tickets.models import Message, Ticket, TicketRead
from portal.web import clock


def conditions_of(filters: Filters, tenant: Tenant, reader: Identity) -> list[ColumnElement[bool]]:
    """What the filters for marks, tags, fields, places and days demand; days are of the reader's
    zone."""
    conditions = [
        *_of_one(Ticket.team_id, filters.team),
        *_of_one(Ticket.topic_id, filters.topic),
        *_of_one(Ticket.organisation_id, filters.organisation),
        *(_tagged(tag) for tag in filters.tags),
        *(_valued(key, value) for key, value in filters.fields),
        *(_marked(mark, reader) for mark in filters.marks),
    ]
    if Having.ATTACHMENT in filters.having:
        conditions.append(_has_attachment())
    zone = clock.zone(reader.timezone or tenant.timezone)
    spans = (
        (Ticket.created_at, filters.created),
        (Ticket.updated_at, filters.updated),
    )
    for column, written in spans:
        if (span := Span.parse(written)) is not None:
            conditions += _within(column, *span.moments(clock.now(), zone))
    if (span := Span.parse(filters.before)) is not None:
        begin, _end = span.moments(clock.now(), zone)
        conditions += _within(Ticket.created_at, None, begin)
    if (span := Span.parse(filters.after)) is not None:
        begin, _end = span.moments(clock.now(), zone)
        conditions += _within(Ticket.created_at, begin, None)
    return conditions


def _of_one(column: InstrumentedAttribute[int | None], value: str) -> list[ColumnElement[bool]]:
    if not value:
        return []
    return [column.is_(None) if value == NOBODY else column == int(value)]


def _tagged(tag: str) -> ColumnElement[bool]:
    return Ticket.number.in_(
        select(TicketTag.ticket_number).where(
            TicketTag.tenant_id == Ticket.tenant_id, TicketTag.tag == tag
        )
    )


def _valued(key: str, value: str) -> ColumnElement[bool]:
    """As the trigger keeps values: in lower case, and cut."""
    having = select(TicketValue.ticket_number).where(
        TicketValue.tenant_id == Ticket.tenant_id, TicketValue.field == key
    )
    if value == NOBODY:
        return ~having.where(TicketValue.ticket_number == Ticket.number).correlate(Ticket).exists()
    if value != ANY:
        having = having.where(TicketValue.value == func.lower(func.left(value, MAX_QUERY)))
    return Ticket.number.in_(having)


def _marked(mark: Mark, reader: Identity) -> ColumnElement[bool]:
    of_reader: Any
    match mark:
        case Mark.SNOOZED:
            # Not by the clock: the counters, too, know a ticket as snoozed until a job wakes it.
            return Ticket.snoozed_until.is_not(None)
        case Mark.UNREAD:
            read = (
                select(TicketRead.message_id)
                .where(
                    TicketRead.tenant_id == Ticket.tenant_id,
                    TicketRead.ticket_number == Ticket.number,
                    TicketRead.user_id == reader.user_id,
                )
                .correlate(Ticket)
                .scalar_subquery()
            )
            return Ticket.last_message_id > func.coalesce(read, 0)
        case Mark.STARRED:
            of_reader = TicketStar
        case Mark.FOLLOWING:
            of_reader = TicketFollower
    return Ticket.number.in_(
        select(of_reader.ticket_number).where(
            of_reader.tenant_id == Ticket.tenant_id, of_reader.user_id == reader.user_id
        )
    )


def _has_attachment() -> ColumnElement[bool]:
    return (
        select(Message.id)
        .join(
            Attachment,
            and_(Attachment.tenant_id == Message.tenant_id, Attachment.message_id == Message.id),
        )
        .where(Message.tenant_id == Ticket.tenant_id, Message.ticket_number == Ticket.number)
        .correlate(Ticket)
        .exists()
    )


def _within(
    column: InstrumentedAttribute[datetime], begin: datetime | None, end: datetime | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if begin is not None:
        conditions.append(column >= begin)
    if end is not None:
        conditions.append(column < end)
    return conditions
