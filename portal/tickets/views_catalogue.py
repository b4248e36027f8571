"""The views: lists of tickets that have a name, and how many tickets each of them holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, cast, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

from portal.tenants.models import Tenant
from portal.tickets.filters import ME, NOBODY, UNSOLVED, Filters
from portal.tickets.models import State, TicketTally
from portal.web.i18n import N_


@dataclass(frozen=True, slots=True)
class View:
    """Filters with a name. `key` names it in code; its address is that of its filters."""

    key: str
    label: str
    icon: str
    filters: Filters
    #: The heading it stands under; None: it comes first.
    group: str | None = None


MINE = View("mine", N_("Assigned to me"), "circle-user", Filters(states=UNSOLVED, assignee=ME))
UNASSIGNED = View(
    "unassigned", N_("Unassigned"), "user-round", Filters(states=UNSOLVED, assignee=NOBODY)
)
ALL_OPEN = View("open", N_("All open"), "inbox", Filters(states=UNSOLVED), N_("Everything"))
PENDING = View(
    "pending", N_("Pending"), "hourglass", Filters(states=(State.PENDING,)), N_("Everything")
)
RECENTLY_SOLVED = View(
    "solved",
    N_("Recently solved"),
    "circle-check",
    Filters(states=(State.SOLVED,)),
    N_("Everything"),
)

BUILT_IN = (MINE, UNASSIGNED, ALL_OPEN, PENDING, RECENTLY_SOLVED)
#: What `tickets` shows when its address says nothing.
FIRST = ALL_OPEN


def view_of(filters: Filters) -> View | None:
    """The view that has exactly these filters."""
    return next((view for view in BUILT_IN if view.filters == filters), None)


class Tally(NamedTuple):
    """How many tickets a state has: all, nobody's, and those of the one who looks."""

    all: int
    unassigned: int
    mine: int


@dataclass(frozen=True, slots=True)
class Tallies:
    """The kept counters, as one agent needs them."""

    by_state: Mapping[str, Tally]

    def count(self, filters: Filters) -> int | None:
        """How many tickets the filters leave, or None when no counter is kept for them."""
        if not filters.narrows_by_tally:
            return None
        chosen = [self.by_state.get(state) for state in filters.states or State]
        tallies = [tally for tally in chosen if tally is not None]
        match filters.assignee:
            case "":
                return sum(tally.all for tally in tallies)
            case "none":
                return sum(tally.unassigned for tally in tallies)
            case "me":
                return sum(tally.mine for tally in tallies)
            case _:
                return None


_tickets = func.sum(TicketTally.tickets)
_TALLIES = (
    select(
        TicketTally.state,
        cast(_tickets, BigInteger),
        cast(
            func.coalesce(_tickets.filter(TicketTally.assignee_id == 0), 0),
            BigInteger,
        ),
        cast(
            func.coalesce(_tickets.filter(TicketTally.assignee_id == bindparam("me")), 0),
            BigInteger,
        ),
    )
    .where(TicketTally.tenant_id == bindparam("tenant_id"))
    .group_by(TicketTally.state)
)


def read_tallies(db: Session, tenant: Tenant, user_id: int) -> Tallies:
    """The tenant's counters. One query over as many rows as there are states and assignees."""
    rows = db.execute(_TALLIES, {"tenant_id": tenant.id, "me": user_id})
    return Tallies({state: Tally(*counts) for state, *counts in rows})
