"""People, organisations and projects of one tenant."""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.people.models import Organisation, OrganisationDomain, Project, Role, User
from portal.tenants.models import Tenant

#: The shape of an address that we keep: one @, no white space or controls, ASCII (RFC 5321
#: allows more; what uses it is rather an attack or a mistake than a customer).
_EMAIL = re.compile(
    r"[!#-'*+/-9=?A-Z^-~-]+(\.[!#-'*+/-9=?A-Z^-~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
)
MAX_EMAIL = 254


class EmailTaken(Exception):
    """Another user of the tenant has the address."""


def normal_email(value: str) -> str | None:
    """The address in lower case (ASCII only), or None when it is not one that we keep."""
    value = value.strip()
    if not value.isascii() or len(value) > MAX_EMAIL or not _EMAIL.fullmatch(value):
        return None
    return value.lower()


class PeopleService:
    """Users of one tenant."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def by_id(self, user_id: int) -> User | None:
        """The user of that id."""
        return self.db.get(User, (self.tenant.id, user_id))

    def by_email(self, email: str) -> User | None:
        """The user with that address (any case); of a merged account, the one that stayed."""
        normal = normal_email(email)
        if normal is None:
            return None
        found = self.db.scalar(
            select(User).where(User.tenant_id == self.tenant.id, User.email == normal)
        )
        return self.kept(found) if found is not None else None

    def kept(self, user: User) -> User:
        """The person that somebody turned out to be; themselves, when they were not merged.

        A merge points all that were merged before to whoever stays: there is one step at most.
        """
        if user.merged_into_id is None:
            return user
        return self.db.get_one(User, (self.tenant.id, user.merged_into_id))

    def create(
        self,
        email: str,
        name: str,
        *,
        role: Role = Role.CUSTOMER,
        organisation_id: int | None = None,
    ) -> User:
        """A new user; without an organisation, the one that has the address's domain.

        Raises ValueError for a malformed address and EmailTaken.
        """
        normal = normal_email(email)
        if normal is None:
            raise ValueError("malformed e-mail address")
        if self.by_email(normal) is not None:
            raise EmailTaken(normal)
        if organisation_id is None and role is Role.CUSTOMER:
            organisation_id = self.organisation_of_domain(normal.rpartition("@")[2])
        user = User(
            tenant_id=self.tenant.id,
            email=normal,
            name=name.strip() or normal.partition("@")[0],
            role=role,
            organisation_id=organisation_id,
        )
        self.db.add(user)
        self.db.flush()
        return user

    def organisation_of_domain(self, domain: str) -> int | None:
        """The organisation whose members have addresses in this domain."""
        return self.db.scalar(
            select(OrganisationDomain.organisation_id).where(
                OrganisationDomain.tenant_id == self.tenant.id,
                OrganisationDomain.domain == domain.lower(),
            )
        )

    def staff(self) -> Sequence[User]:
        """Agents and admins who may be given tickets, by name."""
        return self.db.scalars(
            select(User)
            .where(
                User.tenant_id == self.tenant.id,
                User.role.in_((Role.AGENT, Role.ADMIN)),
                User.disabled_at.is_(None),
            )
            .order_by(User.name, User.id)
        ).all()

    def projects(self, *, archived: bool = False) -> Sequence[Project]:
        """The tenant's projects, by name."""
        statement = select(Project).where(Project.tenant_id == self.tenant.id)
        if not archived:
            statement = statement.where(Project.archived_at.is_(None))
        return self.db.scalars(statement.order_by(Project.name)).all()

    def organisations(self) -> Sequence[Organisation]:
        """The tenant's organisations, by name."""
        return self.db.scalars(
            select(Organisation)
            .where(Organisation.tenant_id == self.tenant.id)
            .order_by(Organisation.name)
        ).all()
