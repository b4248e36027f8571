"""From what an authenticator says of a visitor to a session: steps 10 to 15, the same for all.

``judge`` makes every check and writes nothing: what a test of a token, a prefetching browser or a
question to the visitor needs. ``complete`` uses the assertion up and provisions, in the caller's
transaction: all or nothing.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.people.models import Role, User
from portal.signin.assertion import Assertion
from portal.signin.codes import Code, Notice, Step
from portal.signin.configuration import Configuration
from portal.signin.emails import canonical_email, check_domain, mask_email
from portal.signin.expiry import expired
from portal.signin.models import SsoReplay
from portal.signin.pending import text_hash
from portal.signin.provisioning import Provisioning
from portal.signin.refusals import Refusal
from portal.signin.token import REPLAY_MEMORY
from portal.signin.trace import Trace
from portal.tenants.models import Tenant
from portal.web.i18n import N_
from portal.web.redirects import Blocked, SafeURL

#: What the log says of an account: its role, and whether it is new.
_ROLES_SEEN = {
    (Role.CUSTOMER, False): N_("a customer"),
    (Role.CUSTOMER, True): N_("a customer, new"),
    (Role.AGENT, False): N_("an agent"),
    (Role.AGENT, True): N_("an agent, new"),
    (Role.ADMIN, False): N_("an admin"),
    (Role.ADMIN, True): N_("an admin, new"),
}
#: Turns what the visitor asked for into a place to go, or says why not.
Resolve = Callable[[str], SafeURL | Blocked]


@dataclass(frozen=True, slots=True)
class Visit:
    """The browser that the assertion came with."""

    #: Who is signed in there now.
    user_id: int | None = None
    #: Where it was going when it started a sign-in here; None: it started none.
    pending: str | None = None
    #: SHA-256 of the state and the nonce that it was given then, if it was given any.
    state_hash: bytes | None = None
    nonce_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """An assertion that passed every check and was not used yet."""

    assertion: Assertion
    email: str
    #: None: the account is made when the sign-in is completed.
    user: User | None
    role: Role
    #: None: the home page.
    target: SafeURL | None
    #: Whether the visitor has to agree first: somebody else is signed in, or the tenant says so.
    ask: bool

    @property
    def name(self) -> str:
        """What to call the visitor."""
        if self.user is not None:
            return self.user.name
        return self.assertion.name or self.email.partition("@")[0]


class AlreadyUsed(Refusal):
    """The token was used before. ``user_id``: for whom."""

    def __init__(self, replay_key: bytes, user_id: int | None = None) -> None:
        super().__init__(Code.TOKEN_REPLAYED)
        self.replay_key = replay_key
        self.user_id = user_id


class Pipeline:
    """Decides about assertions for one tenant."""

    def __init__(
        self, db: Session, tenant: Tenant, configuration: Configuration, trace: Trace
    ) -> None:
        self.db = db
        self.tenant = tenant
        self.configuration = configuration
        self.trace = trace
        self.provisioning = Provisioning(db, tenant, configuration, trace)

    def judge(self, assertion: Assertion, visit: Visit | None, resolve: Resolve) -> Judged:
        """Steps 10 to 13. Raises ``Refusal``; writes nothing.

        No ``visit``: the token is only tested, and what belongs to a browser is not looked at.
        """
        with self.trace.step(Step.ONCE):
            self._check_unused(assertion)
            if visit is not None:
                self._check_solicited(assertion, visit)
        with self.trace.step(Step.EMAIL) as check:
            email = self._check_email(assertion)
            check.seen = self.trace.masked_email or ""
        with self.trace.step(Step.PERSON) as check:
            user = self.provisioning.find(assertion, email)
            role = self.provisioning.role(assertion, user)
            check.seen = _ROLES_SEEN[role, user is None]
        with self.trace.step(Step.TARGET) as check:
            target = self._target(assertion, visit, resolve)
            check.seen = N_("home") if target is None else target.partition("?")[0][:200]
        ask = visit is not None and visit.pending is None and self._asks(user, visit)
        return Judged(assertion, email, user, role, target, ask)

    def _asks(self, user: User | None, visit: Visit) -> bool:
        """Whether somebody whose sign-in was not started here has to agree to it."""
        somebody_else = visit.user_id is not None and (user is None or user.id != visit.user_id)
        return somebody_else or self.configuration.settings.unsolicited == "confirm"

    def _check_unused(self, assertion: Assertion) -> None:
        if assertion.replay_key is None:
            return
        used = self.db.execute(
            select(SsoReplay.user_id).where(
                SsoReplay.tenant_id == self.tenant.id,
                SsoReplay.token_hash == assertion.replay_key,
            )
        ).one_or_none()
        if used is not None:
            raise AlreadyUsed(assertion.replay_key, used[0])

    def _check_solicited(self, assertion: Assertion, visit: Visit) -> None:
        """Somebody started this sign-in here, or the tenant does not ask for that."""
        if assertion.started_here:
            self._check_started(assertion, visit)
        if visit.pending is None and self.configuration.settings.unsolicited == "deny":
            raise Refusal(Code.STATE_REQUIRED)

    def _check_started(self, assertion: Assertion, visit: Visit) -> None:
        """The state and the nonce are the ones that this browser was given, and not used yet."""
        if visit.state_hash is None or visit.nonce_hash is None:
            raise Refusal(
                Code.STATE_MISMATCH,
                hint=N_(
                    "This browser has no sign-in under way: it was started elsewhere, more than "
                    "ten minutes ago, or is finished."
                ),
            )
        for name, value, wanted in (
            ("state", assertion.state, visit.state_hash),
            ("nonce", assertion.nonce, visit.nonce_hash),
        ):
            if value is None or not hmac.compare_digest(text_hash(value), wanted):
                raise Refusal(
                    Code.STATE_MISMATCH,
                    hint=N_(
                        "“%(name)s” is not the one that this browser was given last. Send back "
                        "what came with the visitor, unchanged.",
                        name=name,
                    ),
                    seen=name if value is None else N_("%(name)s: another", name=name),
                    wanted=name,
                )

    def _check_email(self, assertion: Assertion) -> str:
        email = canonical_email(assertion.email)
        self.trace.masked_email = mask_email(email)
        if assertion.email_verified is False:
            raise Refusal(Code.EMAIL_UNVERIFIED, seen="email_verified: false")
        settings = self.configuration.settings
        check_domain(
            email,
            allowed=settings.allowed_email_domains,
            blocked=settings.blocked_email_domains,
        )
        return email

    def _target(
        self, assertion: Assertion, visit: Visit | None, resolve: Resolve
    ) -> SafeURL | None:
        """Where the assertion says, else where the browser was going. Never a reason to refuse."""
        wanted = assertion.target or (visit.pending if visit is not None else None)
        if not wanted:
            return None
        place = resolve(wanted)
        if isinstance(place, Blocked):
            self.trace.notice(Notice.REDIRECT_BLOCKED)
            return None
        return place

    def rehearse(self, judged: Judged) -> None:
        """What only making or changing the account shows, such as a project that does not exist.

        All of it is undone at once. Raises ``Refusal``.
        """
        user_id = self.trace.user_id
        with self.db.begin_nested() as savepoint:
            self.provisioning.provision(judged.user, judged.assertion, judged.email, judged.role)
            savepoint.rollback()
        # An account that was not made after all has no number.
        self.trace.user_id = user_id

    def complete(self, judged: Judged, reference: str) -> User:
        """Steps 14 and 15, but for the session: use the assertion up, then provision.

        The ledger keeps ``reference``, so that a second use finds the first in the log.

        Of several at once exactly one comes past the replay key: the others wait for it in the
        database, and are refused when it commits. Raises ``Refusal``.
        """
        with self.trace.step(Step.CONSUME):
            self._use_up(judged, reference)
        user = self.provisioning.provision(judged.user, judged.assertion, judged.email, judged.role)
        self._note_user(judged, user)
        return user

    def _use_up(self, judged: Judged, reference: str) -> None:
        if judged.assertion.replay_key is None:
            return
        now = datetime.now(UTC)
        inserted = self.db.execute(
            insert(SsoReplay)
            .add_cte(expired(SsoReplay, self.tenant.id, now))
            .values(
                tenant_id=self.tenant.id,
                token_hash=judged.assertion.replay_key,
                user_id=judged.user.id if judged.user is not None else None,
                reference=reference,
                used_at=now,
                expires_at=now + timedelta(seconds=REPLAY_MEMORY),
            )
            .on_conflict_do_nothing(index_elements=[SsoReplay.tenant_id, SsoReplay.token_hash])
            .returning(SsoReplay.token_hash)
        )
        if inserted.first() is None:
            raise AlreadyUsed(judged.assertion.replay_key)

    def _note_user(self, judged: Judged, user: User) -> None:
        """A new account gets its number only now; the ledger then says whose token it was."""
        if judged.user is not None or judged.assertion.replay_key is None:
            return
        self.db.execute(
            update(SsoReplay)
            .where(
                SsoReplay.tenant_id == self.tenant.id,
                SsoReplay.token_hash == judged.assertion.replay_key,
            )
            .values(user_id=user.id)
            .execution_options(synchronize_session=False)
        )
