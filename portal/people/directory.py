"""Finding people by what an agent knows of them: a part of the name, or of the address.

Every statement names the tenant beside row-level security. No index helps a match in the middle
of a name, so a search reads the tenant's people once; without words, pages are read by key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select, true, tuple_
from sqlalchemy.orm import Session

from portal.people.models import Organisation, Role, User
from portal.people.service import normal_email
from portal.tenants.models import Tenant

#: People that one search may mean before it is too vague to narrow a list of tickets.
MOST = 200
PAGE_ROWS = 50


class Suggestion(NamedTuple):
    """A person to choose, in a form."""

    email: str
    name: str


class PersonRow(NamedTuple):
    """A customer in a list."""

    id: int
    name: str
    email: str
    organisation_id: int | None
    organisation: str | None
    last_seen_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some customers by name, and the ids after and before which the pages beside them lie."""

    rows: Sequence[PersonRow]
    before: int | None = None
    after: int | None = None


def person_matches(words: str) -> ColumnElement[bool]:
    """A condition on `User`: the whole address, or every word in the name or the address."""
    email = normal_email(words)
    if email is not None:
        return User.email == email
    found: ColumnElement[bool] = true()
    for word in words.split():
        found &= or_(
            User.name.icontains(word, autoescape=True),
            User.email.contains(word.lower(), autoescape=True),
        )
    return found


class PeopleDirectory:
    """The people of one tenant, to be searched."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def ids(self, words: str) -> Sequence[int]:
        """The users whom the words mean, at most MOST of them, staff among them."""
        return self.db.scalars(
            select(User.id)
            .where(User.tenant_id == self.tenant.id, person_matches(words))
            .order_by(User.id)
            .limit(MOST)
        ).all()

    def suggest(self, words: str, limit: int = 10) -> list[Suggestion]:
        """Customers whom the words may mean, by name."""
        rows = self.db.execute(
            select(User.email, User.name)
            .where(*self._customers(words), User.disabled_at.is_(None))
            .order_by(User.name, User.id)
            .limit(limit)
        )
        return [Suggestion(*row) for row in rows]

    def page(
        self,
        words: str = "",
        *,
        organisation_id: int | None = None,
        after: int | None = None,
        before: int | None = None,
    ) -> PeoplePage:
        """Customers by name: those after or before a person, or the first."""
        conditions = self._customers(words)
        if organisation_id is not None:
            conditions.append(User.organisation_id == organisation_id)
        if before is not None:
            rows = self._rows(conditions, before, backwards=True)
            if len(rows) > PAGE_ROWS:
                shown = rows[:PAGE_ROWS][::-1]
                return PeoplePage(shown, before=shown[0].id, after=shown[-1].id)
            # Not a full page: it is the first one.
            after = None
        rows = self._rows(conditions, after)
        shown = rows[:PAGE_ROWS]
        return PeoplePage(
            shown,
            before=shown[0].id if after is not None and shown else None,
            after=shown[-1].id if len(rows) > PAGE_ROWS else None,
        )

    def _customers(self, words: str) -> list[ColumnElement[bool]]:
        return [
            User.tenant_id == self.tenant.id,
            User.role == Role.CUSTOMER,
            User.merged_into_id.is_(None),
            person_matches(words),
        ]

    def _rows(
        self, conditions: list[ColumnElement[bool]], beside: int | None, *, backwards: bool = False
    ) -> list[PersonRow]:
        """One row more than a page, so that the caller knows whether there is another."""
        key = tuple_(User.name, User.id)
        statement = (
            select(
                User.id,
                User.name,
                User.email,
                User.organisation_id,
                Organisation.name,
                User.last_seen_at,
                User.disabled_at,
            )
            .outerjoin(
                Organisation,
                and_(
                    Organisation.tenant_id == User.tenant_id,
                    Organisation.id == User.organisation_id,
                ),
            )
            .where(*conditions)
            .limit(PAGE_ROWS + 1)
        )
        if beside is not None:
            place = tuple_(self._name_of(beside), beside)
            statement = statement.where(key < place if backwards else key > place)
        order = (User.name.desc(), User.id.desc()) if backwards else (User.name, User.id)
        return [PersonRow(*row) for row in self.db.execute(statement.order_by(*order))]

    def _name_of(self, user_id: int) -> str:
        found = self.db.get(User, (self.tenant.id, user_id))
        return found.name if found is not None else ""
