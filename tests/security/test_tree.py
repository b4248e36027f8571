"""The tree: one spelling for every place, no help from headers, nothing leaks in from above."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pyramid.router import Router
from sqlalchemy import Engine
from webtest import TestApp

from portal import application
from portal.settings import Settings
from portal.tenants.directory import RESERVED_SLUGS
from portal.tenants.models import DEFAULT_AUTHENTICATORS, Tenant
from tests.factories import TenantFactory, World
from tests.security.stage import Stage, build
from tests.security.test_views import PUBLIC, views_of

pytestmark = pytest.mark.security


@pytest.fixture
def host() -> str:
    return f"help-{uuid.uuid4().hex[:8]}.test"


@pytest.fixture
def hosted(tenants: TenantFactory, app: Router, host: str) -> World:
    """A tenant with a host of its own."""
    return World(tenants.create(host=host), app, tenants)


@pytest.fixture(scope="module")
def production(app: Router, settings: Settings) -> Iterator[Router]:
    """The application as it is served in earnest."""
    earnest = replace(
        settings, development=False, origin="https://portal.example", hosts=("portal.example",)
    )
    router = application(earnest)
    yield router
    router.registry["db.engine"].dispose()


def at(router: Router, host: str, scheme: str = "http") -> TestApp:
    """A browser that is at a host."""
    environ = {"HTTP_HOST": host, "HTTP_ACCEPT": "text/html", "wsgi.url_scheme": scheme}
    return TestApp(router, extra_environ=environ)


def status(browser: TestApp, path: str, **options: Any) -> int:
    """The status of a GET."""
    return int(browser.get(path, expect_errors=True, **options).status_int)


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


class TestHeaders:
    @pytest.mark.parametrize("header", ["X-Vhm-Root", "X-VHM-ROOT"])
    def test_a_virtual_root_is_not_ours(self, world: World, header: str) -> None:
        browser = world.browser("ada")
        headers = {header: f"/{world.slug}"}
        assert status(browser, "/tickets", headers=headers) == 404
        plain = browser.get(world.url("/tickets"))
        tricked = browser.get(world.url("/tickets"), headers=headers)
        assert links(tricked) == links(plain)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "evil.test"},
            {"Host": "evil.test", "X-Forwarded-Host": "evil.test"},
            {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"},
            {"Forwarded": "host=evil.test;proto=https"},
            {"X-Original-Host": "evil.test", "X-Host": "evil.test", "X-Forwarded-Server": "evil.test"},
            {"X-Original-Url": "/evil.test/", "X-Rewrite-Url": "/evil.test/"},
        ],
    )  # fmt: skip
    def test_links_and_redirects_never_follow_a_header(
        self, world: World, headers: dict[str, str]
    ) -> None:
        world.ticket()
        browser = world.browser("ada")
        for path in ("/", "/tickets", "/tickets/1", "/nothing"):
            page = browser.get(world.url(path), headers=headers, expect_errors=True)
            assert "evil.test" not in page.text, path
        sent = world.anonymous().get(world.url("/tickets"), headers=headers)
        assert sent.status_int == 303
        assert sent.location.startswith(f"http://localhost/{world.slug}/login?")

    def test_a_tenants_own_host_is_the_one_of_its_record(self, hosted: World, host: str) -> None:
        sent = at(hosted.app, host).get("/tickets", headers={"X-Forwarded-Host": "evil.test"})
        assert sent.location.startswith(f"http://{host}/login?")


def links(page: Any) -> list[str]:
    """Where a page's links and forms lead."""
    return re.findall(r'(?:href|action|src)="([^"]*)"', page.text)


class TestHosts:
    def test_a_hosts_tenant_is_its_root(self, hosted: World, host: str) -> None:
        browser = self.signed_in(hosted, host)
        assert "Acme Audio" in browser.get("/tickets")
        assert status(browser, f"/{hosted.slug}/tickets") == 404

    def test_its_links_stay_there(self, hosted: World, host: str) -> None:
        page = self.signed_in(hosted, host).get("/tickets")
        assert not [link for link in links(page) if hosted.slug in link]

    @pytest.mark.parametrize("change", [str.upper, "{}.".format, "{}:8080".format])
    def test_a_host_in_other_words(self, hosted: World, host: str, change: Any) -> None:
        assert "Acme Audio" in at(hosted.app, change(host)).get("/branding/x", status=404)

    @pytest.mark.parametrize("prefix", ["x", "x.", "help-"])
    def test_a_host_that_ends_alike_is_another(
        self, production: Router, hosted: World, host: str, prefix: str
    ) -> None:
        assert status(at(production, prefix + host, "https"), "/tickets") == 404

    @pytest.mark.parametrize(
        "name",
        ["evil.test", "localhost", "", "[::1", "[", "a b", "a,b", "portal.example@evil.test", "@",
         "portal.example/x", "%00", "a" * 5_000, "portal.example.evil.test", "\xff.test", "::", "#",
         "portal.example#@evil.test"],
    )  # fmt: skip
    def test_an_unknown_host_is_nobodys(
        self, production: Router, tenants: TenantFactory, name: str
    ) -> None:
        seed = tenants.create(name="Acme Audio")
        browser = at(production, name, "https")
        for path in (
            "/",
            f"/{seed.slug}/",
            f"/{seed.slug}/tickets",
            f"/{seed.slug}/branding/brand.css",
        ):
            page = browser.get(path, expect_errors=True)
            assert page.status_int in (400, 404), path
            assert "Acme" not in page.text

    def test_the_front_door_names_no_tenant(
        self, production: Router, tenants: TenantFactory
    ) -> None:
        seed = tenants.create(name="Acme Audio")
        page = at(production, "portal.example", "https").get("/")
        assert seed.slug not in page.text
        assert "Acme Audio" not in page.text

    def signed_in(self, hosted: World, host: str) -> TestApp:
        browser = hosted.browser("ada")
        browser.extra_environ["HTTP_HOST"] = host
        value = browser.cookies[f"portal-{hosted.slug}"]
        browser.reset()
        browser.extra_environ["HTTP_COOKIE"] = f"portal-{hosted.slug}={value}"
        return browser


class TestInheritance:
    """A tenant grants the same under its slug and on its own host: Root adds nothing."""

    def test_every_view_answers_alike(
        self, app: Router, engine: Engine, settings: Settings, host: str
    ) -> None:
        stage = build(app, TenantFactory(engine, settings), host=host)
        for visitor, headers in stage.headers.items():
            for method, path in self.requests(app, stage):
                below = self.ask(app, "localhost", method, path, headers)
                own = self.ask(
                    app, host, method, path.removeprefix(f"/{stage.seed.slug}") or "/", headers
                )
                assert own == below, (visitor, method, path)

    def requests(self, app: Router, stage: Stage) -> Iterator[tuple[str, str]]:
        for view in views_of(app):
            if view.label in PUBLIC and view.route:
                continue
            for name in stage.places_of(view.kind):
                if name != "root":
                    for method in view.methods:
                        yield method, stage.path(name, view.name)
            yield "GET", stage.path("tenant", "nothing")

    def ask(
        self, app: Router, host: str, method: str, path: str, headers: dict[str, str]
    ) -> tuple[int, str]:
        response = TestApp(app).request(
            path,
            method=method,
            headers={"Host": host, "Accept": "text/html", **headers},
            expect_errors=True,
        )
        location = re.sub(
            r"^https?://[^/]+(/t[0-9a-f]{10}(?=/|$))?", "", response.headers.get("Location", "")
        )
        return response.status_int, location.partition("?")[0]


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
        mounted = set(app.registry["resources.root"])
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
            ("/tickets", "BREW", "GET, HEAD"),
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


JUNK = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            b"\xff",
            b"\xc3\x28",
            b"\x00",
            b"\xed\xa0\x80",
            b"%",
            b"%zz",
            b"..",
            b"//",
            b"\\",
            b";",
            b"'",
            b'"',
            b"\r\nX: y",
            b"{{7*7}}",
            b"\xe2\x80\xae",
            b"=",
            b"&",
            b"a" * 5_000,
            b"[" * 300,
            b"-1",
            b"99999999999999999999",
            b"1" * 5_000,
        ]
    ),  # fmt: skip
)
HARD = effort(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def quoted(junk: bytes) -> str:
    """Every byte percent-encoded."""
    return "".join(f"%{byte:02x}" for byte in junk)


class TestJunk:
    """Bytes that are no text are 400; nothing at all is 500."""

    @pytest.mark.parametrize(
        "place", ["/{}", "/tickets/{}", "/tickets/1/{}", "/tickets/1/attachments/{}"]
    )
    @given(junk=JUNK)
    @example(junk=b"\xff")
    @example(junk=b"\x00")
    @HARD
    def test_in_the_path(self, stage: Stage, place: str, junk: bytes) -> None:
        path = f"/{stage.seed.slug}{place.format(quoted(junk))}"
        answer = self.get(stage, path)
        assert answer.status_int < 500
        if b"\0" in junk or not is_text(junk):
            assert answer.status_int == 400

    @pytest.mark.parametrize(
        "path", ["", "tickets", "tickets/1", "api/v2/tickets", "branding/brand.css"]
    )
    @given(name=JUNK, value=JUNK)
    @example(name=b"q", value=b"\xff")
    @example(name=b"\xff", value=b"")
    @example(name=b"page", value=b"\x00")
    @HARD
    def test_in_the_query(self, stage: Stage, path: str, name: bytes, value: bytes) -> None:
        answer = self.get(stage, f"/{stage.seed.slug}/{path}?{quoted(name)}={quoted(value)}")
        assert answer.status_int < 500
        if b"\0" in name + value or not (is_text(name) and is_text(value)):
            assert answer.status_int == 400

    @pytest.mark.parametrize(
        "name",
        [
            "q",
            "after",
            "before",
            "state",
            "assignee",
            "view",
            "project",
            "priority",
            "next",
            "limit",
        ],
    )
    @given(value=JUNK)
    @HARD
    def test_in_parameters_that_pages_read(self, stage: Stage, name: str, value: bytes) -> None:
        for path in ("tickets", "tickets/1", "login", "tickets/new"):
            answer = self.get(stage, f"/{stage.seed.slug}/{path}?{name}={quoted(value)}")
            assert answer.status_int < 500, path

    @pytest.mark.parametrize(
        "header",
        ["Accept", "Accept-Language", "Cookie", "If-None-Match", "If-Modified-Since", "Range", "Referer",
         "User-Agent", "X-CSRF-Token", "X-API-Key", "X-API-Secret", "Authorization", "Content-Type",
         "X-Forwarded-For", "Origin", "Sec-Fetch-Site"],
    )  # fmt: skip
    @given(junk=JUNK)
    @HARD
    def test_in_a_header(self, stage: Stage, header: str, junk: bytes) -> None:
        # A server passes on no line breaks, and reads bytes as Latin-1.
        value = junk.translate(None, b"\r\n").decode("latin-1")
        for path in ("tickets/1", "branding/brand.css", "api/v2/tickets"):
            answer = self.get(stage, f"/{stage.seed.slug}/{path}", **{header: value})
            assert answer.status_int < 500, path

    @given(junk=JUNK)
    @example(junk=b"\xff")
    @HARD
    def test_in_our_cookie(self, stage: Stage, junk: bytes) -> None:
        value = junk.translate(None, b"\r\n").decode("latin-1")
        answer = self.get(
            stage, f"/{stage.seed.slug}/tickets", Cookie=f"portal-{stage.seed.slug}={value}"
        )
        assert answer.status_int == 303

    @given(name=JUNK, value=JUNK)
    @example(name=b"body", value=b"\xff")
    @example(name=b"body", value=b"\x00")
    @example(name=b"csrf_token", value=b"\xff")
    @HARD
    def test_in_a_form(self, stage: Stage, name: bytes, value: bytes) -> None:
        answer = self.post(
            stage, f"{quoted(name)}={quoted(value)}".encode(), "application/x-www-form-urlencoded"
        )
        assert answer.status_int == 400

    @given(body=st.binary(max_size=300))
    @example(
        body=b'--x\r\nContent-Disposition: form-data; name="files"; filename="\xff"\r\n\r\n\xff\r\n--x--'
    )
    @example(body=b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--x--\r\n')
    @example(body=b"--x\r\n")
    @HARD
    def test_in_a_form_with_files(self, stage: Stage, body: bytes) -> None:
        for content_type in (
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "multipart/form-data; boundary=",
        ):
            assert self.post(stage, body, content_type).status_int == 400

    @given(body=st.binary(max_size=100), content_type=st.text(max_size=40))
    @HARD
    def test_in_a_body_of_any_type(self, stage: Stage, body: bytes, content_type: str) -> None:
        kind = content_type.encode("utf-8", "replace").translate(None, b"\r\n").decode("latin-1")
        assert 400 <= self.post(stage, body, kind).status_int < 500

    def get(self, stage: Stage, path: str, **headers: str) -> Any:
        browser = TestApp(stage.app, lint=False)
        environ = {
            "HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()
        }
        signed_in = {"HTTP_COOKIE": stage.headers["ada"]["Cookie"]}
        page = {"HTTP_HOST": "localhost", "HTTP_ACCEPT": "text/html"}
        return browser.get(path, extra_environ=page | signed_in | environ, expect_errors=True)

    def post(self, stage: Stage, body: bytes, content_type: str) -> Any:
        browser = TestApp(stage.app, lint=False)
        return browser.post(
            f"/{stage.seed.slug}/tickets/new",
            body,
            extra_environ={
                "HTTP_HOST": "localhost",
                "HTTP_ACCEPT": "text/html",
                "HTTP_COOKIE": stage.headers["cleo"]["Cookie"],
                "CONTENT_TYPE": content_type,
            },
            expect_errors=True,
        )


def is_text(junk: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    try:
        junk.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@pytest.fixture(scope="module")
def stage(app: Router, engine: Engine, settings: Settings) -> Stage:
    return build(app, TenantFactory(engine, settings))
