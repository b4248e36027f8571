"""Canny: one more vendor of the same shape, as one small file of data."""

import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select
from webtest import TestApp

from portal.people.models import Identity
from tests.factories import World
from tests.functional.signin.conftest import REMOTE_LOGIN, FromNow, Site
from tests.functional.signin.vendors import name_tenant, send


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    made.configure(dialects=["canny"], primary_dialect="canny")
    name_tenant(made)
    return made


def go(site: Site, browser: TestApp, at: str = "", **changes: Any) -> Any:
    """The document's snippet: ssoToken, companyID and redirect, as it was given them."""
    claims = {"exp": ..., "jti": ..., "id": f"u{time.time_ns()}"} | changes.pop("claims", {})
    parameters = {
        "ssoToken": site.token(**claims), "companyID": site.tenant.company_id,
        "redirect": f"http://localhost{site.world.url('/tickets')}",
    }  # fmt: skip
    return send(browser, at or site.world.url("/api/redirects/sso"), parameters | changes)


@pytest.mark.parametrize("root", [False, True])
def test_it_signs_in(site: Site, browser: TestApp, root: bool) -> None:
    response = go(site, browser, "/api/redirects/sso" if root else "", claims={"id": 42})
    assert response.status_int == 303
    assert response.location == f"http://localhost{site.world.url('/tickets')}"
    assert site.signed_in(browser) == "cleo@customer.test"
    with site.world.factory.session(site.tenant.id) as db:
        assert db.scalars(select(Identity.external_id)).all() == ["42"]


def test_the_link_says_where_to_come_back(site: Site, browser: TestApp, world: World) -> None:
    page = browser.get(world.url("/login"), {"next": "/tickets"})
    (link,) = {a["href"] for a in page.html.select("a[href]") if REMOTE_LOGIN in a["href"]}
    told = dict(parse_qsl(urlsplit(link).query))
    assert told == {
        "redirect": f"http://localhost{world.url('/tickets')}",
        "companyID": site.tenant.company_id,
    }


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"companyID": ...}, 403, "account_mismatch"),
        ({"companyID": "another"}, 403, "tenant_mismatch"),
        ({"claims": {"id": ...}}, 401, "claim_missing"),
        ({"claims": {"name": ...}}, 401, "claim_missing"),
        ({"claims": {"iat": ...}}, 401, "claim_missing"),
        ({"claims": {"iat": FromNow(-700)}}, 401, "token_expired"),
        ({"redirect": "https://evil.test/"}, 303, "signed_in"),
    ],
)
def test_refusals(
    site: Site, browser: TestApp, changes: dict[str, Any], status: int, code: str
) -> None:
    response = go(site, browser, **changes)
    assert response.status_int == status
    assert site.last().code == code
    assert "evil" not in response.headers.get("Location", "")
