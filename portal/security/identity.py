"""Who is asking."""

from dataclasses import dataclass, field
from datetime import datetime

from pyramid.authorization import Authenticated, Everyone

from portal.people.away import is_away
from portal.people.models import Role
from portal.people.preferences import Preferences
from portal.security.grants import EVERY, USUAL, principal_of
from portal.security.permissions import Permission

#: The principal of every signed-in person; an API client is none.
PERSON = "person"
#: Everybody who answers tickets (admins too), and those who set the tenant up.
AGENT, ADMIN = f"role:{Role.AGENT}", f"role:{Role.ADMIN}"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user of one tenant, as one authenticator proved it for one request."""

    tenant_id: int
    user_id: int
    email: str
    name: str
    role: Role
    organisation_id: int | None = None
    #: Whether the members of the organisation see each other's tickets.
    organisation_shared: bool = False
    #: Whether they may reply to each other's, too.
    organisation_members_reply: bool = False
    organisation_name: str | None = None
    locale: str | None = None
    timezone: str | None = None
    #: The name of the authenticator that identified the request.
    authenticator: str = "session"
    has_password: bool = False
    has_second_factor: bool = False
    preferences: Preferences = field(default_factory=Preferences)
    #: Out of office from when until when; see `portal.people.away`.
    away_from: datetime | None = None
    away_until: datetime | None = None
    #: The name of an agent's role, and what it lets them; None: they have the built-in one.
    agent_role: str | None = None
    granted: frozenset[Permission] | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """Which of the permissions that can be adjusted somebody of the team has."""
        if self.role is Role.ADMIN:
            return EVERY
        if self.role is Role.CUSTOMER:
            return frozenset()
        return USUAL if self.granted is None else self.granted

    def may(self, permission: Permission) -> bool:
        """Whether somebody of the team has a permission that can be adjusted."""
        return permission in self.permissions

    @property
    def is_staff(self) -> bool:
        """Whether this is an agent or an admin."""
        return self.role.is_staff

    @property
    def is_away(self) -> bool:
        """Whether this is somebody of the team who is out of office now."""
        return self.is_staff and is_away(self)

    def principals(self) -> list[str]:
        """What ACLs are written in: the user, the role and what it has, and for customers the
        organisation where it shares."""
        names = [Everyone, Authenticated, PERSON, f"user:{self.user_id}", f"role:{self.role}"]
        if self.is_staff:
            # Whatever they may do comes from their role, not from a ticket that they asked for or
            # are in copy of: else they could let themselves in.
            names += [AGENT] if self.role is Role.ADMIN else []
            return names + [principal_of(each) for each in sorted(self.permissions)]
        names.append(f"customer:{self.user_id}")
        if self.organisation_id is not None and self.organisation_shared:
            names.append(f"organisation:{self.organisation_id}")
            if self.organisation_members_reply:
                names.append(f"organisation:{self.organisation_id}:reply")
        return names


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A tenant's backend, by its API key. It is nobody's user and holds scopes, not a role."""

    tenant_id: int
    key_id: str
    scopes: frozenset[str] = field(default_factory=frozenset)
    authenticator: str = "api_key"

    def principals(self) -> list[str]:
        """Its scopes as principals."""
        return [Everyone, Authenticated, *(f"scope:{scope}" for scope in sorted(self.scopes))]
