"""People and organisations in the tree: `people`, `people/3`, `organisations/5`."""

import re

from portal.people.models import Organisation, User
from portal.web.tree import Resource

#: One spelling for each number: ASCII digits, no leading zero, within a bigint.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def _key(name: str) -> int:
    if not _NUMBER.fullmatch(name):
        raise KeyError(name)
    return int(name)


class PeopleResource(Resource):
    """The tenant's customers, and the parent of every person."""

    private = True

    def __getitem__(self, name: str) -> "PersonResource":
        found = self.request.db.get(User, (self.request.tenant.id, _key(name)))
        if found is None:
            raise KeyError(name)
        return PersonResource(self, found)


class PersonResource(Resource):
    """One person. To those who may not see people, none exists."""

    hidden = True

    def __init__(self, parent: PeopleResource, user: User) -> None:
        super().__init__(parent.request, parent, str(user.id))
        self.user = user


class OrganisationsResource(Resource):
    """The parent of every organisation."""

    private = True

    hidden = True

    def __getitem__(self, name: str) -> "OrganisationResource":
        found = self.request.db.get(Organisation, (self.request.tenant.id, _key(name)))
        if found is None:
            raise KeyError(name)
        return OrganisationResource(self, found)


class OrganisationResource(Resource):
    """One organisation. To those who may not see people, none exists."""

    hidden = True

    def __init__(self, parent: OrganisationsResource, organisation: Organisation) -> None:
        super().__init__(parent.request, parent, str(organisation.id))
        self.organisation = organisation
