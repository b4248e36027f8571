"""Which tenant? The only lookups that happen before a tenant is bound.

Each finds the tenant and binds the transaction in one statement.
"""

from sqlalchemy import Select, bindparam, select

from portal.db import TenantSession, binding
from portal.security.models import ApiKeyDirectory
from portal.tenants.models import Tenant, TenantHost

#: Words that no tenant may take as its slug: they are, or may become, paths of the installation.
RESERVED_SLUGS = frozenset(
    "-- about access account admin api app assets auth billing brand callback central "
    "dashboard demo docs download favicon health help home idp integration jwt key login "
    "logout mail metrics new oauth oidc openid portal public ready root saml scim security "
    "settings sign-in sign-out signed-out signup sp sso static status style support system "
    "tenant tenants tickets users well-known www".split()
)

_WITH_BINDING = select(Tenant, binding(Tenant.__table__.c.id))
_BY_SLUG = _WITH_BINDING.where(Tenant.slug == bindparam("slug"))
_BY_HOST = _WITH_BINDING.join(TenantHost, TenantHost.tenant_id == Tenant.id).where(
    TenantHost.host == bindparam("host")
)
_BY_COMPANY = _WITH_BINDING.where(Tenant.company_id == bindparam("company_id"))
_BY_ACCOUNT = _WITH_BINDING.where(Tenant.account_id == bindparam("account_id"))

_BY_API_KEY = _WITH_BINDING.join(ApiKeyDirectory, ApiKeyDirectory.tenant_id == Tenant.id).where(
    ApiKeyDirectory.public_id == bindparam("public_id")
)


class TenantDirectory:
    """Finds tenants, and binds the session to the one that was found."""

    def __init__(self, db: TenantSession) -> None:
        self.db = db

    def by_slug(self, slug: str) -> Tenant | None:
        """The tenant at `/{slug}/`."""
        return self._find(_BY_SLUG, slug=slug)

    def by_host(self, host: str) -> Tenant | None:
        """The tenant whose own host this is (lower-case, no port)."""
        return self._find(_BY_HOST, host=host)

    def by_company_id(self, company_id: str) -> Tenant | None:
        """The tenant that Issuely's `companyId` names."""
        return self._find(_BY_COMPANY, company_id=company_id)

    def by_account_id(self, account_id: str) -> Tenant | None:
        """The tenant that ProProfs's `account_id` names."""
        return self._find(_BY_ACCOUNT, account_id=account_id)

    def by_api_key(self, public_id: str) -> Tenant | None:
        """The tenant that an API key's public id belongs to. The key may be wrong or revoked."""
        return self._find(_BY_API_KEY, public_id=public_id)

    def only(self) -> Tenant | None:
        """The installation's tenant when it has exactly one."""
        two = self.db.scalars(select(Tenant).order_by(Tenant.id).limit(2)).all()
        if len(two) != 1:
            return None
        self.db.bind_tenant(two[0].id)
        return two[0]

    def all(self) -> list[Tenant]:
        """Every tenant, by slug. Binds none."""
        return list(self.db.scalars(select(Tenant).order_by(Tenant.slug)))

    def _find(self, statement: Select[Tenant, str], **values: str) -> Tenant | None:
        row = self.db.execute(statement, values).one_or_none()
        if row is None:
            return None
        tenant: Tenant = row[0]
        self.db.note_tenant(tenant.id)
        return tenant
