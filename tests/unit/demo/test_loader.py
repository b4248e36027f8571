"""The demo as `portal demo` makes it, in the one database that holds its real slugs."""

import json
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from pyramid.router import Router
from sqlalchemy import func, select

from portal import demo
from portal.db import TenantSession
from portal.demo.loader import SLUGS, tenant_file
from portal.people.models import User
from portal.people.passwords import verify_password
from portal.signin.models import SsoConfig
from portal.tenants.directory import TenantDirectory
from portal.tenants.models import Tenant, TenantLogo
from portal.tickets.models import Ticket
from tests.factories import TenantFactory

ORIGIN = "http://127.0.0.1:6544"


@pytest.fixture
def made(app: Router) -> Router:
    demo.ensure_demo(app.registry, ORIGIN)
    return app


def bound(db: TenantSession, slug: str) -> Tenant:
    tenant = TenantDirectory(db).by_slug(slug)
    assert tenant is not None
    return tenant


def test_both_tenants_have_their_tickets(made: Router, db: TenantSession) -> None:
    for slug, least in (("acme", 60), ("globex", 12)):
        bound(db, slug)
        count = db.scalar(select(func.count()).select_from(Ticket))
        assert count is not None
        assert count >= least


def test_a_second_run_is_quick_and_changes_nothing(
    made: Router, db: TenantSession, tenants: TenantFactory
) -> None:
    tenant = bound(db, "acme")
    with tenants.session(tenant.id) as other:
        user = other.scalars(select(User).where(User.email == "ben@acme.test")).one()
        user.name = "Benjamin Agent"
    before = db.scalar(select(func.max(Ticket.number)))
    start = time.thread_time()
    demo.ensure_demo(made.registry, ORIGIN)
    assert time.thread_time() - start < 5
    assert db.scalar(select(func.max(Ticket.number))) == before
    assert db.scalar(select(User.name).where(User.email == "ben@acme.test")) == "Benjamin Agent"


def test_a_shop_that_moved_is_followed(made: Router, db: TenantSession) -> None:
    demo.ensure_demo(made.registry, "http://127.0.0.1:7001")
    bound(db, "acme")
    address = db.scalar(select(SsoConfig.remote_login_url))
    assert address == "http://127.0.0.1:7001/ticket-sso"


def test_an_address_that_an_admin_chose_is_kept(
    made: Router, db: TenantSession, tenants: TenantFactory
) -> None:
    tenant = bound(db, "acme")
    chosen = "https://www.acme.test/ticket-sso"
    with tenants.session(tenant.id) as other:
        config = other.scalars(select(SsoConfig)).one()
        before, config.remote_login_url = config.remote_login_url, chosen
    try:
        demo.ensure_demo(made.registry, ORIGIN)
        assert db.scalar(select(SsoConfig.remote_login_url)) == chosen
    finally:
        with tenants.session(tenant.id) as other:
            other.scalars(select(SsoConfig)).one().remote_login_url = before


def test_everybody_who_is_listed_can_log_in(made: Router, db: TenantSession) -> None:
    listed = demo.logins()
    assert {login.place for login in listed} == {"shop", *SLUGS}
    for slug in SLUGS:
        bound(db, slug)
        here = [login for login in listed if login.place == slug]
        assert {"admin", "agent", "customer"} == {login.role for login in here}
        for login in here:
            user = db.scalars(select(User).where(User.email == login.email)).one()
            assert user.role == login.role
            assert user.password_hash is not None
            assert verify_password(user.password_hash, login.password)
        db.rollback()


def test_customers_of_the_shop_are_customers_of_the_tenant() -> None:
    people = {person["email"]: person["name"] for person in tenant_file("acme")["people"]}
    accounts = json.loads((demo.SHOP_PROGRAM.parent / "data" / "customers.json").read_text())
    assert len(accounts) == 5
    for account in accounts:
        assert people[account["email"]] == account["name"]


def test_the_shop_is_told_where_the_portal_is() -> None:
    environment = demo.shop_environment("http://127.0.0.1:6543", "127.0.0.1", 6544)
    assert environment["SHOP_PORTAL_CALLBACK"] == "http://127.0.0.1:6543/acme/jwt"
    assert environment["SHOP_SECRET"] == tenant_file("acme")["sso"]["keys"][0]["secret"]
    assert urlsplit(ORIGIN).port == int(environment["SHOP_PORT"])
    assert demo.SHOP_PROGRAM.is_file()


def test_tickets_are_from_the_past(made: Router, db: TenantSession) -> None:
    bound(db, "acme")
    latest = db.scalar(select(func.max(Ticket.updated_at)))
    assert latest is not None
    assert latest <= datetime.now(UTC)


def test_tenants_wear_their_own_logos(made: Router, db: TenantSession) -> None:
    seen = set()
    for slug in SLUGS:
        tenant = bound(db, slug)
        logo = db.scalars(select(TenantLogo)).one()
        assert tenant.has_logo
        assert logo.content_type == "image/svg+xml"
        seen.add(logo.data)
        db.rollback()
    assert len(seen) == len(SLUGS)
