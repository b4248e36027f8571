"""HappyFox: the four values of its document, two minutes, and two addresses of the company."""

import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from webtest import TestApp

from portal.security.secrets import SecretBox
from portal.signin.keyring import Keyring
from tests.factories import World
from tests.functional.signin.conftest import REMOTE_LOGIN, FromNow, Site, payload
from tests.functional.signin.vendors import reason
from tests.unit.signin.tokens import sign

LOGOUT_URL = "https://www.acme.test/goodbye"


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    made.configure(
        dialects=["happyfox"], primary_dialect="happyfox", remote_logout_url=LOGOUT_URL
    )  # fmt: skip
    return made


@pytest.fixture
def key(site: Site) -> str:
    """The key that the settings page makes for HappyFox."""
    with site.world.factory.session(site.tenant.id) as db:
        box = SecretBox(site.world.factory.settings.secret_key)
        return Keyring(db, site.tenant, box).make(length=32, grace=0)[1]


def said(**changes: Any) -> dict[str, Any]:
    """The document's values, and no others."""
    made = {
        "iat": FromNow(0), "jti": uuid.uuid4().hex, "name": "Nina Neu",
        "email": "nina@customer.test",
    }  # fmt: skip
    return payload(made | changes)


@pytest.mark.parametrize("path", ["/jwt/", "/jwt"])
def test_the_four_values_and_a_key_of_32_characters(
    site: Site, browser: TestApp, key: str, path: str
) -> None:
    assert len(key) == 32
    assert key.isalnum()
    response = site.send(browser, path, token=sign(said(), key))
    assert response.status_int == 303
    assert response.location == f"http://localhost{site.world.url('/')}"
    user = site.user("nina@customer.test")
    assert user is not None
    assert (user.name, user.role) == ("Nina Neu", "customer")


@pytest.mark.parametrize("claim", ["iat", "jti", "email"])
def test_what_has_to_be_there(site: Site, browser: TestApp, key: str, claim: str) -> None:
    response = site.send(browser, token=sign(said(**{claim: ...}), key))
    assert response.status_int == 401
    assert site.last().code == "claim_missing"
    assert site.last().trace[-1]["wanted"] == claim


@pytest.mark.parametrize(
    ("iat", "status", "code"),
    [
        # Not at the bound itself, which a busy machine would pass: the unit tests stand there.
        (FromNow(-90), 303, "signed_in"),
        (FromNow(-121), 401, "token_expired"),
        (FromNow(-7200), 401, "token_expired"),
    ],
)
def test_two_minutes(
    site: Site, browser: TestApp, key: str, iat: FromNow, status: int, code: str
) -> None:
    response = site.send(browser, token=sign(said(iat=iat), key))
    assert (response.status_int, site.last().code) == (status, code)
    if status == 401:
        assert reason(response) == "Remote token has expired"


def test_iat_counts_seconds(site: Site, browser: TestApp, key: str) -> None:
    site.send(browser, token=sign(said(iat=int(time.time() * 1000)), key))
    assert site.last().code == "claim_type"
    assert "milliseconds" in site.last().hint


def test_a_jti_counts_once(site: Site, browser: TestApp, key: str) -> None:
    jti = uuid.uuid4().hex
    assert site.send(browser, token=sign(said(jti=jti), key)).status_int == 303
    other = site.world.anonymous()
    assert site.send(other, token=sign(said(jti=jti, name="Other"), key)).status_int == 401
    assert site.last().code == "token_replayed"


def test_the_login_link_is_the_remote_login_url(site: Site, browser: TestApp, world: World) -> None:
    page = browser.get(world.url("/login"))
    assert REMOTE_LOGIN in {a["href"] for a in page.html.select("a[href]")}


@pytest.mark.parametrize(("configured", "location"), [(LOGOUT_URL, LOGOUT_URL), ("", "signed-out")])
def test_logging_out_leads_to_the_remote_logout_url_else_to_the_landing_page(
    site: Site, browser: TestApp, world: World, key: str, configured: str, location: str
) -> None:
    site.configure(remote_logout_url=configured)
    site.send(browser, token=sign(said(), key))
    assert browser.get(world.url("/logout")).location.endswith(location)
    assert site.signed_in(browser) is None


def test_the_page_that_was_asked_for_is_remembered_here(
    site: Site, browser: TestApp, world: World, key: str
) -> None:
    browser.get(world.url("/login"), {"next": world.url("/tickets")})
    response = site.send(browser, token=sign(said(), key))
    assert urlsplit(response.location).path == world.url("/tickets")
