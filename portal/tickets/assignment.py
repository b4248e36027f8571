"""Who in a team gets a ticket that comes to it, where the team does not decide by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from portal.people.models import Assignment, Role, Team, TeamMember, User
from portal.tenants.models import Tenant
from portal.tickets.counter_models import TicketTally
from portal.tickets.models import EventKind, State, Ticket
from portal.tickets.writer import TicketWriter

#: What somebody still has to do. Tallies count snoozed tickets apart: those wait for nobody.
_UNSOLVED = tuple(state for state in State if state.is_unsolved)


def lock_turns(db: Session, team: Team) -> None:
    """Wait until nobody else is assigning in the team, and see whose turn it was last.

    Whoever changes the team of several tickets in one transaction locks before each change: the
    counters of tickets are locked by the change itself, and are to be locked last.
    """
    if team.assignment != Assignment.BY_HAND:
        db.refresh(team, with_for_update=True)


def assign_within(db: Session, tenant: Tenant, team: Team, ticket: Ticket) -> int | None:
    """Give the ticket to a member of the team it came to; whom it was given to, or None.

    Nobody gets it where the team assigns by hand, where the ticket is solved or has a member of
    the team already, and where everybody is out of office or disabled. The history says that the
    portal did it. The ticket must be locked.
    """
    if team.assignment == Assignment.BY_HAND or not State(ticket.state).is_unsolved:
        return None
    lock_turns(db, team)
    if ticket.assignee_id is not None and _is_member(db, team, ticket.assignee_id):
        return None
    present = _present_members(db, team)
    if not present:
        return None
    chosen = _chosen(db, team, present)
    team.last_assigned_id = chosen
    writer = TicketWriter(db, tenant, None)
    db.flush()
    names = (writer.name_of(User, ticket.assignee_id), writer.name_of(User, chosen))
    writer.change(ticket, EventKind.ASSIGNEE, "assignee_id", chosen, names)
    return chosen


def _is_member(db: Session, team: Team, user_id: int) -> bool:
    return db.get(TeamMember, (team.tenant_id, team.id, user_id)) is not None


def _present_members(db: Session, team: Team) -> Sequence[int]:
    """The members who can take a ticket now, in the order in which they take turns."""
    now = datetime.now(UTC)
    return db.scalars(
        select(User.id)
        .join(
            TeamMember,
            and_(TeamMember.tenant_id == User.tenant_id, TeamMember.user_id == User.id),
        )
        .where(
            TeamMember.tenant_id == team.tenant_id,
            TeamMember.team_id == team.id,
            User.role.in_((Role.AGENT, Role.ADMIN)),
            User.disabled_at.is_(None),
            or_(
                User.away_from.is_(None),
                User.away_from > now,
                and_(User.away_until.is_not(None), User.away_until <= now),
            ),
        )
        .order_by(User.id)
    ).all()


def _chosen(db: Session, team: Team, present: Sequence[int]) -> int:
    last = team.last_assigned_id or 0
    in_turn = [*(key for key in present if key > last), *(key for key in present if key <= last)]
    if team.assignment == Assignment.ROUND_ROBIN:
        return in_turn[0]
    load = dict(
        db.execute(
            select(TicketTally.assignee_id, func.sum(TicketTally.tickets))
            .where(
                TicketTally.tenant_id == team.tenant_id,
                TicketTally.assignee_id.in_(present),
                TicketTally.state.in_(_UNSOLVED),
            )
            .group_by(TicketTally.assignee_id)
        ).all()
    )
    # Of those who have equally few, the one whose turn it is: min() keeps the order.
    return min(in_turn, key=lambda key: load.get(key, 0))
