"""The demo tenants in a database: made once, and then left to whoever plays with them."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pyramid.registry import Registry
from sqlalchemy import select

from portal.db import TenantSession
from portal.demo.tickets import TicketLoader
from portal.signin.models import SsoConfig
from portal.tenants.directory import TenantDirectory
from portal.tenants.files import TenantFiles
from portal.tenants.models import Tenant, TenantLogo

FOLDER = Path(__file__).parent

#: The tenants, each with a file of that name here and a folder of tickets.
SLUGS = ("acme", "globex")
#: The one whose customers come from the demo shop.
SHOP_TENANT = "acme"
_SIGN_IN_PATH = "/ticket-sso"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def tenant_file(slug: str) -> dict[str, Any]:
    """A demo tenant's file."""
    return tomllib.loads((FOLDER / f"{slug}.toml").read_text(encoding="utf-8"))


def ensure_demo(registry: Registry, shop_origin: str) -> None:
    """Make the demo tenants and their tickets, where they are missing.

    What is there stays as it is, except for the address of the demo shop, when the shop has
    moved to another port. `registry` is that of a configured application, whose database is
    migrated; `shop_origin` is where the shop will be, without a trailing slash.

    Raises TenantFileError when a host or an id of theirs belongs to another tenant.
    """
    now = datetime.now(UTC)
    for slug in SLUGS:
        _ensure_tenant(registry, slug, shop_origin)
        _ensure_tickets(registry, slug, now)


def _ensure_tenant(registry: Registry, slug: str, shop_origin: str) -> None:
    document = tenant_file(slug)
    sign_in = {"remote_login_url": shop_origin + _SIGN_IN_PATH} if slug == SHOP_TENANT else {}
    with _session(registry) as db:
        exists = TenantDirectory(db).by_slug(slug) is not None
        if exists and not (sign_in and _shop_moved(db, sign_in["remote_login_url"])):
            return
    if exists:
        document = {"tenant": {"slug": slug}, "sso": sign_in}
    else:
        document["sso"] = {**document["sso"], **sign_in}
    _apply(registry, document)


def _shop_moved(db: TenantSession, address: str) -> bool:
    """Whether the tenant still signs in at a demo shop on this machine, but at another port."""
    present = db.scalar(select(SsoConfig.remote_login_url)) or ""
    parts = urlsplit(present)
    return parts.hostname in _LOOPBACK and parts.path == _SIGN_IN_PATH and present != address


def _apply(registry: Registry, document: Mapping[str, Any]) -> None:
    TenantFiles(registry).apply(document, environ={})


def _ensure_tickets(registry: Registry, slug: str, now: datetime) -> None:
    with _session(registry) as db, db.begin():
        tenant = TenantDirectory(db).by_slug(slug)
        if tenant is None:
            return  # removed between the two transactions
        if TicketLoader(db, tenant, registry["attachments.store"], now).load(FOLDER / slug):
            _give_logo(db, tenant, FOLDER / slug / "logo.svg")


def _give_logo(db: TenantSession, tenant: Tenant, path: Path) -> None:
    db.merge(TenantLogo(tenant_id=tenant.id, content_type="image/svg+xml", data=path.read_bytes()))
    tenant.has_logo = True
    tenant.brand_version += 1


def _session(registry: Registry) -> TenantSession:
    session: TenantSession = registry["db.sessionmaker"]()
    return session
