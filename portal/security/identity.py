"""Who is asking."""

from dataclasses import dataclass, field
from datetime import datetime

from pyramid.authorization import Authenticated, Everyone

from portal.people.away import is_away
from portal.people.models import Role
from portal.people.preferences import Preferences

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

    @property
    def is_staff(self) -> bool:
        """Whether this is an agent or an admin."""
        return self.role.is_staff

    @property
    def is_away(self) -> bool:
        """Whether this is somebody of the team who is out of office now."""
        return self.is_staff and is_away(self)

    def principals(self) -> list[str]:
        """What ACLs are written in: roles, the user, and the organisation where it shares."""
        names = [Everyone, Authenticated, PERSON, f"user:{self.user_id}", f"role:{self.role}"]
        if self.role is Role.ADMIN:
            names.append(AGENT)
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
