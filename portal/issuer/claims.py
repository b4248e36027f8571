"""What a client learns of a person, by scope (OpenID Connect Core, 5.4)."""

from typing import Any

from sqlalchemy.orm import Session

from portal.people.models import Organisation, User
from portal.tenants.models import Tenant


def subject(user: User) -> str:
    """The person's `sub`: never given to another one (OpenID Connect Core, 8)."""
    return subject_of(user.id)


def subject_of(user_id: int) -> str:
    """The same, of somebody whose row is not at hand."""
    return str(user_id)


def person_claims(db: Session, tenant: Tenant, user: User, scope: str) -> dict[str, Any]:
    """The claims that the scope allows."""
    scopes = scope.split()
    claims: dict[str, Any] = {"sub": subject(user)}
    if "profile" in scopes:
        claims |= {
            "name": user.name,
            "locale": user.locale or tenant.locale,
            "zoneinfo": user.timezone or tenant.timezone,
        }
    if "email" in scopes:
        claims |= {"email": user.email, "email_verified": user.email_verified_at is not None}
    if "organisation" in scopes and user.organisation_id is not None:
        organisation = db.get(Organisation, (tenant.id, user.organisation_id))
        if organisation is not None:
            claims["organisation"] = {"id": str(organisation.id), "name": organisation.name}
    return claims
