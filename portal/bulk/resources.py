"""Bulk runs in the tree: `bulk`, and `bulk/7`, to the one who started it."""

import re
from typing import ClassVar

from pyramid.authorization import DENY_ALL, Allow

from portal.bulk.models import BulkRun
from portal.bulk.runs import BulkRuns
from portal.resources import AGENT, Acl, Resource
from portal.security.permissions import Permission

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class BulkResource(Resource):
    """Where selections are sent to, and the list of one's runs."""

    private = True
    hidden = True
    __acl__: ClassVar[Acl] = [(Allow, AGENT, (Permission.CHANGE_MANY,)), DENY_ALL]

    def __getitem__(self, name: str) -> "BulkRunResource":
        if not _NUMBER.fullmatch(name):
            raise KeyError(name)
        run = self.request.db.get(BulkRun, (self.request.tenant.id, int(name)))
        if run is None:
            raise KeyError(name)
        return BulkRunResource(self, run)


class BulkRunResource(Resource):
    """One run. To anybody but whoever started it, it does not exist."""

    hidden = True
    __parent__: BulkResource

    def __init__(self, parent: BulkResource, run: BulkRun) -> None:
        super().__init__(parent.request, parent, str(run.id))
        self.run = run

    def __acl__(self) -> Acl:
        """The person who started it."""
        return [(Allow, f"user:{self.run.actor_id}", (Permission.CHANGE_MANY,)), DENY_ALL]

    @property
    def runs(self) -> BulkRuns:
        """The service."""
        return BulkRuns(self.request.db, self.request.tenant)
