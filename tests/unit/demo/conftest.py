"""Demo tenants under names of their own, since all tests share a database."""

import uuid
from typing import Any

import pytest
from pyramid.router import Router
from sqlalchemy import Engine

from portal.demo.loader import tenant_file
from portal.settings import Settings
from portal.tenants.directory import TenantDirectory
from portal.tenants.files import TenantFiles
from portal.tenants.models import Tenant
from tests.factories import TenantFactory


def renamed(slug: str) -> dict[str, Any]:
    """A demo tenant's file, for a tenant that nobody else has."""
    document = tenant_file(slug)
    document["tenant"]["slug"] = f"{slug}-{uuid.uuid4().hex[:8]}"
    for vendor_id in ("company_id", "account_id"):
        document["tenant"][vendor_id] += uuid.uuid4().hex[:8]
    for key in document["api_keys"]:
        key["id"] += uuid.uuid4().hex[:8]
    return document


@pytest.fixture(scope="module", params=["acme", "globex"])
def slug(request: pytest.FixtureRequest) -> str:
    """Each of the demo's tenants."""
    return str(request.param)


@pytest.fixture(scope="module")
def tenant(slug: str, app: Router, engine: Engine, settings: Settings) -> Tenant:
    """The demo's tenant with its people, and no tickets yet."""
    applied = TenantFiles(app.registry).apply(renamed(slug), environ={})
    with TenantFactory(engine, settings).session(None) as db:
        found = TenantDirectory(db).by_slug(applied.slug)
    assert found is not None
    return found
