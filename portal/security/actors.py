"""Whom a user's row stands for: in their own request, or where somebody acts without one."""

from sqlalchemy.orm import Session

from portal.people.models import AgentRole, Role, User
from portal.people.preferences import Preferences
from portal.security.grants import effective
from portal.security.identity import Identity


def identity_of(
    user: User,
    shared: bool,
    organisation: str | None,
    authenticator: str,
    *,
    members_reply: bool = False,
    agent_role: AgentRole | None = None,
) -> Identity:
    """The identity that a user's row stands for. Whose role is not at hand may do nothing that a
    role gives."""
    granted = None
    if user.role != Role.AGENT:
        agent_role = None
    elif user.agent_role_id is not None:
        granted = effective(agent_role.permissions) if agent_role is not None else frozenset()
    return Identity(
        tenant_id=user.tenant_id,
        user_id=user.id,
        email=user.email,
        name=user.name,
        role=Role(user.role),
        organisation_id=user.organisation_id,
        organisation_shared=shared,
        organisation_members_reply=shared and members_reply,
        organisation_name=organisation,
        locale=user.locale,
        timezone=user.timezone,
        authenticator=authenticator,
        has_password=user.password_hash is not None,
        has_second_factor=user.second_factor_at is not None,
        preferences=Preferences.of(user.preferences),
        away_from=user.away_from,
        away_until=user.away_until,
        agent_role=agent_role.name if agent_role is not None else None,
        granted=granted,
    )


def actor_of(db: Session, user: User, authenticator: str) -> Identity:
    """Who acts while no request of theirs is there, as their role is at this moment."""
    key = user.agent_role_id
    role = db.get(AgentRole, (user.tenant_id, key)) if key is not None else None
    return identity_of(user, False, None, authenticator, agent_role=role)
