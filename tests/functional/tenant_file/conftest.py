"""A tenant, and the files that are applied to it."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)
from pyramid.router import Router
from sqlalchemy import select

from portal.db import TenantSession
from portal.people.models import User
from portal.people.service import PeopleService
from portal.security.secrets import SecretBox
from portal.settings import Settings
from portal.signin.keyring import Keyring
from portal.signin.models import SsoConfig
from portal.tenants.files import Applied, TenantFileError, TenantFiles
from portal.tenants.models import Tenant
from tests.factories import TenantFactory

ENVIRON = {"ACME_ADMIN_PASSWORD": "lantern-orchid-staple"}


ACME = """
[tenant]
slug = "{slug}"
name = "Acme Audio"                 # with a comment
hosts = ["help.{slug}.test", "www.{slug}.test"]
company_id = "comp_{slug}"
account_id = "acct_{slug}"
accent = "#5B5BD6"

[[people]]
email = "Ada@acme.test"
name = "Ada Admin"
role = "admin"
password = "env:ACME_ADMIN_PASSWORD"

[[people]]
email = "ben@acme.test"
name = "Ben Agent"
role = "agent"
password = "correct-horse-battery"

[[people]]
email = "cleo@customer.test"
name = "Cleo Customer"
role = "customer"
password = "staple-lantern-orchid"
organisation = "Customer Ltd"
projects = ["proj_abc123"]

[[organisations]]
name = "Customer Ltd"
domains = ["customer.test"]
shared = true

[[projects]]
id = "proj_abc123"
name = "Headphones"

[sso]
dialects = ["central", "happyfox"]
primary = "central"
remote_login_url = "https://www.acme.test/ticket-sso"
remote_logout_url = ""
auth_url = "https://www.acme.test/auth"
allowed_redirect_hosts = ["www.acme.test"]
allowed_origins = ["https://www.acme.test"]
provisioning = "create"
sync_profile = true
sync_role = false
unsolicited = "allow"
local_password = true

[[sso.keys]]
kid = "2026-a"
algorithm = "HS256"
secret = "acme-shared-secret-0123456789abcdef0123456789"

[[api_keys]]
id = "tk_{slug}"
secret = "acme-api-secret-0123456789abcdef0123456789"
scopes = ["auth:redirect", "tickets:write", "tickets:read"]
"""


class Desk:
    """One tenant, and the files applied to it."""

    def __init__(self, app: Router, tenants: TenantFactory, settings: Settings) -> None:
        self.slug = f"f{uuid.uuid4().hex[:10]}"
        self.files = TenantFiles(app.registry)
        self.tenants = tenants
        self.settings = settings

    def apply(self, text: str = ACME) -> Applied:
        """Apply a file, `{slug}` filled in."""
        return self.files.apply_text(text.replace("{slug}", self.slug), ENVIRON)

    def more(self, text: str) -> Applied:
        """Apply a file that names the tenant and says this."""
        return self.apply('[tenant]\nslug = "{slug}"\n' + text)

    def problems(self, text: str) -> list[str]:
        """What is wrong with a file that names the tenant and says this."""
        with pytest.raises(TenantFileError) as refused:
            self.more(text)
        return [str(problem) for problem in refused.value.problems]

    def tenant(self) -> Tenant:
        """The row."""
        with self.tenants.session(None) as db:
            found = db.scalar(select(Tenant).where(Tenant.slug == self.slug))
            assert found is not None
            return found

    def look(self, ask: Callable[[TenantSession, Tenant], Any]) -> Any:
        """Ask something of the tenant's rows."""
        tenant = self.tenant()
        with self.tenants.session(tenant.id) as db:
            return ask(db, tenant)

    def user(self, email: str) -> User:
        """One of the tenant's people."""
        found: User | None = self.look(lambda db, tenant: PeopleService(db, tenant).by_email(email))
        assert found is not None
        return found

    def config(self) -> SsoConfig:
        """The sign-in settings."""
        config: SsoConfig = self.look(lambda db, tenant: db.get(SsoConfig, tenant.id))
        return config

    def keyring(self) -> list[tuple[str, str, bytes | None]]:
        """The live keys: id, state and what they verify with."""

        def ask(db: TenantSession, tenant: Tenant) -> list[tuple[str, str, bytes | None]]:
            keyring = Keyring(db, tenant, SecretBox(self.settings.secret_key))
            return [(row.kid, row.state, keyring.material(row)) for row in keyring.live()]

        keys: list[tuple[str, str, bytes | None]] = self.look(ask)
        return keys


@pytest.fixture
def desk(app: Router, tenants: TenantFactory, settings: Settings) -> Desk:
    """A slug that no tenant has yet."""
    return Desk(app, tenants, settings)


def public_pem(key: Any) -> str:
    """As it stands in a file."""
    pem: str = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return pem
