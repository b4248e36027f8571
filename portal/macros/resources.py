"""Macros in the tree: `macros`, `macros/7`."""

import re

from pyramid.authorization import DENY_ALL, Allow
from sqlalchemy import select

from portal.macros.models import Macro, MacroScope
from portal.people.models import TeamMember
from portal.resources import Acl, Resource
from portal.security.grants import principal_of
from portal.security.permissions import Permission

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class MacrosResource(Resource):
    """The macros that somebody can use, and the parent of each."""

    private = True

    def __getitem__(self, name: str) -> "MacroResource":
        key = (self.request.tenant.id, int(name)) if _NUMBER.fullmatch(name) else None
        row = self.request.db.get(Macro, key) if key else None
        if row is None:
            raise KeyError(name)
        return MacroResource(self, row)


class MacroResource(Resource):
    """One macro, to be changed. To those who may not change it, it does not exist."""

    hidden = True
    __parent__: MacrosResource

    def __init__(self, parent: MacrosResource, row: Macro) -> None:
        super().__init__(parent.request, parent, str(row.id))
        self.row = row

    def __acl__(self) -> Acl:
        """Whose it is: one's own, the team's members', and of what is shared everybody's who may
        share with all."""
        row = self.row
        if row.scope == MacroScope.MINE:
            return [(Allow, f"user:{row.owner_id}", Permission.CHANGE_MACRO), DENY_ALL]
        shared = (Allow, principal_of(Permission.SHARE_WITH_ALL), Permission.CHANGE_MACRO)
        members = [(Allow, f"user:{key}", Permission.CHANGE_MACRO) for key in self._members()]
        return [shared, *members, DENY_ALL]

    def _members(self) -> list[int]:
        if self.row.team_id is None:
            return []
        statement = select(TeamMember.user_id).where(
            TeamMember.tenant_id == self.row.tenant_id, TeamMember.team_id == self.row.team_id
        )
        return list(self.request.db.scalars(statement))
