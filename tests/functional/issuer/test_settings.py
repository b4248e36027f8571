"""Settings: the company's other sites."""

import pytest
from webtest import TestApp
from webtest.response import TestResponse

from portal.issuer.models import IssuerClient
from portal.tenants.models import AuditEntry
from tests.factories import World
from tests.functional.issuer.conftest import Forum


@pytest.fixture
def ada(world: World) -> TestApp:
    return world.browser("ada")


def fill(ada: TestApp, world: World, **values: str) -> TestResponse:
    """Add a site."""
    form = ada.get(world.url("/settings/sites/new")).forms["site"]
    for name, value in values.items():
        form[name] = value
    return form.submit(expect_errors=True)


def sites(world: World) -> list[IssuerClient]:
    with world.factory.session(world.seed.tenant.id) as db:
        return db.query(IssuerClient).order_by(IssuerClient.name).all()


def test_a_site_is_added_and_its_secret_shown_once(ada: TestApp, world: World) -> None:
    assert "No sites yet" in ada.get(world.url("/settings/sites"))
    page = fill(
        ada,
        world,
        name="Forum",
        redirect_uris="https://forum.acme.test/cb\nhttp://localhost:3000/cb",
    )
    assert page.status_int == 200
    assert "Copy the secret now" in page
    (site,) = sites(world)
    assert site.redirect_uris == ["https://forum.acme.test/cb", "http://localhost:3000/cb"]
    secret = page.html.select_one("#secret")["value"]
    assert len(secret) == 43
    for path in ("/settings/sites", f"/settings/sites/{site.client_id}"):
        page = ada.get(world.url(path))
        assert "Forum" in page
        assert secret not in page


def test_a_public_one_has_none(ada: TestApp, world: World) -> None:
    page = fill(ada, world, name="App", kind="public", redirect_uris="https://app.acme.test/cb")
    assert "Copy the secret" not in page
    assert sites(world)[0].secret_hash is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "forum.acme.test/cb",
        "http://forum.acme.test/cb",
        "https://forum.acme.test/cb#x",
        "javascript:alert(1)",
        "https://user@forum.acme.test/cb",
        "https://*.acme.test/cb",
    ],
)
def test_an_address_that_cannot_be_is_refused_beside_its_field(
    ada: TestApp, world: World, address: str
) -> None:
    page = fill(ada, world, name="Forum", redirect_uris=address)
    assert page.status_int == 422
    assert page.html.select_one("[name=redirect_uris]")["aria-invalid"] == "true"
    assert page.forms["site"]["name"].value == "Forum"
    assert page.forms["site"]["redirect_uris"].value == address
    assert sites(world) == []


def test_it_is_changed_and_written_down(ada: TestApp, world: World) -> None:
    forum = Forum(world)
    form = ada.get(world.url(f"/settings/sites/{forum.client_id}")).forms["site"]
    form["name"], form["third_party"] = "Wiki", True
    form.submit(status=303)
    assert (sites(world)[0].name, sites(world)[0].third_party) == ("Wiki", True)
    with world.factory.session(world.seed.tenant.id) as db:
        entry = db.query(AuditEntry).one()
    assert entry.action == "issuer.client_changed"
    assert entry.details["third_party"] == [False, True]


def test_a_new_secret_leaves_the_old_one_a_while(ada: TestApp, world: World) -> None:
    forum, cleo = Forum(world), world.browser("cleo")
    form = ada.get(world.url(f"/settings/sites/{forum.client_id}")).forms["new-secret"]
    page = form.submit()
    secret = page.html.select_one("#secret")["value"]
    assert forum.redeem(forum.code(cleo), secret=secret).status_int == 200
    assert forum.redeem(forum.code(cleo)).status_int == 200


def test_off_and_on_again(ada: TestApp, world: World) -> None:
    forum, cleo = Forum(world), world.browser("cleo")
    page = world.url(f"/settings/sites/{forum.client_id}")
    ada.get(page).forms["switch"].submit(status=303)
    assert forum.send(cleo).status_int == 400
    assert "Switched off" in ada.get(world.url("/settings/sites"))
    ada.get(page).forms["switch"].submit(status=303)
    assert forum.send(cleo).status_int == 303


def test_the_key_is_rotated(ada: TestApp, world: World) -> None:
    forum = Forum(world)
    forum.keys()
    before = forum.tokens(world.browser("cleo"))["id_token"]
    ada.get(world.url("/settings/sites")).forms["rotate-key"].submit(status=303)
    assert forum.read(before)
    assert len(forum.keys().keys) == 3


@pytest.mark.parametrize("who", ["ben", "cleo"])
def test_it_is_for_admins(world: World, who: str) -> None:
    world.browser(who).get(world.url("/settings/sites"), status=403)
