"""API keys: made once, kept as a hash, known by `X-API-Key` and `X-API-Secret`."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import select, update
from sqlalchemy.orm import Session as DbSession

from portal.security.authenticators import Authenticator
from portal.security.identity import ApiClient
from portal.security.models import ApiKey, ApiKeyDirectory
from portal.tenants.models import Tenant
from portal.web.i18n import N_

SCOPES = ("auth:redirect", "tickets:read", "tickets:write")
_TOUCH_AFTER = timedelta(minutes=1)


def secret_hash(secret: str) -> bytes:
    """What the database keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class ApiKeyService:
    """The API keys of a tenant."""

    def __init__(self, db: DbSession, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def verify(self, public_id: str, secret: str) -> ApiKey | None:
        """The live key that the pair names. Unknown and wrong take the same time."""
        key = self.db.scalar(
            select(ApiKey).where(ApiKey.tenant_id == self.tenant.id, ApiKey.public_id == public_id)
        )
        known = key.secret_hash if key is not None else bytes(32)
        matches = hmac.compare_digest(known, secret_hash(secret))
        now = datetime.now(UTC)
        if key is None or not matches or key.revoked_at is not None:
            return None
        if key.expires_at is not None and key.expires_at <= now:
            return None
        self._touch(key, now)
        return key

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

    def create(self, name: str, scopes: list[str]) -> tuple[ApiKey, str]:
        """A new key with its secret, which is shown once and then known to nobody."""
        secret = secrets.token_urlsafe(32)
        return self.put(f"tk_{secrets.token_hex(8)}", secret, scopes, name), secret


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
        key = ApiKeyService(request.db, request.tenant).verify(public_id, secret)
        if key is None:
            return None
        return ApiClient(
            tenant_id=key.tenant_id, key_id=key.public_id, scopes=frozenset(key.scopes)
        )


def includeme(config: Configurator) -> None:
    """Install the authenticator."""
    config.add_authenticator(ApiKeyHeaders())
