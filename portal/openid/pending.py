"""Sign-ins under way: what a browser took along to the provider, and must bring back.

Kept for ten minutes, found by the state, bound to the browser, and taken once.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pyramid.config import Configurator
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.openid.models import OpenidLogin
from portal.security.cookies import value_hash
from portal.security.sealed import SealedColumn
from portal.security.secrets import SecretBox
from portal.signin.expiry import expired
from portal.signin.pending import KEPT_FOR, text_hash
from portal.tenants.models import Tenant

#: RFC 7636, 4.1: 43 to 128 characters; this makes 64.
_VERIFIER_BYTES = 48


@dataclass(frozen=True, slots=True)
class Departure:
    """What a browser takes along."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that this very browser started at this very provider."""

    nonce_hash: bytes
    verifier: str = field(repr=False)
    redirect_uri: str
    target: str
    tries: bool


class OpenidLogins:
    """The sign-ins of one tenant that are under way."""

    def __init__(self, db: Session, tenant: Tenant, box: SecretBox) -> None:
        self.db = db
        self.tenant = tenant
        self.box = box

    def start(
        self, visitor: str, provider_key: str, *, redirect_uri: str, target: str, tries: bool
    ) -> Departure:
        """The browser ``visitor`` (a cookie value) sets out."""
        leaving = Departure(
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(_VERIFIER_BYTES),
        )
        state_hash, now = text_hash(leaving.state), datetime.now(UTC)
        sealed = self.box.seal(
            leaving.verifier.encode(), tenant_id=self.tenant.id, row=_row_name(state_hash)
        )
        self.db.execute(
            insert(OpenidLogin)
            .add_cte(expired(OpenidLogin, self.tenant.id, now))
            .values(
                tenant_id=self.tenant.id,
                state_hash=state_hash,
                provider_key=provider_key,
                visitor_hash=value_hash(visitor),
                nonce_hash=text_hash(leaving.nonce),
                verifier_encrypted=sealed,
                redirect_uri=redirect_uri,
                target=target,
                tries=tries,
                expires_at=now + KEPT_FOR,
            )
        )
        return leaving

    def take(self, state: str, visitor: str, provider_key: str) -> Started | None:
        """The sign-in of that state, which is then finished; None where it is another browser's,
        another provider's, too old, or finished already.

        A state that comes back in another browser stays: its own browser is still on the way.
        """
        state_hash = text_hash(state)
        row = self.db.execute(
            delete(OpenidLogin)
            .where(
                OpenidLogin.tenant_id == self.tenant.id,
                OpenidLogin.state_hash == state_hash,
                OpenidLogin.visitor_hash == value_hash(visitor),
                OpenidLogin.provider_key == provider_key,
            )
            .returning(
                OpenidLogin.expires_at,
                OpenidLogin.nonce_hash,
                OpenidLogin.verifier_encrypted,
                OpenidLogin.redirect_uri,
                OpenidLogin.target,
                OpenidLogin.tries,
            )
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is None or row.expires_at <= datetime.now(UTC):
            return None
        verifier = self.box.open(
            row.verifier_encrypted, tenant_id=self.tenant.id, row=_row_name(state_hash)
        )
        return Started(row.nonce_hash, verifier.decode(), row.redirect_uri, row.target, row.tries)


def is_nonce(value: object, nonce_hash: bytes) -> bool:
    """Whether a claim is the nonce that the browser was given."""
    return isinstance(value, str) and hmac.compare_digest(text_hash(value), nonce_hash)


def _row_name(state_hash: bytes) -> str:
    return f"openid_logins/{state_hash.hex()}"


def includeme(config: Configurator) -> None:
    """What waits for its browser follows a new master key."""
    config.add_sealed_column(
        SealedColumn(OpenidLogin.verifier_encrypted, lambda row: _row_name(row.state_hash))
    )
