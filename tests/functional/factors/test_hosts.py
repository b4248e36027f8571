"""Passkeys belong to a host name: the portal's, or the tenant's own; never what a client names."""

import uuid

import pytest
from webtest import TestApp

from tests.factories import World
from tests.factories.authenticator import SoftKey
from tests.functional.factors.conftest import Desk, form_to


@pytest.fixture
def host() -> str:
    return f"help-{uuid.uuid4().hex[:8]}.localhost"


@pytest.fixture
def own(world: World, host: str) -> Desk:
    """A tenant with a host of its own."""
    return Desk(World(world.factory.create(host=host), world.app, world.factory))


@pytest.fixture
def on_host(own: Desk, host: str) -> TestApp:
    return TestApp(own.world.app, extra_environ={"HTTP_HOST": host, "HTTP_ACCEPT": "text/html"})


def options(browser: TestApp, path: str = "") -> dict[str, str]:
    """What the sign-in page asks a browser."""
    form = form_to(browser.get(f"{path}/login"), "/login/passkey")
    headers = {"X-CSRF-Token": form["csrf_token"].value}
    found: dict[str, str] = browser.post(f"{path}/login/passkey-options", headers=headers).json
    return found


def test_each_address_has_its_own_id(own: Desk, on_host: TestApp, host: str) -> None:
    assert options(on_host)["rpId"] == host
    assert options(own.world.anonymous(), f"/{own.world.slug}")["rpId"] == "localhost"


def test_a_name_that_a_client_makes_up_is_none(own: Desk) -> None:
    """In development every unknown host leads to the root of all tenants."""
    browser = TestApp(
        own.world.app, extra_environ={"HTTP_HOST": "evil.test", "HTTP_ACCEPT": "text/html"}
    )
    assert options(browser, f"/{own.world.slug}")["rpId"] == "localhost"


def test_one_of_another_address_is_not_offered(own: Desk, on_host: TestApp) -> None:
    key = SoftKey()
    own.add_passkey(own.password("ada"), key)
    form = next(f for f in on_host.get("/login/local").forms.values() if "email" in f.fields)
    form["email"], form["password"] = own.email("ada"), "staple-lantern-orchid"
    page = form.submit().follow()
    assert "Your passkey works at localhost only." in page
    assert not [form for form in page.forms.values() if form.action.endswith("second-passkey")]
    assert page.click("Use a recovery code").html.select_one("[name=code]")


def test_nor_taken(own: Desk, on_host: TestApp, host: str) -> None:
    """Also not where it lies about the address."""
    key = SoftKey()
    own.add_passkey(own.password("ada"), key)
    form = form_to(on_host.get("/login"), "/login/passkey")
    headers = {"X-CSRF-Token": form["csrf_token"].value}
    given = on_host.post("/login/passkey-options", headers=headers).json
    key.rp_id, key.origin = host, f"http://{host}"
    form["credential"] = key.get(given)
    assert form.submit(expect_errors=True).status_int == 401
