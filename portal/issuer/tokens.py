"""Grants and their tokens: issued together, rotated, revoked together."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from portal.issuer.clients import secret_hash
from portal.issuer.models import IssuerClient, IssuerCode, IssuerGrant, IssuerToken
from portal.people.models import User
from portal.security.models import Session as PortalSession
from portal.security.sessions import GOES_ON
from portal.tenants.models import Tenant

Kind = Literal["access", "refresh"]

ACCESS_LIFETIME = timedelta(minutes=10)
#: A refresh token that nobody exchanges. Its grant ends earlier when the session does.
REFRESH_LIFETIME = timedelta(days=30)
#: So long is a used refresh token remembered, so that its second use is noticed.
REMEMBERED = timedelta(days=1)
#: No session lasts longer, and so no grant.
GRANTS_KEPT = timedelta(days=91)
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Held:
    """A token that was shown, with what stands behind it."""

    token: IssuerToken
    grant: IssuerGrant
    user: User
    #: Whether the session at the portal still goes on.
    in_session: bool
    #: Whether the client that it was issued to is switched on.
    is_on: bool

    @property
    def expires_at(self) -> int:
        """Unix seconds."""
        return int(self.token.expires_at.timestamp())

    def check_client(self, client: object) -> bool:
        """Whether it was issued to this client."""
        return getattr(client, "client_id", None) == self.grant.client_id

    def get_scope(self) -> str:
        """What it allows."""
        return self.token.scope

    def is_expired(self) -> bool:
        """Whether its time is up, or that of the session that it came from."""
        return not self.in_session or self.token.expires_at <= datetime.now(UTC)

    def is_revoked(self) -> bool:
        """Whether it, or its whole family, was taken back; or the person may not come in, or the
        client may not ask any more."""
        return (
            self.token.revoked_at is not None
            or self.grant.revoked_at is not None
            or self.user.disabled_at is not None
            or not self.is_on
        )

    def is_active(self) -> bool:
        """Whether it still opens anything."""
        return not (self.is_expired() or self.is_revoked() or self.token.used_at is not None)


def session_goes_on() -> ColumnElement[bool]:
    """Of a grant in a statement: whether the session that it came from still goes on."""
    return (
        select(PortalSession.number)
        .where(
            PortalSession.tenant_id == IssuerGrant.tenant_id,
            PortalSession.number == IssuerGrant.session_number,
            GOES_ON,
        )
        .exists()
    )


class Tokens:
    """The grants and tokens of one tenant."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def goes_on(self, session_number: int) -> bool:
        """Whether the session at the portal, on which everything hangs, still goes on."""
        found = self.db.scalar(
            select(PortalSession.number).where(
                PortalSession.tenant_id == self.tenant.id,
                PortalSession.number == session_number,
                GOES_ON,
            )
        )
        return found is not None

    def grant(self, code: IssuerCode) -> IssuerGrant:
        """The family that a code led to, which is new."""
        grant = IssuerGrant(
            tenant_id=self.tenant.id,
            client_id=code.client_id,
            user_id=code.user_id,
            session_number=code.session_number,
            scope=code.scope,
            auth_time=code.auth_time,
            methods=code.methods,
        )
        self.db.add(grant)
        self.db.flush()
        code.grant_id = grant.id
        return grant

    def save(self, grant: IssuerGrant, kind: Kind, value: str, scope: str) -> None:
        """Keep a token under its hash. Some that are long over are cleared away with it."""
        now = datetime.now(UTC)
        self._clear(now)
        self.db.add(
            IssuerToken(
                tenant_id=self.tenant.id,
                token_hash=secret_hash(value),
                kind=kind,
                grant_id=grant.id,
                scope=scope,
                created_at=now,
                expires_at=now + (ACCESS_LIFETIME if kind == "access" else REFRESH_LIFETIME),
            )
        )

    def find(self, value: str, kind: Kind | None = None) -> Held | None:
        """The token, also one that opens nothing any more."""
        is_on = IssuerClient.disabled_at.is_(None)
        statement = (
            select(IssuerToken, IssuerGrant, User, session_goes_on(), is_on)
            .join(
                IssuerGrant,
                (IssuerGrant.tenant_id == IssuerToken.tenant_id)
                & (IssuerGrant.id == IssuerToken.grant_id),
            )
            .join(
                User, (User.tenant_id == IssuerGrant.tenant_id) & (User.id == IssuerGrant.user_id)
            )
            .join(
                IssuerClient,
                (IssuerClient.tenant_id == IssuerGrant.tenant_id)
                & (IssuerClient.client_id == IssuerGrant.client_id),
            )
            .where(
                IssuerToken.tenant_id == self.tenant.id,
                IssuerToken.token_hash == secret_hash(value),
            )
        )
        if kind is not None:
            statement = statement.where(IssuerToken.kind == kind)
        row = self.db.execute(statement).one_or_none()
        return Held(*row) if row is not None else None

    def use(self, held: Held) -> bool:
        """Use a refresh token up; False when that was done before.

        Of several at once exactly one is told True.
        """
        used = self.db.scalar(
            update(IssuerToken)
            .where(
                IssuerToken.tenant_id == self.tenant.id,
                IssuerToken.token_hash == held.token.token_hash,
                IssuerToken.used_at.is_(None),
            )
            .values(used_at=func.now())
            .returning(IssuerToken.used_at)
            .execution_options(synchronize_session=False)
        )
        return used is not None

    def revoke(self, grant_id: int) -> None:
        """Take the whole family back."""
        self.db.execute(
            update(IssuerGrant)
            .where(
                IssuerGrant.tenant_id == self.tenant.id,
                IssuerGrant.id == grant_id,
                IssuerGrant.revoked_at.is_(None),
            )
            .values(revoked_at=func.now())
            .execution_options(synchronize_session=False)
        )

    def revoke_one(self, held: Held) -> None:
        """Take back one access token, and leave its family."""
        held.token.revoked_at = datetime.now(UTC)

    def _clear(self, now: datetime) -> None:
        for model, key, over in (
            (
                IssuerToken,
                (IssuerToken.tenant_id, IssuerToken.token_hash),
                IssuerToken.expires_at < now - REMEMBERED,
            ),
            (
                IssuerGrant,
                (IssuerGrant.tenant_id, IssuerGrant.id),
                IssuerGrant.created_at < now - GRANTS_KEPT,
            ),
        ):
            stale = (
                select(*key)
                .where(key[0] == self.tenant.id, over)
                .limit(_AT_ONCE)
                .with_for_update(skip_locked=True)
            )
            self.db.execute(
                delete(model)
                .where(tuple_(*key).in_(stale))
                .execution_options(synchronize_session=False)
            )


def new_token() -> str:
    """A fresh token: 256 random bits."""
    return secrets.token_urlsafe(32)
