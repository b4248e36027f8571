"""Bulk runs in the tree: `bulk`, and `bulk/7`, to the one who started it."""

import re
from typing import ClassVar

from pyramid.authorization import DENY_ALL

from portal.bulk.models import BulkRun
from portal.bulk.runs import BulkRuns
from portal.resources import Acl, Resource
from portal.security.grants import by_role
from portal.security.identity import Identity
from portal.security.permissions import Permission

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class BulkResource(Resource):
    """Where selections are sent to, and the list of one's runs."""

    private = True
    hidden = True
    __acl__: ClassVar[Acl] = [
        *by_role(Permission.CHANGE_MANY, Permission.CHANGE_UNLIMITED),
        DENY_ALL,
    ]

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
        """Its parent's, for the person who started it."""
        reader = self.request.identity
        is_own = isinstance(reader, Identity) and reader.user_id == self.run.actor_id
        return [] if is_own else [DENY_ALL]

    @property
    def runs(self) -> BulkRuns:
        """The service."""
        return BulkRuns(self.request.db, self.request.tenant)
