"""`profile/security`: somebody's own second factors."""

from datetime import UTC, datetime, timedelta

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from portal.factors.gate import REASON
from portal.people.models import User
from portal.security.models import Session
from portal.web.tree import Resource

#: So long after a password or a passkey was given, factors may be changed without another.
PROOF_HOLDS = timedelta(minutes=15)


class SecurityResource(Resource):
    """`profile/security`. It stands past the gate that sends people here."""

    past_gates = frozenset({REASON})


def own_account(request: Request) -> User:
    """Whose page it is. Raises HTTPNotFound for people who have no password here: whoever
    vouches for them asks for factors of their own."""
    user: User | None = request.db.get(User, (request.tenant.id, request.identity.user_id))
    if user is None or user.password_hash is None:
        raise HTTPNotFound
    return user


def is_proven(session: Session) -> bool:
    """Whether whoever sits there has just shown who they are."""
    return session.proven_at is not None and datetime.now(UTC) - session.proven_at < PROOF_HOLDS


def includeme(config: Configurator) -> None:
    """Mount the place."""
    config.add_profile_child(
        "security", lambda parent, name: SecurityResource(parent.request, parent, name)
    )
