"""What the portal keeps about a person, as the person may have it: rooms bring their own rows.

Nothing in it tells what only the team may know: no internal notes, no notes about the person.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.people.models import Identity, Organisation, Project, User, UserProject
from portal.tenants.models import AuditEntry, Tenant

REGISTRY_KEY = "people.own_data"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A stored file, and its path in the archive."""

    path: str
    storage_key: str


@dataclass(frozen=True, slots=True)
class OwnData:
    """One part: what becomes `{name}.json` (moments and enums included), and files beside it."""

    name: str
    content: Any
    files: Sequence[OwnFile] = ()


#: Reads one part, of one tenant and one person.
OwnDataSource = Callable[[Session, Tenant, User], OwnData]


def add_own_data(config: Configurator, source: OwnDataSource) -> None:
    """Pyramid directive: put the rows of a room into what a person can download."""
    sources: list[OwnDataSource] = config.registry[REGISTRY_KEY]
    config.action(("portal own data", source), lambda: sources.append(source))


def person(db: Session, tenant: Tenant, user: User) -> OwnData:
    """The person themselves: the row, where they belong, how other systems call them."""
    organisation = (
        db.get(Organisation, (tenant.id, user.organisation_id)) if user.organisation_id else None
    )
    projects = db.scalars(
        select(Project.name)
        .join(
            UserProject,
            (UserProject.tenant_id == Project.tenant_id) & (UserProject.project_id == Project.id),
        )
        .where(UserProject.tenant_id == tenant.id, UserProject.user_id == user.id)
        .order_by(Project.name)
    ).all()
    identities = db.scalars(
        select(Identity)
        .where(Identity.tenant_id == tenant.id, Identity.user_id == user.id)
        .order_by(Identity.created_at)
    ).all()
    return OwnData(
        "person",
        {
            "help_desk": tenant.name,
            "name": user.name,
            "email": user.email,
            "email_verified_at": user.email_verified_at,
            "role": user.role,
            "organisation": organisation.name if organisation else None,
            "projects": projects,
            "language": user.locale,
            "time_zone": user.timezone,
            "preferences": user.preferences,
            "has_password": user.password_hash is not None,
            "created_at": user.created_at,
            "last_seen_at": user.last_seen_at,
            "known_as": [
                {
                    "by": identity.namespace,
                    "as": identity.external_id,
                    "since": identity.created_at,
                }
                for identity in identities
            ],
        },
    )


def changes(db: Session, tenant: Tenant, user: User) -> OwnData:
    """What the person did to settings, and to their own account."""
    entries = db.scalars(
        select(AuditEntry)
        .where(AuditEntry.tenant_id == tenant.id, AuditEntry.actor_id == user.id)
        .order_by(AuditEntry.id)
    )
    return OwnData(
        "changes",
        [
            {"at": entry.created_at, "action": entry.action, "target": entry.target, "ip": entry.ip}
            for entry in entries
        ],
    )


def includeme(config: Configurator) -> None:
    """The directive, and what this room keeps."""
    config.registry[REGISTRY_KEY] = []
    config.add_directive("add_own_data", add_own_data)
    config.add_own_data(person)
    config.add_own_data(changes)
