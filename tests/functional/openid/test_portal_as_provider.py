"""Another tenant of the portal is the provider: its own issuer, served, and nothing made up."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from portal.issuer.clients import Clients
from portal.people.models import Role, User
from portal.settings import Settings
from tests.factories import TenantFactory, World
from tests.functional.issuer.test_openid_client import visit
from tests.functional.openid.conftest import Desk
from tests.functional.openid.provider import Provider
from tests.functional.serving import serving


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[str]:
    with serving(settings) as origin:
        yield origin


def test_agents_of_one_tenant_come_with_the_accounts_of_another(
    served: str, world: World, tenants: TenantFactory
) -> None:
    home = World(tenants.create(name="Vendor GmbH"), world.app, tenants)
    issuer = f"{served}/{home.slug}"
    desk = Desk(world, Provider(issuer))
    callback = f"http://localhost{world.url('/login/openid/vendor')}"
    with tenants.session(home.seed.tenant.id) as db:
        clients = Clients(db, home.seed.tenant)
        site = clients.create("Acme’s help desk", [callback])
        secret, client_id = clients.make_secret(site), site.client_id
        bea = db.get_one(User, (home.seed.tenant.id, home.seed.users["bea"].id))
        bea.email, bea.email_verified_at = "bea@vendor.test", datetime.now(UTC)
    desk.key = desk.add(
        issuer,
        key="vendor",
        kind="portal",
        secret=secret,
        client_id=client_id,
        audience="agents",
        email_domains=["vendor.test"],
    )
    back = visit(home.browser("bea"), desk.leave(path="?next=" + world.url("/people")))
    assert f"iss={issuer.replace(':', '%3A').replace('/', '%2F')}" in back
    answer = desk.come_back(back)

    assert answer.status_int == 303, answer.text
    assert answer.location == "http://localhost" + world.url("/people")
    user = desk.user("bea@vendor.test")
    assert user is not None
    assert (user.name, user.role) == (home.seed.users["bea"].name, Role.AGENT)
    assert desk.browser.get(world.url("/people")).status_int == 200
    # Whose address nobody has proven there is nobody here.
    stranger = world.anonymous()
    back = visit(home.browser("cleo"), desk.leave(stranger))
    assert desk.come_back(back, stranger).status_int == 403
    assert desk.logged()[0] == "email_unverified"


def test_signing_out_here_signs_out_there_too(
    served: str, world: World, tenants: TenantFactory
) -> None:
    home = World(tenants.create(name="Vendor GmbH"), world.app, tenants)
    issuer = f"{served}/{home.slug}"
    desk = Desk(world, Provider(issuer))
    landing = f"http://localhost{world.url('/signed-out')}"
    with tenants.session(home.seed.tenant.id) as db:
        clients = Clients(db, home.seed.tenant)
        site = clients.create(
            "Acme’s help desk",
            [f"http://localhost{world.url('/login/openid/vendor')}"],
            post_logout_redirect_uris=[landing],
        )
        secret, client_id = clients.make_secret(site), site.client_id
        bea = db.get_one(User, (home.seed.tenant.id, home.seed.users["bea"].id))
        bea.email, bea.email_verified_at = "bea@vendor.test", datetime.now(UTC)
    desk.key = desk.add(
        issuer, key="vendor", kind="portal", secret=secret, client_id=client_id, signs_out=True
    )
    there = home.browser("bea")
    assert desk.come_back(visit(there, desk.leave())).status_int == 303

    away = desk.browser.get(world.url("/logout")).location
    assert away.startswith(f"{issuer}/oauth2/logout?")
    assert desk.browser.get(world.url("/profile"), expect_errors=True).status_int == 303
    assert there.get(home.url("/profile")).status_int == 200
    asked = there.get(away.removeprefix(served))
    assert asked.forms[0].submit().location == landing
    assert there.get(home.url("/profile"), expect_errors=True).status_int == 303
    assert desk.browser.get(world.url("/signed-out")).status_int == 200


def test_an_organisation_over_there_is_a_group_here(
    served: str, world: World, tenants: TenantFactory
) -> None:
    home = World(tenants.create(name="Vendor GmbH"), world.app, tenants)
    issuer = f"{served}/{home.slug}"
    desk = Desk(world, Provider(issuer))
    with tenants.session(home.seed.tenant.id) as db:
        clients = Clients(db, home.seed.tenant)
        site = clients.create(
            "Acme’s help desk", [f"http://localhost{world.url('/login/openid/vendor')}"]
        )
        secret, client_id = clients.make_secret(site), site.client_id
        for name in ("cleo", "dora"):
            row = db.get_one(User, (home.seed.tenant.id, home.seed.users[name].id))
            row.email, row.email_verified_at = f"{name}@vendor.test", datetime.now(UTC)
    desk.key = desk.add(
        issuer,
        key="vendor",
        kind="portal",
        secret=secret,
        client_id=client_id,
        scopes=["openid", "email", "profile", "organisation"],
        group_claim="organisation.name",
        group_roles={home.seed.organisation.name: "agent"},
    )
    for name, role in (("cleo", Role.AGENT), ("dora", Role.CUSTOMER)):
        browser = world.anonymous()
        back = visit(home.browser(name), desk.leave(browser))
        answer = desk.come_back(back, browser)
        assert answer.status_int == 303, answer.text
        user = desk.user(f"{name}@vendor.test")
        assert user is not None
        assert (user.name, user.role) == (home.seed.users[name].name, role)
