"""Hosts and headers: the tenant is found by its own host, and links follow no header."""

from typing import Any

import pytest
from pyramid.router import Router
from webtest import TestApp

from tests.factories import TenantFactory, World
from tests.security.browse import at, links, status

pytestmark = pytest.mark.security


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
            {"X-Original-Host": "evil.test", "X-Host": "evil.test"},
            {"X-Forwarded-Server": "evil.test"},
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
