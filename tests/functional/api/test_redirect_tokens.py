"""`POST api/auth/redirect` with a signed token instead of a key, and from a page."""

from typing import Any

import pytest
from webtest import TestApp
from webtest.response import TestResponse

from tests.functional.api.conftest import CLEO, Client, arrive
from tests.functional.signin.conftest import Site

ORIGIN = "https://www.acme.test"


class TestSignedTokens:
    """The static page holds no secret: its backend signs a token."""

    def ask(self, site: Site, body: dict[str, Any], **headers: str) -> TestResponse:
        http = TestApp(site.world.app, extra_environ={"HTTP_HOST": "localhost"})
        url = site.world.url("/api/auth/redirect")
        return http.post_json(url, body, headers=headers, expect_errors=True)

    def test_in_the_body(self, site: Site, browser: TestApp) -> None:
        answer = self.ask(site, {"token": site.token(), "redirect_url": "/tickets/7"})
        assert answer.status_int == 302
        arrived = arrive(site.world, answer.location, browser)
        assert arrived.location.endswith("/tickets/7")
        assert site.signed_in(browser) == "cleo@customer.test"
        assert site.last().authenticator == "jwt_sso"

    def test_in_the_header(self, site: Site) -> None:
        answer = self.ask(site, CLEO, Authorization=f"Bearer {site.token()}")
        assert answer.status_int == 302

    def test_from_a_browser_it_is_200(self, site: Site) -> None:
        site.configure(allowed_origins=[ORIGIN])
        answer = self.ask(site, {"token": site.token()}, Origin=ORIGIN)
        assert answer.status_int == 200
        assert "Location" not in answer.headers
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert arrive(site.world, answer.json["redirect_url"]).status_int == 303

    def test_a_page_that_is_not_listed_reads_nothing(self, site: Site) -> None:
        site.configure(allowed_origins=[ORIGIN])
        answer = self.ask(site, {"token": site.token()}, Origin="https://evil.test")
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]

    def test_who_signs_in_is_what_the_token_says(self, site: Site, browser: TestApp) -> None:
        body = {"email": "dora@customer.test", "token": site.token()}
        arrive(site.world, self.ask(site, body).location, browser)
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_one_token_signs_in_once_in_whatever_way(self, site: Site) -> None:
        raw = site.token()
        locations = [self.ask(site, {"token": raw}).location for _ in range(2)]
        assert arrive(site.world, locations[0]).status_int == 303
        assert arrive(site.world, locations[1]).status_int == 401
        assert site.send(site.world.anonymous(), "/auth/callback", token=raw).status_int == 401
        assert self.ask(site, {"token": raw}).json["error"]["code"] == "token_replayed"

    def test_a_token_of_somebody_else(self, site: Site) -> None:
        answer = self.ask(site, {"token": site.token(secret="x" * 40)})
        assert answer.status_int == 401
        assert answer.json["error"]["code"] == "token_signature_invalid"
        assert "Bearer" in answer.headers["WWW-Authenticate"]

    def test_a_reference_is_no_token(self, site: Site, bridge: Client) -> None:
        reference = bridge.post("/auth/redirect", CLEO, status=302).location.partition("=")[2]
        assert self.ask(site, {"token": reference}).status_int == 400

    def test_beside_the_tenants(self, site: Site) -> None:
        http = TestApp(site.world.app, extra_environ={"HTTP_HOST": "localhost"})
        for body in (
            {"token": site.token(), "tenant": site.world.slug},
            {"token": site.token(tenant=site.world.slug)},
        ):
            http.post_json("/api/auth/redirect", body, status=302)


class TestPreflight:
    def ask(self, site: Site, origin: str) -> TestResponse:
        http = TestApp(site.world.app, extra_environ={"HTTP_HOST": "localhost"})
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-api-key,x-api-secret",
        }
        return http.options(site.world.url("/api/auth/redirect"), headers=headers, status=204)

    def test_a_listed_origin(self, site: Site) -> None:
        site.configure(allowed_origins=[ORIGIN])
        answer = self.ask(site, ORIGIN)
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Access-Control-Allow-Methods"] == "POST"
        assert "api" not in answer.headers["Access-Control-Allow-Headers"].lower()

    @pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://www.acme.test", ""])
    def test_any_other(self, site: Site, origin: str) -> None:
        site.configure(allowed_origins=[ORIGIN])
        assert "Access-Control-Allow-Origin" not in self.ask(site, origin).headers
