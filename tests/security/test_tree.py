"""The tree: one spelling for every place, and nothing leaks in from above or from beside."""

import re

import pytest
from pyramid.router import Router
from sqlalchemy import Engine
from webtest import TestApp

from portal.settings import Settings
from portal.tenants.directory import RESERVED_SLUGS
from portal.tenants.models import DEFAULT_AUTHENTICATORS, Tenant
from tests.factories import TenantFactory, World
from tests.security.browse import at, links, status
from tests.security.places import PLACES
from tests.security.registered import View
from tests.security.stage import Stage, build

pytestmark = pytest.mark.security


class TestSpelling:
    @pytest.mark.parametrize(
        "number",
        ["%D9%A1", "%EF%BC%91", "%E2%91%A0", "01", "1.0", "+1", "-1", "%201", "1%20", "1_0", "1e0",
         "0x1", "0", "1%0A", "true", "9" * 40],
    )  # fmt: skip
    def test_a_ticket_has_one_number(self, world: World, number: str) -> None:
        world.ticket()
        browser = world.browser("ada")
        assert status(browser, world.url("/tickets/1")) == 200
        assert status(browser, world.url(f"/tickets/{number}")) == 404

    def test_a_tenant_has_one_slug(self, world: World) -> None:
        browser, slug = world.browser("ada"), world.slug
        assert status(browser, f"/{slug}/tickets") == 200
        for other in (
            slug.upper(),
            slug.capitalize(),
            f"%{ord(slug[0].upper()):x}{slug[1:]}",
            f"{slug}%20",
            f"%20{slug}",
            f"{slug}.",
            f"{slug}%2F{slug}",
            f"{slug}%E2%80%8B",
            slug.replace("t", "%EF%BD%94"),
        ):
            assert status(browser, f"/{other}/tickets") == 404, other

    @pytest.mark.parametrize(
        "path",
        [
            "/tickets/new/x",
            "/tickets/1/x",
            "/tickets/1/reply/x",
            "/tickets/1/1",
            "/tickets/x/1",
            "/branding/brand.css/x",
            "/branding/x",
            "/profile/x",
            "/x",
            "/x/y/z",
            "/tickets/1/attachments/x",
            "/tickets/tickets",
            "/@@",
            "/@@x",
            "/tickets/@@new/x",
            "/__init__",
            "/__class__",
            "/tickets/__class__",
        ],
    )
    def test_nothing_is_swallowed(self, world: World, path: str) -> None:
        world.ticket()
        assert status(world.browser("ada"), world.url(path)) == 404

    def test_a_slug_below_a_tenant_is_nothing(self, world: World, tenants: TenantFactory) -> None:
        other = tenants.create()
        browser = world.browser("ada")
        assert status(browser, world.url(f"/{other.slug}/")) == 404
        assert status(browser, world.url(f"/{world.slug}/tickets")) == 404

    @pytest.mark.parametrize(
        "path",
        [
            "/x/../{slug}/tickets",
            "/{slug}/./tickets",
            "/{slug}/tickets/.",
            "/{slug}/tickets/new/..",
            "/{slug}/%2e%2e/{slug}/tickets",
            "/{slug}/@@tickets",
            "/{slug}/tickets/@@new",
            "/{slug}/tickets/@@",
        ],
    )
    def test_no_dots_and_no_signs(self, world: World, path: str) -> None:
        assert status(world.browser("ada"), path.format(slug=world.slug)) == 404

    def test_very_long_addresses(self, world: World) -> None:
        browser = world.browser("ada")
        for path in (f"/{'a' * 60_000}", f"/{'a/' * 20_000}", f"/tickets/{'1' * 60_000}"):
            assert status(browser, path) == 404
            assert status(browser, world.url(path)) == 404
        assert status(browser, world.url(f"/tickets?q={'x' * 60_000}")) < 500


class TestInheritance:
    """A tenant grants the same under its slug and on its own host: Root adds nothing."""

    def test_every_view_answers_alike(
        self, app: Router, engine: Engine, settings: Settings, views: list[View], host: str
    ) -> None:
        stage = build(app, TenantFactory(engine, settings), host=host)
        for visitor in ("nobody", "cleo", "ada", "key"):
            for method, path in self.requests(stage, views):
                own = path.removeprefix(f"/{stage.seed.slug}") or "/"
                answers = [
                    self.ask(app, name, method, each, stage.headers[visitor])
                    for name, each in (("localhost", path), (host, own))
                ]
                assert answers[0] == answers[1], (visitor, method, path)

    def requests(self, stage: Stage, views: list[View]) -> list[tuple[str, str]]:
        """By every method to every view that is below a tenant."""
        return [("GET", stage.path("tenant", "nothing"))] + [
            (method, stage.path(name, view.name))
            for view in views
            if not view.route
            for name in stage.places_of(view.kind)
            if PLACES[name].path.startswith("/{slug}")
            for method in view.methods
        ]

    def ask(
        self, app: Router, host: str, method: str, path: str, headers: dict[str, str]
    ) -> tuple[int, str]:
        """The status, and where to, without host and slug."""
        sent = {"Host": host, "Accept": "text/html", **headers}
        answer = TestApp(app).request(path, method=method, headers=sent, expect_errors=True)
        to = answer.headers.get("Location", "").partition("?")[0]
        return answer.status_int, re.sub(r"^https?://[^/]+(/t[0-9a-f]{10}(?=/|$))?", "", to)


class TestSiblings:
    """Two tenants of which one's slug begins with the other's."""

    @pytest.fixture
    def longer(self, world: World, tenants: TenantFactory) -> World:
        sibling = tenants.create(name="Globex")
        with tenants.session(None) as db:
            row = db.get_one(Tenant, sibling.tenant.id)
            row.slug = sibling.tenant.slug = f"{world.slug}x"
        return World(sibling, world.app, tenants)

    def test_neither_takes_the_others_session(self, world: World, longer: World) -> None:
        for mine, theirs in ((world, longer), (longer, world)):
            browser = mine.browser("ada")
            assert status(browser, mine.url("/tickets")) == 200
            assert status(browser, theirs.url("/tickets")) == 303

    def test_links_stay_at_home(self, world: World, longer: World) -> None:
        for mine, headers in ((world, {}), (longer, {"X-Vhm-Root": f"/{world.slug}"})):
            page = mine.browser("ada").get(mine.url("/tickets"), headers=headers)
            inside = [link for link in links(page) if link.startswith(f"/{world.slug}")]
            assert inside
            assert all(link.split("?")[0].startswith(f"/{mine.slug}/") for link in inside)


class TestReserved:
    @pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS - {"--"}))
    def test_a_tenant_of_that_name_would_not_be_reached(
        self, app: Router, tenants: TenantFactory, slug: str
    ) -> None:
        with tenants.session(None) as db:
            tenant = Tenant(slug=slug, name="Squatter", authenticators=list(DEFAULT_AUTHENTICATORS))
            db.add(tenant)
        try:
            for path in (f"/{slug}/", f"/{slug}", f"/{slug}/branding/brand.css"):
                page = at(app, "localhost").get(path, expect_errors=True)
                assert "Squatter" not in page.text
                assert page.status_int != 200 or page.request.path != f"/{slug}/branding/brand.css"
        finally:
            with tenants.session(None) as db:
                db.delete(db.get_one(Tenant, tenant.id))

    def test_the_words_of_the_tree_are_reserved(self, app: Router) -> None:
        """What a feature mounts beside the tenants, and the vendors' addresses, can be no slug."""
        # A slug has no dot, so `.well-known` is none.
        mounted = {name for name in app.registry["resources.root"] if "." not in name}
        assert mounted <= RESERVED_SLUGS
        assert {
            "api",
            "auth",
            "jwt",
            "login",
            "logout",
            "static",
            "sso",
            "access",
        } <= RESERVED_SLUGS


class TestBrand:
    def test_a_missing_page_wears_it(self, world: World) -> None:
        for browser in (world.anonymous(), world.browser("cleo"), world.browser("ben")):
            for path in ("/nothing", "/tickets/999", "/tickets/1/attachments/5"):
                page = browser.get(world.url(path), expect_errors=True)
                if page.status_int == 404:
                    assert "Acme Audio" in page, path
                    assert f"/{world.slug}/branding/brand.css" in page, path

    def test_on_its_own_host_too(self, hosted: World, host: str) -> None:
        page = at(hosted.app, host).get("/nothing", status=404)
        assert "Acme Audio" in page
        assert 'href="/branding/brand.css' in page

    def test_no_tenant_no_brand(self, app: Router, world: World) -> None:
        assert "Acme Audio" not in at(app, "localhost").get("/nothing-of-that-name/", status=404)


class TestSuspended:
    def test_nothing_is_there(self, world: World, tenants: TenantFactory) -> None:
        world.ticket()
        browsers = [world.anonymous(), world.browser("cleo"), world.browser("ada")]
        with tenants.session(None) as db:
            db.get_one(Tenant, world.seed.tenant.id).status = "suspended"
        for browser in browsers:
            for path in (
                "/",
                "/tickets",
                "/tickets/1",
                "/login",
                "/branding/brand.css",
                "/api/v2/tickets",
            ):
                assert status(browser, world.url(path)) == 404, path


class TestMethods:
    def test_the_wrong_one_is_405_and_says_which_are_right(self, world: World) -> None:
        browser = world.browser("ada")
        for path, method, allowed in (
            ("/", "POST", "GET, HEAD"),
            ("/tickets", "POST", "GET, HEAD"),
            ("/tickets", "DELETE", "GET, HEAD"),
            ("/branding/brand.css", "PUT", "GET, HEAD"),
            ("/tickets/new", "PATCH", "GET, HEAD, POST"),
            ("/tickets", "OPTIONS", "GET, HEAD"),
            ("/tickets", "TRACE", "GET, HEAD"),
        ):
            page = browser.request(world.url(path), method=method, expect_errors=True)
            assert (page.status_int, page.headers.get("Allow")) == (405, allowed), (method, path)

    def test_head_is_get_without_a_body(self, world: World) -> None:
        world.ticket()
        browser = world.browser("ada")
        for path in ("/", "/tickets", "/tickets/1", "/branding/brand.css"):
            got, head = browser.get(world.url(path)), browser.head(world.url(path))
            assert head.body == b""
            assert head.status == got.status
            assert head.content_type == got.content_type
            assert head.headers["Content-Security-Policy"] == got.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method"])
    def test_no_header_changes_it(self, world: World, header: str) -> None:
        world.ticket()
        browser = world.browser("cleo")
        browser.get(world.url("/tickets/1"), headers={header: "DELETE"}, status=200)
        assert browser.get(world.url("/tickets/1")).status_int == 200
