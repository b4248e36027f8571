"""What may be done with saved views. Callers have checked the permission; the rules are here."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from portal.people.models import Role, Team, TeamMember
from portal.saved_views.models import SavedView, Scope
from portal.saved_views.told import told
from portal.security.identity import Identity
from portal.security.permissions import Permission
from portal.tenants.audit import AuditLog, Told, record_shared
from portal.tenants.models import Tenant
from portal.tickets.filters import Filters
from portal.tickets.ordering import Sort
from portal.tickets.tallies import narrowing

#: Views of one person's making; the column must stay one that somebody can read.
MAX_VIEWS = 50


class SavedViewError(Exception):
    """The view cannot be like that. `code` says why: "scope", "team", "too_many"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be kept of a view, beside its filters."""

    name: str
    scope: Scope
    #: The team that sees it, for the scope TEAM only.
    team_id: int | None = None
    sort: Sort = Sort.UPDATED
    #: None: those that each reader prefers.
    columns: Sequence[str] | None = None


class SavedViews:
    """The saved views of a tenant, for one agent. What happens to those that others see too is
    recorded in the audit log; the order in which they stand is not."""

    def __init__(
        self, db: Session, tenant: Tenant, actor: Identity, audit: AuditLog | None = None
    ) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor
        self.audit = audit or AuditLog(db, tenant, actor)

    @property
    def shares(self) -> bool:
        """Whether the agent may have views that everybody sees."""
        return self.actor.may(Permission.SHARE_WITH_ALL)

    def visible(self) -> list[SavedView]:
        """Those that stand in the agent's column, in its order; an admin gets all that others
        share, to keep them in order."""
        shared = SavedView.scope == Scope.ALL
        if self.actor.role is not Role.ADMIN:
            is_member = exists().where(
                TeamMember.tenant_id == SavedView.tenant_id,
                TeamMember.team_id == SavedView.team_id,
                TeamMember.user_id == self.actor.user_id,
            )
            shared = or_(shared, is_member)
        else:
            shared = SavedView.scope != Scope.MINE
        rows = self.db.scalars(
            select(SavedView)
            .where(
                SavedView.tenant_id == self.tenant.id,
                or_(SavedView.owner_id == self.actor.user_id, shared),
            )
            .order_by(SavedView.position, SavedView.id)
        )
        order = list(Scope)
        return sorted(rows, key=lambda row: order.index(Scope(row.scope)))

    def teams(self) -> list[Team]:
        """The teams that the agent can save a view for: their own; for an admin, all."""
        statement = select(Team).where(Team.tenant_id == self.tenant.id, Team.archived_at.is_(None))
        if self.actor.role is not Role.ADMIN:
            own = select(TeamMember.team_id).where(
                TeamMember.tenant_id == self.tenant.id, TeamMember.user_id == self.actor.user_id
            )
            statement = statement.where(Team.id.in_(own))
        return list(self.db.scalars(statement.order_by(Team.name)))

    def create(self, filters: Filters, saving: Saving) -> SavedView:
        """Keep a list under a name, below the others. Raises SavedViewError."""
        mine = SavedView.owner_id == self.actor.user_id
        made, last = self.db.execute(
            select(func.count().filter(mine), func.coalesce(func.max(SavedView.position), 0)).where(
                SavedView.tenant_id == self.tenant.id
            )
        ).one()
        if made >= MAX_VIEWS:
            raise SavedViewError("too_many")
        view = SavedView(tenant_id=self.tenant.id, owner_id=self.actor.user_id, position=last + 1)
        self._fill(view, saving, filters)
        self.db.add(view)
        self.db.flush()
        record_shared(self.audit, "view", None, self._told(view))
        return view

    def change(self, view: SavedView, saving: Saving, filters: Filters | None = None) -> None:
        """Change a view; its filters too where they are given. Raises SavedViewError: "scope" for
        one that everybody sees, by who may not share."""
        before = self._told(view)
        self._fill(view, saving, filters)
        record_shared(self.audit, "view", before, self._told(view))

    def _fill(self, view: SavedView, saving: Saving, filters: Filters | None) -> None:
        if saving.scope is Scope.ALL and not self.shares:
            raise SavedViewError("scope")
        known = {team.id for team in self.teams()} | {view.team_id}
        if saving.scope is Scope.TEAM and (saving.team_id is None or saving.team_id not in known):
            raise SavedViewError("team")
        view.name = saving.name
        view.scope = saving.scope
        view.team_id = saving.team_id if saving.scope is Scope.TEAM else None
        view.sort = saving.sort
        view.columns = None if saving.columns is None else list(saving.columns)
        if filters is not None:
            self._narrow(view, filters, saving.sort)

    def narrow(self, view: SavedView, filters: Filters, sort: Sort) -> None:
        """Change a view's filters and order alone."""
        before = self._told(view)
        self._narrow(view, filters, sort)
        record_shared(self.audit, "view", before, self._told(view))

    def _narrow(self, view: SavedView, filters: Filters, sort: Sort) -> None:
        view.query = filters.query_string()
        view.narrows = narrowing(filters)
        view.sort = sort

    def delete(self, view: SavedView) -> None:
        """The view is gone; its tickets are not."""
        record_shared(self.audit, "view", self._told(view), None)
        self.db.delete(view)

    def move(self, view: SavedView, *, up: bool) -> None:
        """One place up or down among those that stand with it."""
        group = [each for each in self.visible() if each.scope == view.scope]
        here = group.index(view)
        there = max(0, here - 1) if up else min(len(group) - 1, here + 1)
        group.insert(there, group.pop(here))
        for position, each in enumerate(group):
            each.position = position

    def _told(self, view: SavedView) -> Told:
        return told(self.db, self.tenant, view, self.actor)
