"""A tenant's sign-in settings and keys, as a sign-in reads them: in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pyramid.request import Request
from sqlalchemy import bindparam, select

from portal.people.models import Role
from portal.security.secrets import secret_box
from portal.security.sessions import Lifetime
from portal.signin.dialects import dialects
from portal.signin.dialects.base import Departure, Dialect, TenantFacts
from portal.signin.keyring import Keyring
from portal.signin.keys import Algorithm, Key
from portal.signin.models import SsoConfig, SsoKey
from portal.tenants.models import Tenant

_LOAD = (
    select(SsoConfig, SsoKey)
    .outerjoin(SsoKey, (SsoKey.tenant_id == SsoConfig.tenant_id) & (SsoKey.state != "retired"))
    .where(SsoConfig.tenant_id == bindparam("tenant_id"))
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A tenant's settings, with the keys that its tokens are signed with."""

    settings: SsoConfig
    keys: tuple[Key, ...]
    #: Settings of the tenant's own row, where a draft that is being tried has others.
    tried: Mapping[str, Any] = field(default_factory=dict)

    def authenticators(self, tenant: Tenant) -> list[str]:
        """The ways in that are on, in their order."""
        names: list[str] = self.tried.get("authenticators", tenant.authenticators)
        return names

    def vendor_id(self, tenant: Tenant, name: str) -> str:
        """The tenant's `company_id` or `account_id`; empty where it has none."""
        return self.tried.get(name, getattr(tenant, name)) or ""

    def role_cap(self, of_dialect: Role) -> Role:
        """The most that a claim makes of a visitor: the tenant's word, else the dialect's."""
        own = self.settings.role_cap
        return Role(own) if own else of_dialect

    def lifetime(self, role: Role) -> Lifetime:
        """How long a session lasts for somebody of this role."""
        settings = self.settings
        if role.is_staff:
            return Lifetime(settings.staff_idle_seconds, settings.staff_absolute_seconds)
        return Lifetime(settings.session_idle_seconds, settings.session_absolute_seconds)


def configuration(request: Request) -> Configuration:
    """``request.sign_in_configuration``: the tenant's, read once a request."""
    rows = request.db.execute(_LOAD, {"tenant_id": request.tenant.id}).all()
    if not rows:
        blank = SsoConfig(tenant_id=request.tenant.id)
        request.db.add(blank)
        request.db.flush()
        request.db.refresh(blank)
        return Configuration(blank, ())
    keyring = Keyring(request.db, request.tenant, secret_box(request.portal))
    keys = (_key(row, keyring.material(row)) for _, row in rows if row is not None)
    return Configuration(rows[0][0], tuple(key for key in keys if key is not None))


def _key(row: SsoKey, material: bytes | None) -> Key | None:
    """The key as the checks take it; None for one whose secret does not open any more."""
    if material is None:
        return None
    ends = row.not_after.timestamp() if row.not_after is not None else None
    return Key(row.kid, cast(Algorithm, row.algorithm), material, row.state == "previous", ends)


def facts(request: Request) -> TenantFacts:
    """What dialects may know of the request's tenant."""
    configuration: Configuration = request.sign_in_configuration
    settings, tenant = configuration.settings, request.tenant
    return TenantFacts(
        slug=tenant.slug,
        home_url=request.absolute(request.context_tenant),
        company_id=configuration.vendor_id(tenant, "company_id"),
        account_id=configuration.vendor_id(tenant, "account_id"),
        auth_url=settings.auth_url,
        authorization_url=settings.authorization_url,
        client_id=settings.client_id,
        remote_login_url=settings.remote_login_url,
        remote_logout_url=settings.remote_logout_url,
    )


def primary_dialect(request: Request) -> Dialect | None:
    """The dialect whose parameters the login link carries."""
    settings = request.sign_in_configuration.settings
    return dialects(request.registry).get(settings.primary_dialect)


def departure(
    request: Request, destination: str, *, now: int, state: str = "", nonce: str = ""
) -> Departure:
    """What a link to the company's own login may say of this visitor. `now`: Unix seconds."""
    return Departure(
        facts(request),
        destination=destination,
        locale=request.locale.language,
        now=now,
        state=state,
        nonce=nonce,
    )
