"""API keys: made once, kept as a hash, known by `X-API-Key` and `X-API-Secret`.

A secret is shown once and then known to nobody here. A new secret leaves the one before it valid
for a while, so that a program can be given the new one without a failed call.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import select, update
from sqlalchemy.orm import Session as DbSession

from portal.security.authenticators import Authenticator
from portal.security.identity import ApiClient
from portal.security.models import ApiKey, ApiKeyDirectory
from portal.tenants.models import Tenant
from portal.web.i18n import N_, Message

log = structlog.get_logger("portal.security")

SCOPES = ("auth:redirect", "tickets:read", "tickets:write")
#: Hours for which the secret before a new one is still taken.
LONGEST_GRACE = 72
_TOUCH_AFTER = timedelta(minutes=1)


class KeyRefused(Exception):
    """A call brought a key that is not taken. To the caller, all of these look the same.

    ``hint`` says why, to the tenant's own people; ``reason`` is a word for the log.
    """

    def __init__(self, reason: str, hint: Message) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def secret_hash(secret: str) -> bytes:
    """What the database keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class ApiKeyService:
    """The API keys of a tenant."""

    def __init__(self, db: DbSession, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def all(self) -> Sequence[ApiKey]:
        """Every key, the latest first; revoked ones come last."""
        return self.db.scalars(
            select(ApiKey)
            .where(ApiKey.tenant_id == self.tenant.id)
            .order_by(ApiKey.revoked_at.is_not(None), ApiKey.created_at.desc(), ApiKey.public_id)
        ).all()

    def verify(self, public_id: str, secret: str) -> ApiKey:
        """The live key that the pair names. Raises KeyRefused.

        Unknown and wrong take the same time: both secrets are always compared.
        """
        key = self.db.scalar(
            select(ApiKey).where(ApiKey.tenant_id == self.tenant.id, ApiKey.public_id == public_id)
        )
        given, nothing = secret_hash(secret), bytes(32)
        matches = hmac.compare_digest(key.secret_hash if key else nothing, given)
        former = (key.former_secret_hash if key else None) or nothing
        matches_former = hmac.compare_digest(former, given)
        if key is None:
            raise KeyRefused("unknown", N_("No API key here has the ID that the call brought."))
        now = datetime.now(UTC)
        self._check(key, now, matches=matches, matches_former=matches_former)
        self._touch(key, now)
        return key

    def _check(self, key: ApiKey, now: datetime, *, matches: bool, matches_former: bool) -> None:
        name = {"key": key.public_id}
        if not matches and not matches_former:
            raise KeyRefused(
                "wrong_secret", N_("The secret of the API key “%(key)s” is wrong.", **name)
            )
        if not matches and (key.former_not_after is None or key.former_not_after <= now):
            raise KeyRefused(
                "former_secret",
                N_(
                    "The API key “%(key)s” has a new secret, and the one before, which the call "
                    "brought, has ended.",
                    **name,
                ),
            )
        if key.revoked_at is not None:
            raise KeyRefused("revoked", N_("The API key “%(key)s” was revoked.", **name))
        if key.expires_at is not None and key.expires_at <= now:
            raise KeyRefused(
                "expired",
                N_(
                    "The API key “%(key)s” expired on %(day)s. Its page in the settings can give "
                    "it more time.",
                    day=key.expires_at.date().isoformat(),
                    **name,
                ),
            )

    def _touch(self, key: ApiKey, now: datetime) -> None:
        if key.last_used_at is None or now - key.last_used_at > _TOUCH_AFTER:
            self.db.execute(
                update(ApiKey)
                .where(ApiKey.tenant_id == self.tenant.id, ApiKey.public_id == key.public_id)
                .values(last_used_at=now)
            )

    def put(self, public_id: str, secret: str, scopes: list[str], name: str = "") -> ApiKey:
        """Create the key, or give an existing one this secret and these scopes."""
        key = self.db.get(ApiKey, (self.tenant.id, public_id))
        if key is None:
            key = ApiKey(tenant_id=self.tenant.id, public_id=public_id)
            self.db.add(ApiKeyDirectory(public_id=public_id, tenant_id=self.tenant.id))
            self.db.add(key)
        key.secret_hash, key.scopes, key.name = secret_hash(secret), scopes, name
        self.db.flush()
        return key

    def create(
        self, name: str, scopes: list[str], *, expires_at: datetime | None = None
    ) -> tuple[ApiKey, str]:
        """A new key with its secret, which is shown once and then known to nobody."""
        secret = secrets.token_urlsafe(32)
        key = self.put(f"tk_{secrets.token_hex(8)}", secret, scopes, name)
        key.expires_at = expires_at
        self.db.flush()
        return key, secret

    def locked(self, public_id: str) -> ApiKey:
        """The key as it is now, for a change that nobody else makes at the same time."""
        return self.db.get_one(
            ApiKey, (self.tenant.id, public_id), with_for_update=True, populate_existing=True
        )

    def renew_secret(self, key: ApiKey, *, grace: int) -> str:
        """A new secret; the one it replaces is taken for `grace` hours more, 0 to 72."""
        secret = secrets.token_urlsafe(32)
        hours = max(0, min(grace, LONGEST_GRACE))
        key.former_secret_hash = key.secret_hash if hours else None
        key.former_not_after = datetime.now(UTC) + timedelta(hours=hours) if hours else None
        key.secret_hash = secret_hash(secret)
        self.db.flush()
        return secret

    def revoke(self, key: ApiKey) -> None:
        """The key is not taken any more, for good."""
        key.revoked_at = datetime.now(UTC)
        key.former_secret_hash = key.former_not_after = None
        self.db.flush()


class ApiKeyHeaders(Authenticator):
    """Knows the tenant's backend by its two headers, where a place accepts API keys."""

    name = "api_key"
    label = N_("API key")

    def identify(self, request: Request) -> ApiClient | None:
        """The client whose key and secret the headers carry."""
        public_id, secret = request.headers.get("X-API-Key"), request.headers.get("X-API-Secret")
        # No column holds a NUL, and not every server refuses one in a header.
        if not public_id or not secret or "\0" in public_id:
            return None
        try:
            key = ApiKeyService(request.db, request.tenant).verify(public_id, secret)
        except KeyRefused as refused:
            # The answer gives nothing away; whoever looks for the reason finds it here, and for
            # calls that sign people in, in the sign-in log.
            request.api_key_refusal = refused.hint
            log.info("api key refused", reason=refused.reason, key=public_id[:100])
            return None
        return ApiClient(
            tenant_id=key.tenant_id, key_id=key.public_id, scopes=frozenset(key.scopes)
        )


def includeme(config: Configurator) -> None:
    """Install the authenticator."""
    config.add_authenticator(ApiKeyHeaders())
