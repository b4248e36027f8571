"""On a tenant's own host, and at the root of the installation."""

import uuid

import pytest
from webtest import TestApp

from portal.tenants.directory import TenantDirectory
from tests.factories import World
from tests.functional.api.conftest import Client
from tests.functional.signin.conftest import Site
from tests.functional.signin.test_login import remote_link


@pytest.fixture
def own(world: World) -> Site:
    """A tenant on a host of its own."""
    host = f"help-{uuid.uuid4().hex[:8]}.acme.test"
    seed = world.factory.create(host=host)
    made = Site(World(seed, world.app, world.factory))
    made.host = host  # type: ignore[attr-defined]  # one fact more, for these tests
    return made


@pytest.fixture
def on_host(own: Site) -> TestApp:
    return TestApp(
        own.world.app,
        extra_environ={"HTTP_HOST": own.host, "HTTP_ACCEPT": "text/html"},  # type: ignore[attr-defined]
    )


class TestOwnHost:
    def test_tokens_sign_in_there(self, own: Site, on_host: TestApp) -> None:
        host = f"http://{own.host}"  # type: ignore[attr-defined]
        response = on_host.get("/auth/callback", {"token": own.token(redirect_url="/tickets/42")})
        assert response.location == f"{host}/tickets/42"
        cookie = f"portal-{own.tenant.slug}"
        assert cookie in on_host.cookies

    @pytest.mark.parametrize(
        ("wanted", "below"),
        [
            ("/tickets/42", "/tickets/42"),
            ("/{slug}/dashboard", "/"),
            ("/{slug}/tickets/42", "/tickets/42"),
            ("http://{host}/tickets/42", "/tickets/42"),
        ],
    )
    def test_paths_with_and_without_the_slug(
        self, own: Site, on_host: TestApp, wanted: str, below: str
    ) -> None:
        host = own.host  # type: ignore[attr-defined]
        redirect_url = wanted.format(slug=own.tenant.slug, host=host)
        response = on_host.get("/auth/callback", {"token": own.token(redirect_url=redirect_url)})
        assert response.location == f"http://{host}{below}"

    def test_the_tenants_other_address_is_its_own_too(self, own: Site, on_host: TestApp) -> None:
        url = f"http://localhost/{own.tenant.slug}/tickets/42"
        response = on_host.get("/auth/callback", {"token": own.token(redirect_url=url)})
        assert response.location == url
        below_slug = own.world.anonymous()
        url = f"http://{own.host}/tickets/42"  # type: ignore[attr-defined]
        assert own.send(below_slug, "/auth/callback", redirect_url=url).location == url

    def test_another_tenants_host_is_not(self, own: Site, site: Site, browser: TestApp) -> None:
        url = f"http://{own.host}/tickets/42"  # type: ignore[attr-defined]
        response = site.send(browser, "/auth/callback", redirect_url=url)
        assert response.location == f"http://localhost/{site.tenant.slug}/"

    def test_links_carry_the_host(self, own: Site, on_host: TestApp) -> None:
        link = remote_link(on_host.get("/login"))
        assert link is not None
        assert f"redirect_url=http%3A%2F%2F{own.host}%2Fdashboard" in link  # type: ignore[attr-defined]

    def test_the_api_answers_with_it(self, own: Site, on_host: TestApp) -> None:
        host = f"http://{own.host}"  # type: ignore[attr-defined]
        backend = Client(own.world, ["tickets:write", "auth:redirect"])
        body = {"email": "cleo@customer.test", "title": "Login Issue", "description": "Cannot"}
        data = on_host.post_json("/api/v2/tickets", body, headers=backend.headers).json["data"]
        assert data["ticket_url"] == f"{host}/tickets/1"
        assert data["sso_redirect"]["callback_url"] == f"{host}/auth/callback"
        assert data["sso_redirect"]["jwt_payload"]["redirect_url"] == "/tickets/1"
        body = {"email": "cleo@customer.test", "redirect_url": "/tickets/1"}
        answer = on_host.post_json("/api/auth/redirect", body, headers=backend.headers)
        assert answer.location.startswith(f"{host}/auth/callback?token=")
        assert on_host.get(answer.location).location == f"{host}/tickets/1"

    def test_a_spoofed_host_is_in_no_link(self, site: Site, world: World) -> None:
        browser = TestApp(
            world.app, extra_environ={"HTTP_HOST": "evil.test", "HTTP_ACCEPT": "text/html"}
        )
        browser.extra_environ["HTTP_X_FORWARDED_HOST"] = "evil.test"
        page = browser.get(world.url("/login"))
        assert "evil.test" not in page.text
        response = browser.get(world.url("/jwt/"), {"token": site.token()})
        assert response.location == f"http://localhost{world.url('/')}"


class TestRoot:
    def test_the_claim_names_the_tenant(self, site: Site, world: World, browser: TestApp) -> None:
        raw = site.token(tenant=world.slug, redirect_url="/tickets/42")
        response = browser.get("/auth/callback", {"token": raw})
        assert response.location == f"http://localhost{world.url('/tickets/42')}"
        assert site.signed_in(browser) == "cleo@customer.test"
        assert site.last().code == "signed_in"

    def test_so_does_the_company_id(self, site: Site, world: World, browser: TestApp) -> None:
        company = f"comp_{uuid.uuid4().hex}"
        with world.factory.session(site.tenant.id) as db:
            db.merge(site.tenant).company_id = company
        raw = site.token(companyId=company)
        assert browser.get("/auth/callback", {"token": raw}).status_int == 303
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_the_claim_only_chooses_whose_key_is_tried(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        other = world.factory.create()
        raw = site.token(tenant=other.slug)
        response = browser.get("/auth/callback", {"token": raw}, expect_errors=True)
        assert response.status_int in (401, 403)
        assert not browser.cookies.get(f"portal-{world.slug}")

    @pytest.mark.parametrize("tenant", ["no-such-tenant", 7, ["x"], "a\x00b", "x" * 300])
    def test_an_unknown_tenant_is_404(self, site: Site, browser: TestApp, tenant: object) -> None:
        response = browser.get(
            "/auth/callback", {"token": site.token(tenant=tenant)}, expect_errors=True
        )
        assert response.status_int == 404
        assert "could not confirm" in response.text

    @pytest.mark.parametrize("path", ["/auth/callback", "/jwt/"])
    def test_without_a_name_and_with_many_tenants_it_says_what_is_missing(
        self, site: Site, world: World, browser: TestApp, path: str
    ) -> None:
        world.factory.create()
        response = browser.get(path, {"token": site.token()}, expect_errors=True)
        assert response.status_int == 400
        assert "which help desk" in response.text

    def test_the_only_tenant_needs_no_name(
        self, site: Site, browser: TestApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The database of the tests holds many: `only` is tried by itself, where it is at home."""
        monkeypatch.setattr(TenantDirectory, "only", lambda self: self.by_slug(site.tenant.slug))
        assert browser.get("/jwt/", {"token": site.token()}).status_int == 303
        assert site.signed_in(browser) == "cleo@customer.test"

    @pytest.mark.parametrize("raw", ["", "x", "a.b.c"])
    def test_junk_is_a_page_of_the_installation(
        self, site: Site, browser: TestApp, raw: str
    ) -> None:
        response = browser.get("/auth/callback", {"token": raw}, expect_errors=True)
        assert response.status_int == 400
        assert response.headers["X-Request-Reference"] in response.text
