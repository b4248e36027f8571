"""ProProfs: the token, and beside it the account and the Auth URL, letter by letter."""

import time
from typing import Any

import pytest
from webtest import TestApp

from tests.factories import World
from tests.functional.signin.conftest import FromNow, Site
from tests.functional.signin.vendors import name_tenant, send

AUTH_URL = "https://www.acme.test/auth?from=helpdesk"
LOGOUT_URL = "https://www.acme.test/goodbye"


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    made.configure(
        dialects=["proprofs"], primary_dialect="proprofs", auth_url=AUTH_URL,
        remote_logout_url=LOGOUT_URL,
    )  # fmt: skip
    name_tenant(made)
    return made


def go(site: Site, browser: TestApp, at: str = "", **changes: Any) -> Any:
    """The document's request: its payload is e-mail, iat and jti."""
    token = site.token(exp=..., name=..., **changes.pop("claims", {}))
    parameters = {
        "token": token, "account_id": site.tenant.account_id, "auth_url": AUTH_URL,
    }  # fmt: skip
    return send(browser, at or site.world.url("/sso/auth"), parameters | changes)


@pytest.mark.parametrize("root", [False, True])
def test_it_signs_in(site: Site, browser: TestApp, root: bool) -> None:
    response = go(
        site, browser, "/sso/auth" if root else "", claims={"email": "pat.poe@customer.test"}
    )
    assert response.status_int == 303
    assert response.location == f"http://localhost{site.world.url('/')}"
    assert site.signed_in(browser) == "pat.poe@customer.test"
    user = site.user("pat.poe@customer.test")
    assert user is not None
    assert (user.name, user.role) == ("pat.poe", "customer")


def test_a_post_does_as_well(site: Site, browser: TestApp) -> None:
    form = {
        "token": site.token(exp=...), "account_id": site.tenant.account_id, "auth_url": AUTH_URL,
    }  # fmt: skip
    assert browser.post(site.world.url("/sso/auth"), form).status_int == 303


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"account_id": ...}, 403, "account_mismatch"),
        ({"account_id": "acct_other"}, 403, "tenant_mismatch"),
        ({"auth_url": ...}, 403, "account_mismatch"),
        ({"auth_url": AUTH_URL + "/"}, 403, "account_mismatch"),
        ({"auth_url": AUTH_URL.upper()}, 403, "account_mismatch"),
        ({"auth_url": "https://evil.test/"}, 403, "account_mismatch"),
        ({"claims": {"iat": FromNow(-200)}}, 401, "token_expired"),
        ({"claims": {"iat": ...}}, 401, "claim_missing"),
        ({"claims": {"jti": ...}}, 401, "claim_missing"),
        ({"claims": {"email": ...}}, 401, "claim_missing"),
    ],
)
def test_refusals(
    site: Site, browser: TestApp, changes: dict[str, Any], status: int, code: str
) -> None:
    response = go(site, browser, **changes)
    assert response.status_int == status
    assert site.last().code == code
    assert "Location" not in response.headers
    assert "evil.test" not in response.text
    assert site.signed_in(browser) is None


def test_three_minutes_are_the_most(site: Site, browser: TestApp) -> None:
    # Not at the bound itself, which a busy machine would pass: the unit tests stand there.
    assert go(site, browser, claims={"iat": int(time.time()) - 120}).status_int == 303


def test_logging_out_leads_to_the_logout_url(site: Site, browser: TestApp, world: World) -> None:
    go(site, browser)
    assert browser.get(world.url("/logout")).location == LOGOUT_URL
    assert site.signed_in(browser) is None
