"""A tenant's own tokens open a session, or are refused."""

import json
import time
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp

from portal.security.models import Session
from portal.security.secrets import SecretBox
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoKey
from tests.factories import World
from tests.functional.signin.conftest import FromNow, Site
from tests.queries import QueryCounter
from tests.unit.signin.tokens import OLD_SECRET, SECRET

ENDPOINTS = ["/jwt", "/jwt/", "/auth/callback", "/auth/callback/"]


class TestSuccess:
    @pytest.mark.parametrize("path", ENDPOINTS)
    def test_a_link_signs_in(self, site: Site, world: World, browser: TestApp, path: str) -> None:
        response = site.send(browser, path)
        assert response.status_int == 303
        assert response.location == f"http://localhost{world.url('/')}"
        assert response.body == b""
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        assert site.signed_in(browser) == "cleo@customer.test"

    @pytest.mark.parametrize("path", ENDPOINTS)
    def test_a_form_signs_in(self, site: Site, world: World, browser: TestApp, path: str) -> None:
        response = browser.post(world.url(path), {"token": site.token()})
        assert response.status_int == 303
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_the_session_is_new_and_the_cookie_is_closed(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        browser.get(world.url("/login"))
        before = browser.cookies[f"portal-{world.slug}"]
        response = site.send(browser)
        assert browser.cookies[f"portal-{world.slug}"] != before
        (cookie,) = response.headers.getall("Set-Cookie")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie

    def test_a_second_sign_in_ends_the_first_session(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        site.send(browser)
        site.send(browser)
        with world.factory.session(site.tenant.id) as db:
            assert (
                len(db.scalars(select(Session).where(Session.tenant_id == site.tenant.id)).all())
                == 1
            )

    @pytest.mark.parametrize(
        ("wanted", "below"),
        [
            ("/tickets/42", "/tickets/42"),
            ("/{slug}/tickets/42", "/tickets/42"),
            ("/dashboard", "/"),
            ("/{slug}/dashboard", "/"),
            ("http://localhost/{slug}/tickets/42", "/tickets/42"),
        ],
    )
    def test_the_page_asked_for_is_where_it_ends(
        self, site: Site, world: World, browser: TestApp, wanted: str, below: str
    ) -> None:
        redirect_url = wanted.format(slug=world.slug)
        response = site.send(browser, "/auth/callback", redirect_url=redirect_url)
        assert response.location == f"http://localhost{world.url(below)}"
        assert site.last().warnings == []

    def test_a_listed_host_is_where_it_may_end(self, site: Site, browser: TestApp) -> None:
        url = "https://www.acme.test/some-page"
        assert site.send(browser, "/auth/callback", redirect_url=url).location == url

    @pytest.mark.parametrize(
        "wanted",
        ["https://evil.com/phish", "//evil.com", "/logout", "/jwt/?token=x", "\\evil", 7, "/a\tb"],
    )
    def test_any_other_page_is_home_with_a_notice(
        self, site: Site, world: World, browser: TestApp, wanted: Any
    ) -> None:
        response = site.send(browser, "/auth/callback", redirect_url=wanted)
        assert response.location == f"http://localhost{world.url('/')}"
        assert site.signed_in(browser) == "cleo@customer.test"
        assert site.last().warnings == ["redirect_blocked"]
        with world.factory.session(site.tenant.id) as db:
            (session,) = db.scalars(select(Session).where(Session.tenant_id == site.tenant.id))
            assert any("home page" in flash["text"] for flash in session.flashes)

    def test_the_log_has_a_line(self, site: Site, browser: TestApp) -> None:
        raw = site.token(jti="the-id")
        response = browser.get(
            site.world.url("/jwt/"),
            {"token": raw},
            headers={"User-Agent": "Firefox", "X-Forwarded-For": "6.6.6.6"},
            extra_environ={"REMOTE_ADDR": "198.51.100.7"},
        )
        line = site.last()
        assert line.code == "signed_in"
        assert (line.authenticator, line.dialect) == ("jwt_sso", "happyfox")
        assert line.masked_email == "cl•••@customer.test"
        assert line.user_id == site.world.seed.users["cleo"].id
        assert line.key_id == "2026-a"
        assert line.age_seconds is not None
        assert 0 <= line.age_seconds < 60
        assert (line.ip, line.user_agent) == ("198.51.100.7", "Firefox")
        assert line.reference == response.headers["X-Request-Reference"]
        assert len(line.jti_hash or "") == 64
        assert [row["step"] for row in line.trace][-1] == "session"
        assert {row["outcome"] for row in line.trace} == {"ok"}
        kept = json.dumps(line.trace) + repr(vars(line))
        for secret in (raw, SECRET, "the-id", "cleo@customer.test"):
            assert secret not in kept

    def test_it_takes_few_queries(
        self, site: Site, world: World, browser: TestApp, count_queries: QueryCounter
    ) -> None:
        count_queries.reset()
        assert site.send(browser, "/auth/callback").status_int == 303
        assert len(count_queries) <= 15, str(count_queries)

    def test_it_takes_few_queries_with_everything_to_do(
        self, site: Site, world: World, browser: TestApp, count_queries: QueryCounter
    ) -> None:
        """A new account with an external id, in a browser where somebody started a sign-in."""
        # A tenant's first sign-in and its first deep link are written down, once.
        site.send(world.anonymous(), "/auth/callback", redirect_url="/tickets/42")
        browser.get(world.url("/login"), {"next": "/tickets/42"})
        count_queries.reset()
        response = site.send(
            browser, "/auth/callback", email="new@customer.test", external_user_id="77"
        )
        assert response.location.endswith("/tickets/42")
        assert len(count_queries) <= 15, str(count_queries)

    def test_the_key_remembers_its_last_use(self, site: Site, browser: TestApp) -> None:
        site.send(browser)
        with site.world.factory.session(site.tenant.id) as db:
            assert db.get_one(SsoKey, (site.tenant.id, "2026-a")).last_used_at is not None

    def test_the_previous_key_still_signs_in_and_is_noted(
        self, site: Site, browser: TestApp
    ) -> None:
        with site.world.factory.session(site.tenant.id) as db:
            box = SecretBox(site.world.factory.settings.secret_key)
            Keyring(db, site.tenant, box).add("2026-b", Material("HS256", OLD_SECRET))
        assert site.send(browser).status_int == 303
        assert site.last().warnings == ["key_previous"]
        assert site.send(browser, secret=OLD_SECRET).status_int == 303
        assert site.last().key_id == "2026-b"


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "claims", "status", "code"),
        [
            ("/jwt/", {"token": ""}, 400, "token_missing"),
            ("/jwt/", {"token": "a.b"}, 400, "token_malformed"),
            ("/jwt/", {"token": "x" * 9000}, 413, "token_too_large"),
            ("/jwt/", {"secret": "another-secret-another-secret-another"}, 401,
             "token_signature_invalid"),
            ("/jwt/", {"header": {"alg": "none"}}, 401, "token_alg_not_allowed"),
            ("/jwt/", {"header": {"alg": "HS256", "crit": []}}, 401, "token_header_rejected"),
            ("/jwt/", {"header": {"alg": "HS256", "typ": "at+jwt"}}, 401, "token_wrong_type"),
            ("/jwt/", {"jti": ...}, 401, "claim_missing"),
            ("/jwt/", {"iat": True}, 401, "claim_type"),
            ("/jwt/", {"name": "a\u202eb"}, 401, "claim_type"),
            ("/jwt/", {"iat": 1_800_000_000_000}, 401, "claim_type"),
            ("/jwt/", {"iat": FromNow(-180), "exp": ...}, 401, "token_expired"),
            ("/jwt/", {"iat": FromNow(300), "exp": ...}, 401, "token_not_yet_valid"),
            ("/auth/callback", {"exp": FromNow(900)}, 401, "token_lifetime_too_long"),
            ("/auth/callback", {"aud": "https://other.example"}, 403, "audience_mismatch"),
            ("/auth/callback", {"tenant": "somebody-else"}, 403, "tenant_mismatch"),
            ("/auth/callback", {"iat": "(current unix timestamp)"}, 401, "claim_type"),
        ],
    )  # fmt: skip
    def test_each_has_its_status_and_its_line(
        self,
        site: Site,
        browser: TestApp,
        path: str,
        claims: dict[str, Any],
        status: int,
        code: str,
    ) -> None:
        response = site.send(browser, path, **claims)
        assert response.status_int == status
        line = site.last()
        assert line.code == code
        assert line.reference == response.headers["X-Request-Reference"]
        assert line.reference in response.text
        assert line.trace[-1]["outcome"] == "fail"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert site.signed_in(browser) is None
        assert "eyJ" not in response.text

    def test_signature_and_tenant_read_the_same(self, site: Site, browser: TestApp) -> None:
        texts = set()
        for claims in ({"secret": "x" * 40}, {"tenant": "other"}, {"aud": "other"}):
            page = site.send(browser, "/auth/callback", **claims)
            texts.add(page.html.h1.text)
        assert len(texts) == 1

    def test_a_switched_off_dialect(self, site: Site, browser: TestApp) -> None:
        site.configure(dialects=["central"])
        assert site.send(browser, "/jwt/").status_int == 403
        assert site.last().code == "dialect_disabled"
        assert site.send(browser, "/auth/callback").status_int == 303

    def test_happyfox_says_it_in_its_own_words(self, site: Site, browser: TestApp) -> None:
        old: dict[str, Any] = {"iat": int(time.time()) - 180, "exp": ...}
        assert "Remote token has expired" in site.send(browser, "/jwt/", **old).text
        page = site.send(browser, "/auth/callback", exp=int(time.time()) - 60)
        assert "expired before it reached us" in page.text

    def test_the_page_offers_two_ways_on_and_goes_nowhere(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        page = site.send(browser, "/jwt/", secret="x" * 40)
        links = {a.text.strip(): a["href"] for a in page.html.main.find_all("a")}
        assert links["Try again"] == world.url("/login")
        assert links["Sign in another way"] == world.url("/login/local")
        assert "Refresh" not in page.headers
        assert page.html.find("meta", attrs={"http-equiv": True}) is None

    def test_the_hint_is_for_the_admin_alone(self, site: Site, browser: TestApp) -> None:
        page = site.send(browser, "/jwt/", iat=int(time.time()) + 214, exp=...)
        line = site.last()
        ahead = line.trace[-1]["hint"]["variables"]["seconds"]
        # By how long the machine took it is less.
        assert 150 < ahead <= 214
        assert line.hint == f"Your server’s clock is {ahead} s ahead of ours."
        assert "clock" not in page.text
        site.send(browser, secret="your_jwt_secret")
        assert "placeholder of a sample" in site.last().hint

    @pytest.mark.parametrize("query", ["token=%ff", "token=a&x=%00", "%ff=1&token=a"])
    def test_bytes_that_are_no_text(
        self, site: Site, world: World, browser: TestApp, query: str
    ) -> None:
        assert browser.get(world.url(f"/jwt/?{query}"), status=400)

    @pytest.mark.parametrize("query", ["token=a&token=b", "token=a&jwt=b", "jwt=a&jwt=a"])
    def test_two_tokens(self, site: Site, world: World, browser: TestApp, query: str) -> None:
        browser.get(world.url(f"/jwt/?{query}"), status=400)
        assert site.last().code == "request_malformed"

    def test_another_method(self, site: Site, world: World, browser: TestApp) -> None:
        response = browser.put(world.url("/jwt/"), status=405)
        assert "POST" in response.headers["Allow"]

    def test_a_path_that_only_leads_to_one(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        browser.get(world.url("/auth"), status=404)
        browser.get(world.url("/auth/callback/more"), status=404)
        browser.get(world.url("/jwt/more"), status=404)
        browser.get(world.url("/JWT/"), status=404)

    def test_tokens_of_another_tenant_open_nothing(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        other = Site(World(world.factory.create(), world.app, world.factory))
        with other.world.factory.session(other.tenant.id) as db:
            box = SecretBox(world.factory.settings.secret_key)
            Keyring(db, other.tenant, box).add("k", Material("HS256", OLD_SECRET), grace=0)
        assert other.send(browser, token=site.token()).status_int == 401
        assert other.last().code == "token_signature_invalid"
        # Used up there or not, at home it is fresh.
        assert site.send(browser).status_int == 303

    def test_too_many_refusals_from_one_address(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        for _ in range(100):
            site.send(browser, secret="x" * 40)
        response = site.send(browser)
        assert response.status_int == 429
        assert len(site.log()) == 100
        elsewhere = browser.get(
            world.url("/jwt/"), {"token": site.token()}, extra_environ={"REMOTE_ADDR": "192.0.2.9"}
        )
        assert elsewhere.status_int == 303
