"""Finding people by what an agent knows of them: a part of the name, or of the address.

The condition names the tenant beside row-level security. No index helps a match in the middle
of a name, so a search reads the tenant's people once; it is bounded where it gives ids.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from portal.people.models import Role, User
from portal.people.service import normal_email
from portal.tenants.models import Tenant

#: People that one search may mean before it is too vague to narrow a list of tickets.
MOST = 200


class Suggestion(NamedTuple):
    """A person to choose, in a form."""

    email: str
    name: str


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
            .where(
                User.tenant_id == self.tenant.id,
                User.role == Role.CUSTOMER,
                User.disabled_at.is_(None),
                person_matches(words),
            )
            .order_by(User.name, User.id)
            .limit(limit)
        )
        return [Suggestion(*row) for row in rows]
