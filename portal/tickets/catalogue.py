"""The views: lists of tickets that have a name, and how many tickets each of them holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sqlalchemy.orm import Session
from webob.multidict import MultiDict

from portal.saved_views.models import Scope
from portal.tenants.models import Tenant
from portal.tickets.filters import ME, NOBODY, UNSOLVED, Filters, Mark
from portal.tickets.models import State
from portal.tickets.ordering import Sort, sorts_for
from portal.tickets.tallies import SavedRow, read_counts
from portal.web.i18n import N_


@dataclass(frozen=True, slots=True)
class View:
    """Filters with a name.

    The address of one that is built in is that of its filters; `key` names it in code. A saved
    one has an `id`, and its address is that.
    """

    key: str
    label: str
    icon: str
    filters: Filters
    #: The heading it stands under; None: it comes first.
    group: str | None = None
    id: int | None = None
    sort: Sort = Sort.UPDATED
    #: None: those that the reader prefers.
    columns: tuple[str, ...] | None = None


MINE = View("mine", N_("Assigned to me"), "circle-user", Filters(states=UNSOLVED, assignee=ME))
UNASSIGNED = View(
    "unassigned", N_("Unassigned"), "user-round", Filters(states=UNSOLVED, assignee=NOBODY)
)
STARRED = View("starred", N_("Starred"), "star", Filters(marks=(Mark.STARRED,)))
FOLLOWED = View("followed", N_("Followed"), "bell", Filters(marks=(Mark.FOLLOWING,)))
ALL_OPEN = View("open", N_("All open"), "inbox", Filters(states=UNSOLVED), N_("Everything"))
PENDING = View(
    "pending", N_("Pending"), "hourglass", Filters(states=(State.PENDING,)), N_("Everything")
)
SNOOZED = View(
    "snoozed", N_("Snoozed"), "alarm-clock", Filters(marks=(Mark.SNOOZED,)), N_("Everything")
)
RECENTLY_SOLVED = View(
    "solved",
    N_("Recently solved"),
    "circle-check",
    Filters(states=(State.SOLVED,)),
    N_("Everything"),
)

BUILT_IN = (MINE, UNASSIGNED, STARRED, FOLLOWED, ALL_OPEN, PENDING, SNOOZED, RECENTLY_SOLVED)
#: What `tickets` shows when its address says nothing.
FIRST = ALL_OPEN


#: What saved views stand under, between those that are built in.
GROUPS = {
    Scope.MINE: N_("My views"),
    Scope.TEAM: N_("My teams’ views"),
    Scope.ALL: N_("Everybody’s views"),
}


def view_of(filters: Filters) -> View | None:
    """The view that is built in and has exactly these filters."""
    return next((view for view in BUILT_IN if view.filters == filters), None)


@dataclass(frozen=True, slots=True)
class Tallies:
    """The kept counters, as one agent needs them, the views that this agent has saved or been
    given, and how many drafts they have."""

    counts: Mapping[Filters, int]
    saved: Sequence[View] = ()
    drafts: int = 0

    def count(self, filters: Filters) -> int | None:
        """How many tickets the filters leave, or None when no counter is kept for them, or they
        were not asked for."""
        return self.counts.get(filters)

    def view(self, key: int) -> View | None:
        """The saved view with this id, if this agent sees it."""
        return next((view for view in self.saved if view.id == key), None)

    @property
    def views(self) -> list[View]:
        """All views, in the order of their column."""
        own = [view for view in BUILT_IN if view.group is None]
        return [*own, *self.saved, *(view for view in BUILT_IN if view.group is not None)]


def read_tallies(db: Session, tenant: Tenant, user_id: int, *also: Filters) -> Tallies:
    """The counts of all views, and of other lists that are named, for one agent. One query."""
    asked = dict.fromkeys([*(view.filters for view in BUILT_IN), *also])
    counts, rows, drafts = read_counts(db, tenant.id, user_id, [*asked])
    saved = [_saved(row) for row in rows]
    known = {
        view.filters: row.tickets
        for view, row in zip(saved, rows, strict=True)
        if row.tickets is not None
    }
    return Tallies({**counts, **known}, saved, drafts)


def _saved(row: SavedRow) -> View:
    filters = Filters.parse(MultiDict(parse_qsl(row.query))) or Filters()
    return View(
        key=f"saved-{row.id}",
        label=row.name,
        icon="bookmark",
        filters=filters,
        group=GROUPS[Scope(row.scope)],
        id=row.id,
        sort=next((sort for sort in sorts_for(filters) if sort == row.sort), Sort.UPDATED),
        columns=None if row.columns is None else tuple(row.columns),
    )
