"""Who may open which page of the settings: admins, and nobody else."""

import pytest
from pyramid.router import Router

from tests.factories import TenantFactory, World
from tests.functional.admin.conftest import Admin

PAGES = [
    "",
    "/general",
    "/general/accent?colour=%23336699",
    "/general/accent.css?colour=%23336699",
    "/sign-in",
    "/sign-in/keys",
    "/sign-in/methods",
    "/sign-in/accounts",
    "/sign-in/sessions",
    "/sign-in/log",
    "/audit",
    "/people",
    "/people/invite",
    "/people/{ben}",
    "/organisations",
    "/organisations/new",
    "/organisations/{organisation}",
    "/projects",
    "/projects/new",
    "/projects/{project}",
]
VERBS = [
    "/general",
    "/sign-in",
    "/sign-in/new-key",
    "/sign-in/import-key",
    "/sign-in/extend-key",
    "/sign-in/end-key",
    "/sign-in/methods",
    "/sign-in/accounts",
    "/sign-in/sessions",
    "/people/invite",
    "/people/{ben}",
    "/people/{ben}/disable",
    "/people/{ben}/enable",
    "/people/{ben}/link",
    "/organisations/new",
    "/organisations/{organisation}",
    "/projects/new",
    "/projects/{project}",
    "/projects/{project}/archive",
    "/projects/{project}/restore",
]


def at(world: World, path: str) -> str:
    """The address of a page in the world."""
    seed = world.seed
    assert seed.organisation is not None
    assert seed.project is not None
    ids = {
        "ben": seed.users["ben"].id,
        "organisation": seed.organisation.id,
        "project": seed.project.id,
    }
    return world.url("/settings" + path.format(**ids))


def test_an_admin_opens_every_page(world: World) -> None:
    browser = world.browser("ada")
    for path in PAGES:
        status = browser.get(at(world, path)).status_int
        assert status == (303 if path == "" else 200), path


@pytest.mark.parametrize("who", ["ben", "cleo"])
def test_others_are_refused(world: World, who: str) -> None:
    browser = world.browser(who)
    for path in PAGES:
        browser.get(at(world, path), status=403)
    token = browser.get(world.url("/profile")).forms[0]["csrf_token"].value
    for path in VERBS:
        browser.post(at(world, path), {"csrf_token": token}, status=403)


def test_strangers_are_sent_to_sign_in(world: World) -> None:
    for path in PAGES:
        answer = world.anonymous().get(at(world, path), status=303)
        assert f"/{world.slug}/login?next=" in answer.location, path


def test_an_admin_of_another_tenant_is_a_stranger(
    world: World, tenants: TenantFactory, app: Router
) -> None:
    other = World(tenants.create(), app, tenants)
    browser = other.browser("ada")
    browser.set_cookie(f"portal-{world.slug}", browser.cookies[f"portal-{other.slug}"])
    for path in PAGES:
        browser.get(at(world, path), status=303)


def test_rows_of_another_tenant_do_not_exist(
    world: World, tenants: TenantFactory, app: Router
) -> None:
    other = World(tenants.create(), app, tenants)
    browser = world.browser("ada")
    for path in ("/people/{ben}", "/organisations/{organisation}", "/projects/{project}"):
        foreign = at(other, path).replace(other.slug, world.slug)
        browser.get(foreign, status=404)


@pytest.mark.parametrize("name", ["0", "007", "x", "%D9%A4", "99999999999999999999"])
def test_only_numbers_name_rows(admin: Admin, name: str) -> None:
    for place in ("people", "organisations", "projects"):
        admin.get(f"/{place}/{name}", status=404)


def test_a_post_without_its_token_is_refused(world: World) -> None:
    browser = world.browser("ada")
    for path in VERBS:
        browser.post(at(world, path), {}, status=400)


def test_the_navigation_knows_where_one_is(admin: Admin) -> None:
    page = admin.get("/projects")
    current = page.html.select_one(".views a[aria-current=page]")
    assert current.get_text(strip=True) == "Projects"
    rail = page.html.select_one(".rail a[aria-current=page]")
    assert rail.get_text(strip=True) == "Settings"


def test_agents_see_no_way_to_the_settings(world: World) -> None:
    page = world.browser("ben").get(world.url("/profile"))
    assert f"/{world.slug}/settings" not in page.text
