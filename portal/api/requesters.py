"""Whom a call is about: the tenant's backend knows people by its own id and by their address."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.api.errors import ApiError
from portal.people.models import Identity as Link
from portal.people.models import Organisation, Role, User
from portal.people.service import PeopleService
from portal.security.actors import identity_of
from portal.security.identity import Identity
from portal.signin.dialects.central import CENTRAL
from portal.tenants.models import Tenant
from portal.web.i18n import N_

#: The backend's own ids, which its tokens carry as well.
NAMESPACE = CENTRAL.namespace


@dataclass(frozen=True, slots=True)
class Person:
    """A user as a call names them. The address is canonical (see ``normal_email``)."""

    email: str | None
    external_id: str | None
    name: str | None = None


class Requesters:
    """People of one tenant, by what its backend calls them."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def find(self, person: Person) -> User | None:
        """The user who is meant. Raises ``ApiError`` 409 where id and address mean two."""
        holder = select(Link.user_id).where(
            Link.tenant_id == self.tenant.id,
            Link.namespace == NAMESPACE,
            Link.external_id == person.external_id,
        )
        users = self.db.scalars(
            select(User).where(
                User.tenant_id == self.tenant.id,
                or_(User.email == person.email, User.id == holder.scalar_subquery()),
            )
        ).all()
        people = PeopleService(self.db, self.tenant)
        meant = {user.id: user for user in map(people.kept, users)}
        if len(meant) > 1:
            raise _conflict()
        return next(iter(meant.values()), None)

    def find_or_make(self, person: Person, *, may_make: bool) -> User:
        """The user who is meant, with their external id; a customer's account if there is none.

        An account that exists is not changed: only a sign-in does that. Raises ``ApiError``: 403
        for a disabled account and where no account may be made, 409 for a conflict.
        """
        user = self.find(person)
        if user is None:
            if not may_make:
                raise ApiError(
                    403,
                    "not_provisioned",
                    N_("There is no account for this person, and accounts are not made here."),
                )
            user = self._make(person)
        if user.disabled_at is not None:
            raise ApiError(403, "account_disabled", N_("The account of this person is disabled."))
        self._link(user, person)
        return user

    def _make(self, person: Person) -> User:
        """A new account; when another call has just made it, that one."""
        email = person.email or ""
        people = PeopleService(self.db, self.tenant)
        made = self.db.scalar(
            insert(User)
            .values(
                tenant_id=self.tenant.id,
                email=email,
                name=person.name or email.partition("@")[0],
                role=Role.CUSTOMER.value,
                organisation_id=people.organisation_of_domain(email.rpartition("@")[2]),
            )
            .on_conflict_do_nothing(index_elements=[User.tenant_id, User.email])
            .returning(User)
        )
        found = made or self.find(person)
        if found is None:
            raise _conflict()
        return found

    def _link(self, user: User, person: Person) -> None:
        """Remember the backend's id. Nobody has two of them, and nobody shares one."""
        if person.external_id is None:
            return
        known = self.external_id(user)
        if known is None:
            self.db.execute(
                insert(Link)
                .values(
                    tenant_id=self.tenant.id,
                    namespace=NAMESPACE,
                    external_id=person.external_id,
                    user_id=user.id,
                )
                .on_conflict_do_nothing()
            )
            holder = self.db.get(Link, (self.tenant.id, NAMESPACE, person.external_id))
            if holder is None or holder.user_id != user.id:
                raise _conflict()
        elif not self._is_linked(user, person.external_id):
            raise _conflict()

    def _is_linked(self, user: User, external_id: str) -> bool:
        link = self.db.get(Link, (self.tenant.id, NAMESPACE, external_id))
        return link is not None and link.user_id == user.id

    def external_id(self, user: User) -> str | None:
        """The backend's id of the user, the one it gave first."""
        return self.db.scalar(
            select(Link.external_id)
            .where(
                Link.tenant_id == self.tenant.id,
                Link.namespace == NAMESPACE,
                Link.user_id == user.id,
            )
            .order_by(Link.created_at, Link.external_id)
            .limit(1)
        )

    def acting(self, user: User) -> Identity:
        """The user as the one who does what the backend does for them."""
        organisation = (
            self.db.get(Organisation, (self.tenant.id, user.organisation_id))
            if user.organisation_id is not None
            else None
        )
        shared, name = (
            (organisation.shared, organisation.name) if organisation is not None else (False, None)
        )
        return identity_of(user, shared, name, "api_key")


def _conflict() -> ApiError:
    return ApiError(
        409,
        "identity_conflict",
        N_("The external user ID belongs to one person here, the e-mail address to another."),
    )
