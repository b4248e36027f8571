"""What admins do to people: roles, access, membership. A tenant never loses its last admin."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.people.models import Organisation, Project, Role, User, UserProject
from portal.security.sessions import SessionService
from portal.tenants.audit import AuditLog, assign
from portal.tenants.models import Tenant


class LastAdminError(Exception):
    """The change would leave the tenant without an admin who can sign in."""


def lock_admins(db: Session, tenant: Tenant) -> set[int]:
    """The ids of the admins who can sign in, locked until the transaction ends.

    Two admins who demote each other at once wait here for each other, and the second one then
    finds only who is left. Without the lock each would count the other.
    """
    statement = (
        select(User.id)
        .where(User.tenant_id == tenant.id, User.role == Role.ADMIN, User.disabled_at.is_(None))
        .order_by(User.id)
        .with_for_update()
    )
    return set(db.scalars(statement))


class PeopleAdministration:
    """Changes to the people of one tenant, each recorded in its audit log."""

    def __init__(self, db: Session, tenant: Tenant, audit: AuditLog) -> None:
        self.db = db
        self.tenant = tenant
        self.audit = audit

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
        self.audit.record("person.role_changed", user.email, {"role": [before, role]})

    def set_disabled(self, user: User, disabled: bool) -> None:
        """Shut the user out, sessions included, or let them in again. Raises LastAdminError."""
        if disabled == (user.disabled_at is not None):
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
        if not lock_admins(self.db, self.tenant) - {user.id}:
            raise LastAdminError


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
