"""The hub's pages: who sees them, what stands in them, what they cost."""

import re
import uuid

import pytest
from pyramid.router import Router
from webtest import TestApp

from portal.security.api_keys import ApiKeyService
from portal.tenants.models import Tenant
from tests.factories import World
from tests.factories.tenants import TenantFactory
from tests.functional.signin.conftest import REMOTE_LOGIN, Site
from tests.queries import QueryCounter

PAGES = [
    "/integration",
    "/integration/checklist",
    "/integration/guide",
    "/integration/guide.md",
    "/integration/archive",
    "/integration/samples/php",
    "/integration/samples/php/archive",
    "/integration/samples/php/portal.php",
    "/integration/samples/php/.env",
    "/integration/samples/php/public/index.php/raw",
]


def values_on(page: object) -> dict[str, str]:
    """What stands in the fields to copy, by the field's id."""
    return {field["id"]: field["value"] for field in page.html.select(".copy input")}  # type: ignore[attr-defined]  # WebTest has no types


class TestAccess:
    @pytest.mark.parametrize("path", PAGES)
    def test_the_team_sees_it(self, world: World, path: str) -> None:
        for first in ("ben", "ada"):
            assert world.browser(first).get(world.url(path)).status_int == 200, first

    @pytest.mark.parametrize("path", PAGES)
    def test_customers_do_not(self, world: World, path: str) -> None:
        assert world.browser("cleo").get(world.url(path), status="*").status_int in (403, 404)

    @pytest.mark.parametrize("path", [*PAGES, "/integration/samples/none", "/integration/none"])
    def test_strangers_are_asked_to_sign_in(self, world: World, path: str) -> None:
        answer = world.anonymous().get(world.url(path), status=303)
        assert f"{world.slug}/login" in answer.location

    def test_it_is_in_the_teams_navigation(self, world: World) -> None:
        link = f'href="{world.url("/integration")}"'
        assert link in world.browser("ben").get(world.url("/tickets"))
        assert link not in world.browser("cleo").get(world.url("/tickets"))

    @pytest.mark.parametrize(
        "path",
        [
            "/integration/samples",
            "/integration/samples/demo-shop",
            "/integration/samples/php/public",
            "/integration/samples/php/../../..",
            "/integration/samples/php/%2e%2e/%2e%2e/portal/settings.py",
            "/integration/samples/php/..%2f..%2fportal%2fsettings.py",
            "/integration/samples/php/public%2f..%2f..%2fnode%2fserver.js",
            "/integration/samples/php/%2e%2e%5cnode%5cserver.js",
            "/integration/samples/php//etc/passwd",
            "/integration/samples/..",
            "/integration/samples/php/portal.php/x",
            "/integration/samples/php/portal.php/raw/x",
            "/integration/guide/x",
        ],
    )
    def test_nothing_else_is_there(self, world: World, path: str) -> None:
        world.browser("ada").get(world.url(path), status=404)


class TestValues:
    def test_they_are_the_tenants_own(self, site: Site, world: World) -> None:
        home = f"http://localhost{world.url('')}"
        with world.factory.session(site.tenant.id) as db:
            db.get_one(Tenant, site.tenant.id).company_id = f"comp_{world.slug}"
            shop, _secret = ApiKeyService(db, site.tenant).create(
                "Shop", ["auth:redirect", "tickets:write"]
            )
            older, _secret = ApiKeyService(db, site.tenant).create("Batch", ["tickets:write"])
            newer, _secret = ApiKeyService(db, site.tenant).create("Reader", ["tickets:read"])
        site.configure(
            remote_logout_url="https://www.acme.test/bye", allowed_origins=["https://www.acme.test"]
        )
        page = world.browser("ben").get(world.url("/integration"))
        assert values_on(page) == {
            "portal-url": home,
            "address-central": f"{home}/auth/callback",
            "address-happyfox": f"{home}/jwt",
            "tenant": world.slug,
            "company-id": f"comp_{world.slug}",
            "remote-login-url": REMOTE_LOGIN,
            "remote-logout-url": "https://www.acme.test/bye",
            "tickets-url": f"{home}/api/v2/tickets",
            "handover-url": f"{home}/api/auth/redirect",
            "sign-out-url": f"{home}/api/auth/logout",
        }
        keys = [code.text for code in page.html.select("#keys code")]
        assert keys == ["2026-a", shop.public_id, older.public_id, newer.public_id]
        assert "https://www.acme.test" in page.html.select_one("#api").text

    def test_what_is_missing_says_so_and_where_admins_set_it(self, world: World) -> None:
        admins, agents = (
            world.browser(first).get(world.url("/integration")) for first in ("ada", "ben")
        )
        assert "No signing key yet" in admins
        assert "No API key yet" in admins
        assert "No dialect is on yet" in admins
        settings = f'href="{world.url("/settings/")}'
        linked = set(re.findall(f'{settings}([^"]+)"', admins.html.main.decode()))
        assert linked == {"sign-in", "sign-in/keys", "api-keys"}
        assert settings not in agents

    def test_samples_that_would_be_refused_are_said(self, site: Site, world: World) -> None:
        words = "Their tokens would be refused"
        assert words not in world.browser("ben").get(world.url("/integration"))
        site.configure(dialects=["happyfox"])
        assert words in world.browser("ben").get(world.url("/integration"))

    def test_a_key_that_has_ended_is_not_shown(self, site: Site, world: World) -> None:
        with world.factory.session(site.tenant.id) as db:
            revoked, _secret = ApiKeyService(db, site.tenant).create("Old", ["tickets:write"])
            db.flush()
            revoked.revoked_at = revoked.created_at
        assert revoked.public_id not in world.browser("ben").get(world.url("/integration"))

    def test_on_a_host_of_its_own(self, app: Router, tenants: TenantFactory) -> None:
        host = f"{uuid.uuid4().hex}.acme.test"
        world = World(tenants.create(host=host), app, tenants)
        name = f"portal-{world.slug}"
        headers = {"Cookie": f"{name}={world.browser('ben').cookies[name]}"}
        browser = TestApp(app, extra_environ={"HTTP_HOST": host, "HTTP_ACCEPT": "text/html"})
        page = browser.get("/integration", headers=headers)
        assert values_on(page)["portal-url"] == f"http://{host}"
        env = browser.get("/integration/samples/php/.env/raw", headers=headers).text
        assert f"PORTAL_CALLBACK_URL=http://{host}/auth/callback\n" in env


class TestPages:
    def test_a_sample_shows_what_it_is_and_its_files(self, site: Site, world: World) -> None:
        page = world.browser("ben").get(world.url("/integration/samples/php"))
        assert page.html.h1.text == "PHP"
        assert page.html.select_one("article p")
        page = page.click(r"^portal\.php$")
        assert page.html.select_one(".source").text.startswith("<?php\n")

    def test_a_file_is_downloaded_as_text_that_nobody_runs(self, world: World) -> None:
        url = world.url("/integration/samples/php/public/index.php/raw")
        raw = world.browser("ben").get(url)
        assert raw.content_type == "text/plain"
        assert raw.headers["Content-Disposition"] == 'attachment; filename="index.php"'
        assert raw.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert raw.headers["X-Content-Type-Options"] == "nosniff"
        assert raw.text.startswith("<?php")

    def test_the_guide_has_the_tenants_address_and_an_anchor_for_every_code(
        self, world: World
    ) -> None:
        browser = world.browser("ben")
        page = browser.get(world.url("/integration/guide"))
        assert "help.example.com" not in page
        assert f"http://localhost{world.url('/auth/callback')}" in page
        assert page.html.find(id="token_expired").name == "h3"
        anchors = {tag["id"] for tag in page.html.select("article [id]")}
        contents = page.html.select(".contents a")
        assert len(contents) > 5
        assert {link["href"].removeprefix("#") for link in contents} <= anchors
        assert page.html.select("article table")
        source = browser.get(world.url("/integration/guide.md"))
        assert source.text.startswith("# ")
        assert "help.example.com" not in source

    def test_its_links_to_samples_lead_to_the_hubs(self, world: World) -> None:
        page = world.browser("ben").get(world.url("/integration/guide"))
        links = {link["href"] for link in page.html.select("article a[href]")}
        local = {link for link in links if not re.match("#|https?:|mailto:", link)}
        assert world.url("/integration/samples/php") in local
        for link in local:
            assert world.browser("ben").get(link).status_int == 200


class TestCost:
    @pytest.mark.parametrize(
        ("path", "most"),
        [
            ("/integration", 5),
            ("/integration/checklist", 4),
            ("/integration/guide", 3),
            ("/integration/archive", 4),
            ("/integration/samples/php", 4),
            ("/integration/samples/php/portal.php", 4),
        ],
    )
    def test_a_page_asks_little(
        self, site: Site, world: World, count_queries: QueryCounter, path: str, most: int
    ) -> None:
        browser = world.browser("ben")
        with world.factory.session(site.tenant.id) as db:
            for number in range(5):
                ApiKeyService(db, site.tenant).create(f"Key {number}", ["tickets:write"])
        browser.get(world.url(path))
        count_queries.reset()
        browser.get(world.url(path), status=200)
        assert len(count_queries) <= most, str(count_queries)


class TestBesideTheTenants:
    def test_it_asks_which_help_desk(self, world: World) -> None:
        page = world.anonymous().get("/integration")
        assert "Sign in there first" in page
        assert world.slug not in page
        form = page.forms[0]
        form["tenant"] = f" {world.slug} "
        answer = form.submit()
        assert answer.status_int == 303
        assert answer.location == f"http://localhost{world.url('/integration')}"

    def test_it_does_not_know_which_there_are(self, world: World) -> None:
        answers = [
            world.anonymous().get("/integration", {"tenant": slug}, status=303)
            for slug in (world.slug, "nobody-has-this-name")
        ]
        assert answers[1].location == "http://localhost/nobody-has-this-name/integration"
        assert answers[0].body == answers[1].body == b""

    @pytest.mark.parametrize(
        "name", ["", "a b", "../acme", "//evil.test", "https://evil.test", "login", "a" * 64, "ä"]
    )
    def test_what_can_be_no_name_is_said(self, browser: TestApp, name: str) -> None:
        page = browser.get("/integration", {"tenant": name})
        assert page.html.select_one("#tenant-error")
        assert page.html.select_one("#tenant")["value"] == name

    def test_it_asks_the_database_nothing(
        self, browser: TestApp, count_queries: QueryCounter
    ) -> None:
        browser.get("/integration")
        count_queries.reset()
        browser.get("/integration", {"tenant": "acme"})
        assert len(count_queries) <= 1, str(count_queries)
