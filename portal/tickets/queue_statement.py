"""The statement that reads a page of tickets, by the shape of its conditions."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    false,
    select,
    text,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql import func

from portal.people.models import Organisation, Team, User
from portal.search.tickets import Matching
from portal.tickets.mark_models import TicketStar, TicketTag
from portal.tickets.models import IS_UNSOLVED, Ticket, TicketRead
from portal.tickets.ordering import Sort
from portal.web.paging import Direction


class Shape(NamedTuple):
    """Which conditions a list has, without their values."""

    #: `unsolved`: all four; `within`: some of them; `some`: any others.
    states: Literal["", "unsolved", "within", "some"] = ""
    assignee: Literal["", "nobody", "one"] = ""
    priorities: bool = False
    project: Literal["", "none", "one"] = ""
    requesters: bool = False
    organisation: bool = False
    #: What is snoozed is left out.
    awake: bool = False
    sort: Sort = Sort.UPDATED
    #: The list goes on after a row, in this direction.
    after: Literal["", "older", "newer"] = ""
    direction: Direction = "older"


#: The person that a ticket is assigned to, beside its requester.
Assignee = aliased(User)
#: What of a ticket's row is read before a page is cut.
PAGE_COLUMNS = (
    Ticket.tenant_id,
    Ticket.number,
    Ticket.subject,
    Ticket.snippet,
    Ticket.state,
    Ticket.priority,
    Ticket.updated_at,
    Ticket.requester_id,
    Ticket.organisation_id,
    Ticket.assignee_id,
    Ticket.last_message_id,
)


@lru_cache(maxsize=256)
def kept_statement(shape: Shape) -> Select[*tuple[Any, ...]]:
    """The statement of a shape, built once."""
    return build(shape)


def build(
    shape: Shape, others: Sequence[ColumnElement[bool]] = (), words: Matching | None = None
) -> Select[*tuple[Any, ...]]:
    """The statement of a shape: a page of tickets, and then their people."""
    page = (
        select(*PAGE_COLUMNS, Ticket.urgency, Ticket.team_id, Ticket.snoozed_until)
        .where(*conditions(shape), *others)
        .order_by(*shape.sort.order(Ticket, shape.direction))
        .limit(bindparam("limit"))
        .subquery("page")
    )
    return (
        select(
            page.c.number,
            page.c.subject,
            page.c.snippet,
            page.c.state,
            page.c.priority,
            page.c.updated_at,
            page.c.requester_id,
            User.name,
            Organisation.name,
            page.c.assignee_id,
            Assignee.name,
            is_unread(page),
            page.c.urgency,
            Team.name,
            _tags_of(page),
            _is_starred(page),
            page.c.snoozed_until.is_not(None),
            words.more if words else false(),
        )
        .select_from(with_people(page))
        .outerjoin(Team, and_(Team.tenant_id == page.c.tenant_id, Team.id == page.c.team_id))
        .order_by(*shape.sort.order(page.c, shape.direction))
    )


def with_people(page: Subquery) -> FromClause:
    """A page of tickets with the requester (`User`), `Organisation` and `Assignee` of each, and
    what the reader, who is bound as `me`, has read of it (`TicketRead`)."""
    return (
        page.join(User, and_(User.tenant_id == page.c.tenant_id, User.id == page.c.requester_id))
        .outerjoin(
            Organisation,
            and_(
                Organisation.tenant_id == page.c.tenant_id,
                Organisation.id == page.c.organisation_id,
            ),
        )
        .outerjoin(
            Assignee,
            and_(Assignee.tenant_id == page.c.tenant_id, Assignee.id == page.c.assignee_id),
        )
        .outerjoin(
            TicketRead,
            and_(
                TicketRead.tenant_id == page.c.tenant_id,
                TicketRead.user_id == bindparam("me"),
                TicketRead.ticket_number == page.c.number,
            ),
        )
    )


def is_unread(page: Subquery) -> ColumnElement[bool]:
    """Whether there is a message that the reader has not seen, of `with_people(page)`."""
    return page.c.last_message_id > func.coalesce(TicketRead.message_id, 0)


def _tags_of(page: Subquery) -> ColumnElement[list[str]]:
    """A ticket's tags, as an array."""
    tags = (
        select(TicketTag.tag)
        .where(TicketTag.tenant_id == page.c.tenant_id, TicketTag.ticket_number == page.c.number)
        .order_by(TicketTag.tag)
        .correlate(page)
        .scalar_subquery()
    )
    return func.array(tags, type_=ARRAY(Text))


def _is_starred(page: Subquery) -> ColumnElement[bool]:
    return (
        select(TicketStar.user_id)
        .where(
            TicketStar.tenant_id == page.c.tenant_id,
            TicketStar.user_id == bindparam("me"),
            TicketStar.ticket_number == page.c.number,
        )
        .correlate(page)
        .exists()
    )


def conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """What a shape demands of a ticket; the values are bound by name."""
    found: list[ColumnElement[Any]] = [Ticket.tenant_id == bindparam("tenant_id")]
    if shape.states in ("unsolved", "within"):
        # With constants: a parameter would hide the partial indexes from a prepared plan.
        found.append(text(IS_UNSOLVED))  # type: ignore[arg-type]  # a whole condition
    if shape.states in ("within", "some"):
        found.append(Ticket.state.in_(bindparam("states", expanding=True)))
    if shape.assignee == "nobody":
        found.append(Ticket.assignee_id.is_(None))
    elif shape.assignee == "one":
        found.append(Ticket.assignee_id == bindparam("assignee"))
    if shape.priorities:
        found.append(Ticket.priority.in_(bindparam("priorities", expanding=True)))
    if shape.project == "none":
        found.append(Ticket.project_id.is_(None))
    elif shape.project == "one":
        found.append(Ticket.project_id == bindparam("project"))
    if shape.requesters:
        found.append(Ticket.requester_id.in_(bindparam("requesters", expanding=True)))
    if shape.organisation:
        found.append(Ticket.organisation_id == bindparam("organisation"))
    if shape.awake:
        found.append(Ticket.snoozed_until.is_(None))
    if shape.after:
        found.append(shape.sort.beyond(Ticket, shape.after))
    return found
