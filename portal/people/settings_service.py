"""What admins do to people: roles, access, membership. A tenant never loses its last admin."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.people.models import AgentRole, Organisation, Project, Role, User, UserProject
from portal.people.teams import leave_teams
from portal.security.sessions import SessionService
from portal.tenants.audit import AuditLog, assign
from portal.tenants.models import Tenant


class LastAdminError(Exception):
    """The change would leave the tenant without an admin who can sign in."""


class AdminRow(NamedTuple):
    """An admin whose account is open."""

    id: int
    email: str
    has_password: bool


#: Which of these admins can sign in in some way: their ids. Features register their ways with
#: ``config.add_way_in``.
WayIn = Callable[[Session, Tenant, Sequence[AdminRow]], set[int]]
_WAYS_KEY = "people.ways_in"


def lock_admins(db: Session, tenant: Tenant) -> list[AdminRow]:
    """The admins whose accounts are open, locked until the transaction ends.

    Two admins who demote each other at once wait here for each other, and the second one then
    finds only who is left. Without the lock each would count the other.
    """
    statement = (
        select(User.id, User.email, User.password_hash.is_not(None))
        .where(User.tenant_id == tenant.id, User.role == Role.ADMIN, User.disabled_at.is_(None))
        .order_by(User.id)
        .with_for_update()
    )
    return [AdminRow(*row) for row in db.execute(statement)]


def with_password(_db: Session, _tenant: Tenant, admins: Sequence[AdminRow]) -> set[int]:
    """A way in that is always there: the local sign-in takes the password of every admin."""
    return {admin.id for admin in admins if admin.has_password}


def add_way_in(config: Configurator, way: WayIn) -> None:
    """Pyramid directive: say who of the admins can sign in in a feature's way."""
    ways: list[WayIn] = config.registry[_WAYS_KEY]
    config.action(("portal way in", way), lambda: ways.append(way))


def ways_in(registry: Registry) -> Sequence[WayIn]:
    """Every way in that admins of this application have."""
    ways: list[WayIn] = registry[_WAYS_KEY]
    return ways


class PeopleAdministration:
    """Changes to the people of one tenant, each recorded in its audit log.

    `ways`: those in which admins can sign in, see `ways_in`.
    """

    def __init__(
        self,
        db: Session,
        tenant: Tenant,
        audit: AuditLog,
        ways: Sequence[WayIn] = (with_password,),
    ) -> None:
        self.db = db
        self.tenant = tenant
        self.audit = audit
        self.ways = ways

    def set_role(self, user: User, role: Role) -> None:
        """Give another role; the user's sessions end, so that none keeps the old rights.

        Raises LastAdminError.
        """
        if user.role == role:
            return
        if user.role == Role.ADMIN:
            self._keep_an_admin(user)
        before, user.role = user.role, role
        SessionService(self.db, self.tenant).end_all(user.id)
        if not role.is_staff:
            leave_teams(self.db, user)
        if role is not Role.AGENT:
            user.agent_role_id = None
        self.audit.record("person.role_changed", user.email, {"role": [before, role]})

    def set_agent_role(self, user: User, row: AgentRole | None) -> None:
        """What an agent may do, from the next request on; None: what every agent may. Admins and
        customers have no such role."""
        wanted = row.id if row is not None and user.role == Role.AGENT else None
        if user.agent_role_id == wanted:
            return
        before = (
            self.db.get(AgentRole, (self.tenant.id, user.agent_role_id))
            if user.agent_role_id is not None
            else None
        )
        user.agent_role_id = wanted
        names = [before.name if before else None, row.name if row and wanted else None]
        self.audit.record("person.role_changed", user.email, {"agent_role": names})

    def set_disabled(self, user: User, disabled: bool) -> None:
        """Shut the user out, sessions included, or let them in again. Raises LastAdminError.

        Who was merged into somebody else stays shut out.
        """
        if disabled == (user.disabled_at is not None) or user.merged_into_id is not None:
            return
        if disabled and user.role == Role.ADMIN:
            self._keep_an_admin(user)
        user.disabled_at = datetime.now(UTC) if disabled else None
        if disabled:
            SessionService(self.db, self.tenant).end_all(user.id)
        self.audit.record("person.disabled" if disabled else "person.enabled", user.email)

    def rename(self, user: User, name: str) -> None:
        """Change the name."""
        if changes := assign(user, {"name": name}):
            self.audit.record("person.changed", user.email, changes)

    def set_organisation(self, user: User, organisation: Organisation | None) -> None:
        """Make the user a member of another organisation, or of none."""
        organisation_id = organisation.id if organisation else None
        if user.organisation_id == organisation_id:
            return
        former = (
            self.db.get(Organisation, (self.tenant.id, user.organisation_id))
            if user.organisation_id is not None
            else None
        )
        user.organisation_id = organisation_id
        names = [row.name if row else None for row in (former, organisation)]
        self.audit.record("person.changed", user.email, {"organisation": names})

    def set_projects(self, user: User, project_ids: Collection[int]) -> None:
        """Let the user take part in exactly these projects."""
        before = project_keys(self.db, user)
        mine = (UserProject.tenant_id == self.tenant.id, UserProject.user_id == user.id)
        self.db.execute(
            delete(UserProject).where(*mine, UserProject.project_id.not_in(project_ids))
        )
        present = set(self.db.scalars(select(UserProject.project_id).where(*mine)))
        self.db.add_all(
            UserProject(tenant_id=self.tenant.id, user_id=user.id, project_id=project_id)
            for project_id in set(project_ids) - present
        )
        self.db.flush()
        if before != (after := project_keys(self.db, user)):
            self.audit.record("person.changed", user.email, {"projects": [before, after]})

    def _keep_an_admin(self, user: User) -> None:
        """Raises LastAdminError when nobody is left, or nobody who can sign in."""
        admins = lock_admins(self.db, self.tenant)
        others = [admin for admin in admins if admin.id != user.id]
        if not others or (self._who_can_sign_in(admins) and not self._who_can_sign_in(others)):
            raise LastAdminError

    def _who_can_sign_in(self, admins: Sequence[AdminRow]) -> set[int]:
        return {user_id for way in self.ways for user_id in way(self.db, self.tenant, admins)}


def project_keys(db: Session, user: User) -> list[str]:
    """The keys of the projects that a user takes part in."""
    return list(
        db.scalars(
            select(Project.key)
            .join(
                UserProject,
                (UserProject.tenant_id == Project.tenant_id)
                & (UserProject.project_id == Project.id),
            )
            .where(UserProject.tenant_id == user.tenant_id, UserProject.user_id == user.id)
            .order_by(Project.key)
        )
    )


def includeme(config: Configurator) -> None:
    """The directive, and the way in of this room."""
    config.registry[_WAYS_KEY] = []
    config.add_directive("add_way_in", add_way_in)
    config.add_way_in(with_password)
