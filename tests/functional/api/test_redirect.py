"""`POST api/auth/redirect`: the tenant's backend hands a visitor over."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from webtest import TestApp
from webtest.response import TestResponse

from portal.security.models import ApiKey, Session
from portal.signin.models import SsoHandoff, SsoReplay
from tests.factories import TenantFactory, World
from tests.functional.api.conftest import CLEO, Client, arrive
from tests.functional.signin.conftest import Site

ORIGIN = "https://www.acme.test"
PATH = "/auth/redirect"


class TestHandingOver:
    def test_the_answer(self, bridge: Client) -> None:
        answer = bridge.post(PATH, {**CLEO, "tenant": bridge.world.slug}, status=302)
        callback = f"http://localhost{bridge.world.url('/auth/callback')}"
        address, _, reference = answer.headers["Location"].partition("?token=")
        assert address == callback
        assert len(reference) == 46
        assert answer.json == {"success": True, "redirect_url": answer.headers["Location"]}
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_the_visitor_is_signed_in(self, bridge: Client, site: Site, browser: TestApp) -> None:
        answer = bridge.post(PATH, {**CLEO, "redirect_url": "/tickets/42"}, status=302)
        arrived = arrive(bridge.world, answer.location, browser)
        assert arrived.status_int == 303
        assert arrived.location == f"http://localhost{bridge.world.url('/tickets/42')}"
        assert site.signed_in(browser) == "cleo@customer.test"
        line = site.last()
        assert (line.code, line.authenticator, line.dialect) == ("signed_in", "api_key", "central")
        assert line.key_id == bridge.headers["X-API-Key"]

    def test_a_form_does_as_well(self, bridge: Client) -> None:
        url = bridge.world.url("/api/auth/redirect")
        answer = bridge.http.post(url, CLEO, headers=bridge.headers, status=302)
        assert arrive(bridge.world, answer.location).status_int == 303

    def test_beside_the_tenants_the_key_says_whose(self, bridge: Client) -> None:
        answer = bridge.http.post_json(
            "/api/auth/redirect", CLEO, headers=bridge.headers, status=302
        )
        assert answer.location.startswith(f"http://localhost{bridge.world.url('/auth/callback')}?")
        assert arrive(bridge.world, answer.location).status_int == 303

    def test_somebody_new(self, bridge: Client, site: Site) -> None:
        body = {"email": "New@Customer.test", "name": "Nia", "external_user_id": 7, "role": "agent"}
        arrive(bridge.world, bridge.post(PATH, body, status=302).location)
        made = site.user("new@customer.test")
        assert made is not None
        assert (made.name, made.role) == ("Nia", "customer")
        assert "role_capped" in site.last().warnings

    def test_the_reference_is_kept_as_a_hash(self, bridge: Client, site: Site) -> None:
        reference = bridge.post(PATH, CLEO, status=302).location.partition("=")[2]
        with site.world.factory.session(site.tenant.id) as db:
            (row,) = db.scalars(select(SsoHandoff).where(SsoHandoff.tenant_id == site.tenant.id))
            assert reference.encode() not in row.token_hash + row.replay_key
            assert row.expires_at - row.created_at <= timedelta(seconds=60)

    def test_it_is_good_once(self, bridge: Client, site: Site) -> None:
        location = bridge.post(PATH, CLEO, status=302).location
        assert arrive(bridge.world, location).status_int == 303
        assert arrive(bridge.world, location).status_int == 401
        assert site.last().code == "token_replayed"

    def test_it_is_good_for_a_minute(self, bridge: Client, site: Site) -> None:
        location = bridge.post(PATH, CLEO, status=302).location
        with site.world.factory.session(site.tenant.id) as db:
            db.execute(update(SsoHandoff).values(expires_at=datetime.now(UTC)))
        assert arrive(bridge.world, location).status_int == 401
        assert site.last().code == "token_expired"

    def test_it_is_good_in_its_tenant(
        self, bridge: Client, tenants: TenantFactory, site: Site
    ) -> None:
        other = Site(World(tenants.create(), bridge.world.app, tenants))
        location = bridge.post(PATH, CLEO, status=302).location
        elsewhere = location.replace(bridge.world.slug, other.world.slug)
        assert arrive(bridge.world, elsewhere).status_int == 401
        assert other.last().code == "token_signature_invalid"
        assert arrive(bridge.world, location).status_int == 303

    @pytest.mark.parametrize("path", ["/jwt/", "/auth/callback/"])
    def test_at_another_vendors_address_it_is_nothing(
        self, bridge: Client, path: str, site: Site
    ) -> None:
        location = bridge.post(PATH, CLEO, status=302).location
        status = arrive(bridge.world, location.replace("/auth/callback", path)).status_int
        assert status == (400 if path == "/jwt/" else 303)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Accept": "application/json"},
            {"X-API-Key": "tk_x"},
            {"Sec-Purpose": "prefetch"},
            {"Sec-Fetch-Mode": "cors"},
        ],
    )
    def test_a_program_does_not_use_it_up(
        self, bridge: Client, site: Site, headers: dict[str, str]
    ) -> None:
        location = bridge.post(PATH, CLEO, status=302).location
        seen = TestApp(bridge.world.app).get(location, headers={"Host": "localhost", **headers})
        assert seen.json == {"success": True, "redirect_url": location}
        assert seen.headers["Location"] == location
        assert "Set-Cookie" not in seen.headers
        assert arrive(bridge.world, location).status_int == 303

    def test_the_page_is_checked_again(self, bridge: Client, site: Site) -> None:
        body = {**CLEO, "redirect_url": "https://www.acme.test/page"}
        location = bridge.post(PATH, body, status=302).location
        site.configure(allowed_redirect_hosts=[])
        arrived = arrive(bridge.world, location)
        assert arrived.location == f"http://localhost{bridge.world.url('/')}"
        assert "redirect_blocked" in site.last().warnings

    def test_a_key_that_was_revoked_takes_its_references_along(
        self, bridge: Client, site: Site
    ) -> None:
        location = bridge.post(PATH, CLEO, status=302).location
        with site.world.factory.session(site.tenant.id) as db:
            key = db.get_one(ApiKey, (site.tenant.id, bridge.headers["X-API-Key"]))
            key.revoked_at = datetime.now(UTC)
        assert arrive(bridge.world, location).status_int == 401

    def test_somebody_else_is_asked_first(self, bridge: Client, site: Site) -> None:
        """The reference waits for the answer, as a token does."""
        browser = bridge.world.browser("dora")
        arrived = arrive(bridge.world, bridge.post(PATH, CLEO, status=302).location, browser)
        assert arrived.location.endswith("/login/switch")
        page = browser.get(arrived.location)
        page.forms[0].submit()
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_of_16_at_once_exactly_one_signs_in(self, bridge: Client, site: Site) -> None:
        location = bridge.post(PATH, CLEO, status=302).location
        start = threading.Barrier(16)

        def use(_number: int) -> int:
            browser = bridge.world.anonymous()
            start.wait()
            return int(arrive(bridge.world, location, browser).status_int)

        with ThreadPoolExecutor(16) as threads:
            answers = Counter(threads.map(use, range(16)))
        assert answers == {303: 1, 401: 15}


class TestRefusals:
    def ask(self, bridge: Client, body: dict[str, Any], headers: dict[str, str]) -> TestResponse:
        url = bridge.world.url("/api/auth/redirect")
        return bridge.http.post_json(url, body, headers=headers, expect_errors=True)

    def test_missing_and_wrong_keys_have_one_body(self, bridge: Client, site: Site) -> None:
        good, bodies = bridge.headers, set()
        for headers in (
            {},
            {"X-API-Key": good["X-API-Key"]},
            {"X-API-Secret": good["X-API-Secret"]},
            {**good, "X-API-Secret": "wrong"},
            {**good, "X-API-Key": "tk_unknown"},
        ):
            answer = self.ask(bridge, CLEO, headers)
            assert answer.status_int == 401
            assert answer.headers["WWW-Authenticate"] == "X-API-Key"
            body = answer.json
            assert set(body) == {"success", "message", "error", "redirect_url"}
            reference = body["error"].pop("request_id")
            assert reference == answer.headers["X-Request-Reference"]
            login = f"http://localhost{bridge.world.url('/login')}?reference={reference}"
            assert body.pop("redirect_url") == login
            assert site.last().reference == reference
            bodies.add(json.dumps(body))
        (body,) = bodies
        assert json.loads(body)["error"]["code"] == "api_key_invalid"
        assert json.loads(body)["success"] is False

    def test_an_anonymous_call_signs_nobody_in(self, bridge: Client, site: Site) -> None:
        answer = self.ask(bridge, CLEO, {})
        assert "Location" not in answer.headers
        assert "Set-Cookie" not in answer.headers
        with site.world.factory.session(site.tenant.id) as db:
            for table in (Session, SsoHandoff, SsoReplay):
                own = select(table).where(table.tenant_id == site.tenant.id)
                assert db.scalars(own).all() == []
        page = bridge.world.anonymous().get(answer.json["redirect_url"])
        assert page.status_int == 200

    def test_beside_the_tenants_without_a_key(self, bridge: Client) -> None:
        ask = bridge.http.post_json
        named = ask("/api/auth/redirect", {**CLEO, "tenant": bridge.world.slug}, status=401).json
        assert named["redirect_url"].startswith(f"http://localhost{bridge.world.url('/login')}?")
        assert ask("/api/auth/redirect", CLEO, status=401).json["redirect_url"]

    def test_another_tenant_than_the_keys(self, bridge: Client, tenants: TenantFactory) -> None:
        other = tenants.create()
        answer = bridge.post(PATH, {**CLEO, "tenant": other.slug}, status=403).json
        assert answer["error"]["code"] == "tenant_mismatch"
        url = f"/{other.slug}/api/auth/redirect"
        bridge.http.post_json(url, CLEO, headers=bridge.headers, status=401)

    def test_what_no_column_holds_is_logged_without_it(self, bridge: Client, site: Site) -> None:
        bridge.post(PATH, {**CLEO, "tenant": "a\0b"}, status=403)
        assert site.last().trace[-1]["seen"] == "a\ufffdb"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"email": "cleo"}, "email_invalid"),
            ({"email": ""}, "email_invalid"),
            ({"email": None}, "email_invalid"),
            ({"email": ["cleo@customer.test"]}, "claim_type"),
            ({"email": "cleo@customer.test\u202e"}, "claim_type"),
            ({"name": "x" * 201}, "claim_type"),
            ({"redirect_url": "https://evil.test/"}, "redirect_blocked"),
            ({"redirect_url": "//evil.test"}, "redirect_blocked"),
            ({"redirect_url": "/logout"}, "redirect_blocked"),
            ({"redirect_url": "javascript:alert(1)"}, "redirect_blocked"),
            ({"redirect_url": 7}, "redirect_blocked"),
        ],
    )
    def test_what_cannot_be_used(
        self, bridge: Client, site: Site, change: dict[str, Any], code: str
    ) -> None:
        answer = bridge.post(PATH, {**CLEO, **change}, status=422).json
        assert answer["error"]["code"] == code
        assert site.last().code == code
        assert answer["redirect_url"].endswith(answer["error"]["request_id"])

    def test_those_who_may_not_sign_in_are_refused_at_once(
        self, bridge: Client, site: Site
    ) -> None:
        site.change("cleo", disabled_at=datetime.now(UTC))
        assert bridge.post(PATH, CLEO, status=403).json["error"]["code"] == "account_disabled"
        site.configure(dialects=["happyfox"])
        assert bridge.post(PATH, CLEO, status=403).json["error"]["code"] == "dialect_disabled"

    def test_a_key_without_the_scope(self, writer: Client, site: Site) -> None:
        answer = writer.post(PATH, CLEO, status=403).json
        assert answer["error"]["code"] == "api_scope_missing"

    def test_a_secret_from_a_browser(self, bridge: Client, site: Site) -> None:
        site.configure(allowed_origins=[ORIGIN])
        answer = bridge.post(PATH, CLEO, headers={"Origin": ORIGIN}, status=403)
        assert answer.json["error"]["code"] == "secret_in_browser"
        assert "Replace the API key" in answer.json["error"]["message"]
        assert site.last().code == "secret_in_browser"

    def test_other_bodies(self, bridge: Client, site: Site) -> None:
        url = bridge.world.url("/api/auth/redirect")
        for body, kind, status in (
            (b"", "application/json", 400),
            (b"{", "application/json", 400),
            (b"[]", "application/json", 400),
            (b'{"email": "a@b.test", "email": "c@d.test"}', "application/json", 400),
            (b"email=a%40b.test&email=c%40d.test", "application/x-www-form-urlencoded", 400),
            (b"<x/>", "application/xml", 415),
            (b"{}", "application/json, text/plain", 415),
            (b"{}", "application/json, application/json", 422),
        ):
            headers = {**bridge.headers, "Content-Type": kind}
            answer = bridge.http.post(url, body, headers=headers, status=status)
            assert answer.json["success"] is False
