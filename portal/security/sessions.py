"""Server-side sessions: made at sign-in, listed, revoked; touched at most once a minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pyramid.request import Request
from sqlalchemy import ColumnElement, and_, bindparam, delete, select, update
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.sql import func

from portal.people.models import AgentRole, Organisation, User
from portal.security import cookies
from portal.security.actors import identity_of
from portal.security.identity import Identity
from portal.security.models import Session
from portal.tenants.models import Tenant

TOUCH_AFTER = timedelta(minutes=1)

_CURRENT = (
    select(
        Session,
        User,
        Organisation.shared,
        Organisation.name,
        Organisation.members_reply,
        AgentRole,
    )
    .join(User, (User.tenant_id == Session.tenant_id) & (User.id == Session.user_id))
    .outerjoin(
        Organisation,
        (Organisation.tenant_id == User.tenant_id) & (Organisation.id == User.organisation_id),
    )
    .outerjoin(
        AgentRole,
        (AgentRole.tenant_id == User.tenant_id) & (AgentRole.id == User.agent_role_id),
    )
    .where(Session.tenant_id == bindparam("tenant_id"), Session.id_hash == bindparam("id_hash"))
)

#: Of a session: neither at its end, nor without a request for too long.
GOES_ON = and_(
    Session.expires_at > func.now(),
    Session.seen_at + func.make_interval(0, 0, 0, 0, 0, 0, Session.idle_seconds) > func.now(),
)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives, in seconds: without a request, and at the most."""

    idle: int
    absolute: int


class FoundSession(NamedTuple):
    """A live session, whose it is, and what was read beside it."""

    session: Session
    identity: Identity
    beside: tuple[Any, ...] = ()


class SessionService:
    """Sessions of one tenant's users."""

    def __init__(self, db: DbSession, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def find(self, value: str, beside: Sequence[ColumnElement[Any]] = ()) -> FoundSession | None:
        """The live session that a cookie value names, with whose it is; None for any other.

        `beside` are columns that are read with it; they are correlated with `Session`.
        """
        row = self.db.execute(
            _CURRENT.add_columns(*beside) if beside else _CURRENT,
            {"tenant_id": self.tenant.id, "id_hash": cookies.value_hash(value)},
        ).one_or_none()
        if row is None:
            return None
        session, user, shared, organisation, members_reply, agent_role, *values = row
        now = datetime.now(UTC)
        idle_until = session.seen_at + timedelta(seconds=session.idle_seconds)
        if user.disabled_at is not None or now >= min(idle_until, session.expires_at):
            return None
        self._touch(session, user, now)
        identity = identity_of(
            user,
            bool(shared),
            organisation,
            session.authenticator,
            members_reply=bool(members_reply),
            agent_role=agent_role,
        )
        return FoundSession(session, identity, tuple(values))

    def _touch(self, session: Session, user: User, now: datetime) -> None:
        if now - session.seen_at < TOUCH_AFTER:
            return
        # A plain UPDATE, so that two requests of one browser cannot conflict on a version. The user
        # first: an admin who shuts somebody out locks the person, then ends their sessions.
        self.db.execute(
            update(User)
            .where(User.tenant_id == self.tenant.id, User.id == user.id)
            .values(last_seen_at=now)
            .execution_options(synchronize_session=False)
        )
        self.db.execute(
            update(Session)
            .where(Session.tenant_id == self.tenant.id, Session.id_hash == session.id_hash)
            .values(seen_at=now)
            .execution_options(synchronize_session=False)
        )

    def create(
        self,
        user: User,
        value: str,
        lifetime: Lifetime,
        *,
        authenticator: str,
        key_id: str | None = None,
        methods: Sequence[str] = (),
        ip: str = "",
        user_agent: str = "",
        proven: bool = False,
        number: int | None = None,
    ) -> Session:
        """Sign a browser in: `value` must be fresh, never one that it sent. `methods`: how they
        proved who they are, in words of RFC 8176. `proven`: by somebody who has just given a
        password or a passkey of ours. `number`: of the session that this one continues."""
        now = datetime.now(UTC)
        if user.last_seen_at is None or now - user.last_seen_at >= TOUCH_AFTER:
            user.last_seen_at = now
        session = Session(
            tenant_id=self.tenant.id,
            id_hash=cookies.value_hash(value),
            user_id=user.id,
            authenticator=authenticator,
            key_id=key_id,
            methods=list(methods),
            ip=ip,
            user_agent=user_agent[:400],
            idle_seconds=lifetime.idle,
            expires_at=now + timedelta(seconds=lifetime.absolute),
            proven_at=now if proven else None,
            flashes=[],
        )
        if number is not None:
            session.number = number
        self.db.add(session)
        self.db.flush()
        return session

    def renew(self, session: Session, value: str) -> Session:
        """The session under a new id, which ends when the old one would have.

        `value` must be fresh. No key stands behind it any more: whoever asks vouches for it.
        """
        renewed = Session(
            tenant_id=self.tenant.id,
            id_hash=cookies.value_hash(value),
            # Other sites that hang on the session know it by its number, and it goes on.
            number=session.number,
            user_id=session.user_id,
            authenticator=session.authenticator,
            key_id=None,
            methods=session.methods,
            ip=session.ip,
            user_agent=session.user_agent,
            # Nobody has signed in just now, and other sites ask when somebody did.
            created_at=session.created_at,
            idle_seconds=session.idle_seconds,
            expires_at=session.expires_at,
            flashes=session.flashes,
        )
        self.end(session)
        self.db.add(renewed)
        self.db.flush()
        return renewed

    def of_user(self, user_id: int) -> Sequence[Session]:
        """A user's live sessions, the last used first."""
        return self.db.scalars(
            select(Session)
            .where(
                Session.tenant_id == self.tenant.id,
                Session.user_id == user_id,
                GOES_ON,
            )
            .order_by(Session.seen_at.desc())
        ).all()

    def end(self, session: Session) -> None:
        """Sign one browser out."""
        self.db.execute(
            delete(Session).where(
                Session.tenant_id == self.tenant.id, Session.id_hash == session.id_hash
            )
        )

    def end_numbered(self, user_id: int, number: int) -> bool:
        """Sign out the user's session of that number; False when there is none."""
        ended = self.db.execute(
            delete(Session)
            .where(
                Session.tenant_id == self.tenant.id,
                Session.user_id == user_id,
                Session.number == number,
            )
            .returning(Session.number)
        )
        return ended.first() is not None

    def made_with(self, key_id: str) -> int:
        """How many live sessions were made with a key: one that signs tokens, or an API key."""
        statement = select(func.count()).where(
            Session.tenant_id == self.tenant.id,
            Session.key_id == key_id,
            GOES_ON,
        )
        return self.db.scalar(statement) or 0

    def end_made_with(self, key_id: str) -> int:
        """Sign everybody out who was signed in with a key; how many live sessions that were."""
        live = self.made_with(key_id)
        self.db.execute(
            delete(Session).where(Session.tenant_id == self.tenant.id, Session.key_id == key_id)
        )
        return live

    def end_all(self, user_id: int, *, keep: Session | None = None) -> int:
        """Sign the user out everywhere, but for the session to keep; how many ended."""
        statement = delete(Session).where(
            Session.tenant_id == self.tenant.id, Session.user_id == user_id
        )
        if keep is not None:
            statement = statement.where(Session.id_hash != keep.id_hash)
        return len(self.db.execute(statement.returning(Session.number)).all())


def flash(
    request: Request,
    text: str,
    tone: str = "green",
    *,
    undo: str | None = None,
    seconds: int | None = None,
) -> None:
    """Show a message on the next page of a signed-in browser. Without a session: nothing.

    `undo`: where a button beside it posts that takes back what was done; `seconds`: how long that
    can be done, after which the message goes away by itself.
    """
    session: Session | None = request.session_record
    message: dict[str, Any] = {"tone": tone, "text": text}
    if undo:
        message |= {"undo": undo, "seconds": seconds}
    # A form that is sent twice says it once.
    if session is not None and message not in session.flashes:
        session.flashes = [*session.flashes, message]


def take_flashes(request: Request) -> list[dict[str, Any]]:
    """The messages for this page; they are shown once."""
    session: Session | None = request.session_record
    if session is None or not session.flashes:
        return []
    messages, session.flashes = session.flashes, []
    return messages
