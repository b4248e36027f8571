"""What the tests of the sign-in log share: a site whose visitors come in or do not."""

import secrets
import time
from datetime import timedelta

import jwt
from webtest import TestResponse

from portal.db import TenantSession
from portal.security.secrets import SecretBox
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoAttempt, SsoConfig
from portal.tenants.models import Tenant
from portal.web.clock import now
from tests.functional.admin.conftest import Admin

SECRET = "acme-shared-secret-0123456789abcdef0123456789"


class Site:
    """Signs tokens for visitors, well and badly."""

    def __init__(self, admin: Admin) -> None:
        self.admin = admin
        box = SecretBox(admin.browser.app.registry["portal.settings"].secret_key)

        def prepare(db: TenantSession, tenant: Tenant) -> None:
            db.get_one(SsoConfig, tenant.id).dialects = ["happyfox", "central"]
            Keyring(db, tenant, box).add("2026-a", Material("HS256", SECRET))

        admin.look(prepare)

    def send(self, *, key: str = SECRET, path: str = "/jwt", **claims: object) -> TestResponse:
        """A visitor arrives with a token."""
        made = {
            "email": "marta@northwind.example",
            "iat": int(time.time()),
            "jti": secrets.token_hex(8),
            **claims,
        }
        token = jwt.encode(made, key, "HS256")
        visitor = self.admin.world.anonymous()
        return visitor.get(self.admin.world.url(f"{path}?token={token}"), expect_errors=True)


def add_line(admin: Admin, days: float, reference: str, **values: object) -> None:
    """A refused attempt of so many days ago."""

    def add(db: TenantSession, tenant: Tenant) -> None:
        line = {
            "tenant_id": tenant.id,
            "reference": reference,
            "authenticator": "jwt_sso",
            "dialect": "happyfox",
            "code": "token_expired",
            "ip": "203.0.113.4",
            "user_agent": "",
            "created_at": now() - timedelta(days=days),
            **values,
        }
        db.add(SsoAttempt(**line))

    admin.look(add)


def references(admin: Admin, query: str = "") -> list[str]:
    """The references that a page of the log shows."""
    page = admin.get(f"/sign-in/log{query}")
    return [
        dd.get_text()
        for dd in page.html.select(".log-more dd code")
        if dd.find_parent("dd").find_previous("dt").get_text() == "Reference"
    ]
