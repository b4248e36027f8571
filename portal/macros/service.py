"""What may be done with macros. Callers have checked the permission; the rules are here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.macros.models import Macro, MacroScope
from portal.macros.told import told
from portal.people.models import Team, TeamMember, User
from portal.security.identity import Identity
from portal.security.permissions import Permission
from portal.tenants.audit import AuditLog, record_shared
from portal.tenants.models import Tenant
from portal.tickets.models import MessageKind

#: Macros of one person's making.
MAX_MACROS = 200
MAX_NAME = 80
#: Macros that the chooser shows; whoever wants another one says a word of it.
OFFERED = 30
#: Macros on the page that lists them.
LISTED = 300


class MacroError(Exception):
    """The macro cannot be like that. `code` says why: "team", "scope", "name", "too_many"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be kept of a macro."""

    name: str
    scope: MacroScope = MacroScope.MINE
    #: The team that has it, for the scope TEAM only.
    team_id: int | None = None
    kind: MessageKind = MessageKind.REPLY
    body: str = ""
    #: As `portal.macros.carried.actions_of` reads them.
    actions: Mapping[str, Any] = field(default_factory=dict)


class Listed(NamedTuple):
    """A macro in a list."""

    macro: Macro
    team: str | None
    owner: str | None


class Macros:
    """The macros of a tenant, for one agent. What happens to those that others have too is
    recorded in the audit log."""

    def __init__(
        self, db: Session, tenant: Tenant, actor: Identity, audit: AuditLog | None = None
    ) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor
        self.audit = audit or AuditLog(db, tenant, actor)

    @property
    def shares(self) -> bool:
        """Whether the agent may have macros for all, and change those of every team."""
        return self.actor.may(Permission.SHARE_WITH_ALL)

    def offered(
        self, kinds: Collection[str], text: str = "", limit: int = OFFERED
    ) -> Sequence[Macro]:
        """Those that the agent can use, the most used first. One query."""
        statement = (
            select(Macro)
            .where(self._usable(), Macro.kind.in_(kinds), *_found(text))
            .order_by(Macro.uses.desc(), func.lower(Macro.name), Macro.id)
            .limit(limit)
        )
        return self.db.scalars(statement).all()

    def usable(self, key: int) -> Macro | None:
        """A macro that the agent can use, or None."""
        return self.db.scalar(select(Macro).where(self._usable(), Macro.id == key))

    def listed(self, text: str = "", *, archived: bool = False) -> list[Listed]:
        """Those that the agent sees on the page of macros, by their names; whoever may share with
        all sees those of every team."""
        owner = aliased(User)
        statement = (
            select(Macro, Team.name, owner.name)
            .outerjoin(Team, and_(Team.tenant_id == Macro.tenant_id, Team.id == Macro.team_id))
            .outerjoin(owner, and_(owner.tenant_id == Macro.tenant_id, owner.id == Macro.owner_id))
            .where(
                Macro.tenant_id == self.tenant.id,
                Macro.archived_at.is_not(None) if archived else Macro.archived_at.is_(None),
                self._seen(),
                *_found(text),
            )
            .order_by(func.lower(Macro.name), Macro.id)
            .limit(LISTED)
        )
        return [Listed(*row) for row in self.db.execute(statement)]

    def seen(self, key: int) -> Macro | None:
        """A macro of those that are listed, archived or not; or None."""
        return self.db.scalar(
            select(Macro).where(Macro.tenant_id == self.tenant.id, Macro.id == key, self._seen())
        )

    def teams(self) -> Sequence[Team]:
        """The teams that the agent can make a macro for: their own, or every one."""
        statement = select(Team).where(Team.tenant_id == self.tenant.id, Team.archived_at.is_(None))
        if not self.shares:
            statement = statement.where(Team.id.in_(self._own_teams()))
        return self.db.scalars(statement.order_by(Team.name)).all()

    def own_teams(self) -> Collection[int]:
        """The teams that the agent is in."""
        return set(self.db.scalars(self._own_teams()))

    def may_change(self, macro: Macro, own_teams: Collection[int]) -> bool:
        """What `MacroResource` grants, for a whole list without a query for each."""
        if macro.scope == MacroScope.MINE:
            return macro.owner_id == self.actor.user_id
        return self.shares or macro.team_id in own_teams

    def create(self, saving: Saving) -> Macro:
        """A new macro. Raises MacroError."""
        made = self.db.scalar(
            select(func.count())
            .select_from(Macro)
            .where(Macro.tenant_id == self.tenant.id, Macro.owner_id == self.actor.user_id)
        )
        if (made or 0) >= MAX_MACROS:
            raise MacroError("too_many")
        macro = Macro(tenant_id=self.tenant.id, owner_id=self.actor.user_id)
        self._fill(macro, saving)
        self.db.add(macro)
        self.db.flush()
        record_shared(self.audit, "macro", None, told(self.db, macro))
        return macro

    def change(self, macro: Macro, saving: Saving) -> None:
        """Change a macro. Raises MacroError: "scope" for one that all would have, by who may not
        share so far, "team" for a team that is not the agent's, "name" for a name that is taken."""
        before = told(self.db, macro)
        self._fill(macro, saving)
        record_shared(self.audit, "macro", before, told(self.db, macro))

    def _fill(self, macro: Macro, saving: Saving) -> None:
        team_id = saving.team_id if saving.scope is MacroScope.TEAM else None
        if saving.scope is MacroScope.ALL and not self.shares:
            raise MacroError("scope")
        known = {team.id for team in self.teams()} if saving.scope is MacroScope.TEAM else set()
        if saving.scope is MacroScope.TEAM and team_id not in known | {macro.team_id} - {None}:
            raise MacroError("team")
        owner_id = macro.owner_id
        if saving.scope is MacroScope.MINE and owner_id is None:
            owner_id = self.actor.user_id
        if self._is_taken(macro, saving.name, saving.scope, owner_id):
            raise MacroError("name")
        macro.name, macro.scope, macro.team_id = saving.name, saving.scope, team_id
        macro.owner_id = owner_id
        macro.kind, macro.body = saving.kind, saving.body
        macro.actions = dict(saving.actions)

    def archive(self, macro: Macro, at: datetime | None) -> None:
        """Offer a macro no longer, or again."""
        before = told(self.db, macro)
        macro.archived_at = at
        record_shared(self.audit, "macro", before, told(self.db, macro))

    def delete(self, macro: Macro) -> None:
        """The macro is gone; what was sent with it is not."""
        record_shared(self.audit, "macro", told(self.db, macro), None)
        self.db.delete(macro)

    def _is_taken(self, macro: Macro, name: str, scope: MacroScope, owner_id: int | None) -> bool:
        """Whether another macro has the name: of those that are shared, or of the owner's own."""
        is_own = and_(Macro.scope == MacroScope.MINE, Macro.owner_id == owner_id)
        among = is_own if scope is MacroScope.MINE else Macro.scope != MacroScope.MINE
        found = self.db.scalar(
            select(Macro.id)
            .where(
                Macro.tenant_id == self.tenant.id,
                among,
                func.lower(Macro.name) == name.lower(),
                Macro.id != (macro.id or 0),
            )
            .limit(1)
        )
        return found is not None

    def _own_teams(self) -> Select[int]:
        return select(TeamMember.team_id).where(
            TeamMember.tenant_id == self.tenant.id, TeamMember.user_id == self.actor.user_id
        )

    def _usable(self) -> ColumnElement[bool]:
        return and_(Macro.tenant_id == self.tenant.id, Macro.archived_at.is_(None), self._reach())

    def _reach(self) -> ColumnElement[bool]:
        """Their own, those of their teams, and those for all."""
        is_member = exists().where(
            TeamMember.tenant_id == Macro.tenant_id,
            TeamMember.team_id == Macro.team_id,
            TeamMember.user_id == self.actor.user_id,
        )
        return or_(self._own(), Macro.scope == MacroScope.ALL, is_member)

    def _own(self) -> ColumnElement[bool]:
        return and_(Macro.scope == MacroScope.MINE, Macro.owner_id == self.actor.user_id)

    def _seen(self) -> ColumnElement[bool]:
        return or_(self._own(), Macro.scope != MacroScope.MINE) if self.shares else self._reach()


def _found(text: str) -> list[ColumnElement[bool]]:
    """What each word of a search asks for: the name or the text has it."""
    return [
        or_(
            Macro.name.icontains(word, autoescape=True), Macro.body.icontains(word, autoescape=True)
        )
        for word in text.split()[:8]
    ]
