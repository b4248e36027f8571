"""What a tenant's engineers put into their configuration: addresses and names, never a secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pyramid.request import Request
from sqlalchemy import select

from portal.security.models import ApiKey
from portal.signin.dialects.central import CENTRAL
from portal.signin.settings_dialects import DialectRow, dialect_rows

#: What the samples' API key has to be allowed, the more important one first.
_SCOPES = ("tickets:write", "auth:redirect")


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A signing key by its id."""

    kid: str
    algorithm: str
    is_previous: bool


@dataclass(frozen=True, slots=True)
class Values:
    """The tenant's own values, as they are now."""

    slug: str
    #: Where the tenant's pages are, without a slash at the end.
    portal_url: str
    #: Where the samples send their visitors.
    callback_url: str
    #: What a server calls: hand a visitor over, end a person's sessions, open a ticket.
    handover_url: str
    sign_out_url: str
    tickets_url: str
    #: The addresses of the dialects that are on.
    addresses: Sequence[DialectRow]
    #: Whether tokens as the samples make them are accepted.
    takes_samples: bool
    company_id: str
    account_id: str
    remote_login_url: str
    remote_logout_url: str
    allowed_origins: Sequence[str]
    keys: Sequence[KeyValue]
    #: Public ids of the API keys that work; the first one is the samples'.
    api_keys: Sequence[str]

    @property
    def key_id(self) -> str:
        """The current key's id; empty when there is none."""
        return next((key.kid for key in self.keys if not key.is_previous), "")

    def environment(self) -> dict[str, str]:
        """What the samples read from their environment, as far as it may be told."""
        return {
            "PORTAL_URL": self.portal_url,
            "PORTAL_CALLBACK_URL": self.callback_url,
            "PORTAL_TENANT": self.slug,
            "PORTAL_KEY_ID": self.key_id,
            "PORTAL_API_KEY": next(iter(self.api_keys), ""),
        }


def tenant_values(request: Request) -> Values:
    """The values of the request's tenant, at the address by which it was reached."""
    tenant, place = request.tenant, request.context_tenant
    configuration = request.sign_in_configuration
    settings = configuration.settings
    now = datetime.now(UTC)
    rows = dialect_rows(request, settings, settings.dialects)
    return Values(
        slug=tenant.slug,
        portal_url=request.absolute(place).rstrip("/"),
        callback_url=request.absolute(place, *CENTRAL.endpoints[0].path.split("/")),
        handover_url=request.absolute(place, "api", "auth", "redirect"),
        sign_out_url=request.absolute(place, "api", "auth", "logout"),
        tickets_url=request.absolute(place, "api", "v2", "tickets"),
        addresses=[row for row in rows if row.on and row.url],
        takes_samples=CENTRAL.name in settings.dialects,
        company_id=tenant.company_id or "",
        account_id=tenant.account_id or "",
        remote_login_url=settings.remote_login_url,
        remote_logout_url=settings.remote_logout_url,
        allowed_origins=settings.allowed_origins,
        keys=[
            KeyValue(key.kid, key.algorithm, key.previous)
            for key in configuration.keys
            if key.usable(now.timestamp())
        ],
        api_keys=_api_keys(request, now),
    )


def _api_keys(request: Request, now: datetime) -> list[str]:
    """Those that the samples can use come first, then the newest."""
    rows = request.db.execute(
        select(ApiKey.public_id, ApiKey.scopes)
        .where(
            ApiKey.tenant_id == request.tenant.id,
            ApiKey.revoked_at.is_(None),
            ApiKey.expires_at.is_(None) | (ApiKey.expires_at > now),
        )
        .order_by(ApiKey.created_at.desc(), ApiKey.public_id)
    ).all()
    rows = sorted(rows, key=lambda row: [scope not in row.scopes for scope in _SCOPES])
    return [row.public_id for row in rows]
