"""What is written down of a tenant's integration, by real sign-ins and sign-outs."""

from datetime import datetime

import pytest
from sqlalchemy import select
from webtest import TestApp

from portal.integration.models import IntegrationMilestone
from tests.factories import World
from tests.factories.tenants import PASSWORD, TenantFactory
from tests.functional.signin.conftest import Site
from tests.queries import QueryCounter


def reached(site: Site) -> dict[str, datetime]:
    """The tenant's milestones."""
    with site.world.factory.session(site.tenant.id) as db:
        rows = db.execute(select(IntegrationMilestone.name, IntegrationMilestone.reached_at))
        return dict(rows.all())


def test_a_new_tenant_has_reached_nothing(site: Site) -> None:
    assert reached(site) == {}


@pytest.mark.parametrize("path", ["/jwt/", "/auth/callback"])
def test_a_sign_in_through_the_site(site: Site, browser: TestApp, path: str) -> None:
    assert site.send(browser, path).status_int == 303
    assert set(reached(site)) == {"sign_in"}


@pytest.mark.parametrize(
    ("target", "is_deep"),
    [
        ("/tickets/42", True),
        ("/tickets?tab=closed", True),
        ("/{slug}/tickets/42", True),
        ("http://localhost/{slug}/tickets", True),
        ("/", False),
        ("/dashboard", False),
        ("/?welcome=1", False),
        ("/#top", False),
        ("/{slug}/", False),
        ("https://www.acme.test/welcome", False),
        ("https://elsewhere.test/tickets", False),
    ],
)
def test_a_deep_link_is_a_page_of_ours_other_than_home(
    site: Site, browser: TestApp, target: str, is_deep: bool
) -> None:
    wanted = target.format(slug=site.tenant.slug)
    assert site.send(browser, "/auth/callback", redirect_url=wanted).status_int == 303
    assert ("deep_link" in reached(site)) is is_deep


def test_a_page_that_was_remembered_here_counts_as_well(
    site: Site, world: World, browser: TestApp
) -> None:
    browser.get(world.url("/login"), {"next": "/tickets"})
    assert site.send(browser).location.endswith("/tickets")
    assert set(reached(site)) == {"sign_in", "deep_link"}


def test_a_sign_out_after_it(site: Site, world: World, browser: TestApp) -> None:
    site.send(browser)
    browser.get(world.url("/logout"), status=303)
    assert set(reached(site)) == {"sign_in", "sign_out"}


def test_a_password_says_nothing_about_the_site(site: Site, world: World, browser: TestApp) -> None:
    form = browser.get(world.url("/login/local"), {"next": "/tickets"}).forms[0]
    form["email"], form["password"] = "ada@acme.test", PASSWORD
    form.submit(status=303)
    browser.get(world.url("/logout"), status=303)
    assert reached(site) == {}


def test_a_refused_token_reaches_nothing(site: Site, browser: TestApp) -> None:
    assert site.send(browser, secret="x" * 48, redirect_url="/tickets").status_int == 401
    assert reached(site) == {}


def test_a_look_ahead_reaches_nothing(site: Site, world: World, browser: TestApp) -> None:
    token = site.token(redirect_url="/tickets")
    headers = {"Sec-Purpose": "prefetch"}
    browser.get(world.url("/auth/callback"), {"token": token}, headers=headers, status=200)
    assert reached(site) == {}


def test_the_first_time_stays(site: Site, world: World) -> None:
    site.send(world.anonymous())
    before = reached(site)
    site.send(world.anonymous(), "/auth/callback", redirect_url="/tickets")
    after = reached(site)
    assert after["sign_in"] == before["sign_in"]
    assert after["deep_link"] > before["sign_in"]


def test_what_is_written_down_costs_nothing_more(
    site: Site, world: World, count_queries: QueryCounter
) -> None:
    writes = []
    for _ in range(2):
        count_queries.reset()
        site.send(world.anonymous())
        writes.append(sum("integration_milestones" in each for each in count_queries.statements))
    assert writes == [1, 0]


def test_another_tenant_has_its_own(site: Site, world: World, tenants: TenantFactory) -> None:
    other = Site(World(tenants.create(), world.app, tenants))
    site.send(world.anonymous())
    assert set(reached(site)) == {"sign_in"}
    assert reached(other) == {}
