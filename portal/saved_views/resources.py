"""Saved views in the tree: `views`, `views/7`."""

import re

from pyramid.authorization import DENY_ALL, Allow

from portal.resources import ADMIN, Acl, Resource
from portal.saved_views.models import SavedView, Scope
from portal.security.permissions import Permission

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class SavedViewsResource(Resource):
    """The views that somebody sees, and the parent of each."""

    private = True

    def __getitem__(self, name: str) -> "SavedViewResource":
        key = (self.request.tenant.id, int(name)) if _NUMBER.fullmatch(name) else None
        row = self.request.db.get(SavedView, key) if key else None
        if row is None:
            raise KeyError(name)
        return SavedViewResource(self, row)


class SavedViewResource(Resource):
    """One view, to be changed. To those who may not change it, it does not exist."""

    hidden = True
    __parent__: SavedViewsResource

    def __init__(self, parent: SavedViewsResource, row: SavedView) -> None:
        super().__init__(parent.request, parent, str(row.id))
        self.row = row

    def __acl__(self) -> Acl:
        """Whoever made it; and admins, where others see it."""
        acl: Acl = [(Allow, f"user:{self.row.owner_id}", (Permission.CHANGE_VIEW,))]
        if self.row.scope != Scope.MINE:
            acl.append((Allow, ADMIN, (Permission.CHANGE_VIEW,)))
        return [*acl, DENY_ALL]
