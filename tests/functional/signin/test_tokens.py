"""A tenant's own tokens open a session, once."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from webtest import TestApp

from portal.people.models import Identity, UserProject
from portal.security.models import Session
from portal.security.secrets import SecretBox
from portal.signin.keyring import Keyring, Material
from portal.signin.models import PendingLogin, SsoKey, SsoReplay
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


class TestPeople:
    def test_a_stranger_gets_an_account(self, site: Site, browser: TestApp) -> None:
        site.send(browser, email="Nina@Customer.test", name=" Nina Neu ")
        user = site.user("nina@customer.test")
        assert user is not None
        assert (user.name, user.role, user.password_hash) == ("Nina Neu", "customer", None)
        assert user.email_verified_at is not None

    def test_without_a_name_the_local_part_is_it(self, site: Site, browser: TestApp) -> None:
        site.send(browser, email="nina@customer.test", name=...)
        user = site.user("nina@customer.test")
        assert user is not None
        assert user.name == "nina"

    @pytest.mark.parametrize(
        ("policy", "email", "status"),
        [
            ("create", "new@customer.test", 303),
            ("existing", "new@customer.test", 403),
            ("off", "new@customer.test", 403),
            ("existing", "cleo@customer.test", 303),
            ("off", "cleo@customer.test", 303),
        ],
    )
    def test_who_may_come_in(
        self, site: Site, browser: TestApp, policy: str, email: str, status: int
    ) -> None:
        site.configure(provisioning=policy)
        assert site.send(browser, email=email).status_int == status
        if status == 403:
            assert site.last().code == "not_provisioned"
            assert site.user(email) is None

    def test_the_name_follows_the_site_where_that_is_on(self, site: Site, browser: TestApp) -> None:
        site.send(browser, name="Cleo Married")
        assert site.user("cleo@customer.test").name == "Cleo Married"  # type: ignore[union-attr]
        site.configure(sync_profile=False)
        site.send(browser, name="Cleo Again")
        assert site.user("cleo@customer.test").name == "Cleo Married"  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("claim", "cap", "sync", "role", "warnings"),
        [
            (..., None, True, "customer", []),
            ("user", None, True, "customer", []),
            ("agent", None, True, "customer", ["role_capped"]),
            ("agent", "agent", True, "agent", []),
            ("agent", "agent", False, "customer", []),
            ("admin", "agent", True, "agent", ["role_capped"]),
            ("owner", None, True, "customer", ["role_capped"]),
            ("root", None, True, "customer", ["role_unknown"]),
        ],
    )
    def test_what_a_role_claim_makes_of_somebody(
        self,
        site: Site,
        browser: TestApp,
        claim: Any,
        cap: str | None,
        sync: bool,
        role: str,
        warnings: list[str],
    ) -> None:
        site.configure(role_cap=cap, sync_role=sync)
        assert site.send(browser, "/auth/callback", role=claim).status_int == 303
        assert site.user("cleo@customer.test").role == role  # type: ignore[union-attr]
        assert site.last().warnings == warnings

    def test_a_claim_demotes_only_where_roles_are_synced(
        self, site: Site, browser: TestApp
    ) -> None:
        site.send(browser, "/auth/callback", email="ben@acme.test", role="user")
        assert site.user("ben@acme.test").role == "agent"  # type: ignore[union-attr]
        site.configure(sync_role=True)
        site.send(browser, "/auth/callback", email="ben@acme.test", role="user")
        assert site.user("ben@acme.test").role == "customer"  # type: ignore[union-attr]

    def test_an_admin_is_not_opened_by_a_token(self, site: Site, browser: TestApp) -> None:
        response = site.send(browser, email="ada@acme.test")
        assert response.status_int == 403
        assert site.last().code == "role_requires_local_login"
        assert site.signed_in(browser) is None
        site.configure(admins_by_token=True, sync_role=True)
        assert (
            site.send(browser, "/auth/callback", email="ada@acme.test", role="user").status_int
            == 303
        )
        assert site.user("ada@acme.test").role == "admin"  # type: ignore[union-attr]

    def test_a_disabled_account_stays_out(self, site: Site, browser: TestApp) -> None:
        site.change("cleo", disabled_at=datetime.now(UTC))
        assert site.send(browser).status_int == 403
        assert site.last().code == "account_disabled"

    def test_a_password_that_was_never_proven_is_dropped(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        """Somebody registered cleo's address before she came: that way in must end."""
        site.change("cleo", email_verified_at=None)
        intruder = world.browser("cleo")
        assert site.signed_in(intruder) == "cleo@customer.test"
        site.send(browser)
        assert site.user("cleo@customer.test").password_hash is None  # type: ignore[union-attr]
        assert site.signed_in(intruder) is None
        assert site.signed_in(browser) == "cleo@customer.test"
        assert site.last().warnings == ["password_dropped"]

    def test_a_proven_password_stays(self, site: Site, browser: TestApp) -> None:
        site.send(browser)
        assert site.user("cleo@customer.test").password_hash is not None  # type: ignore[union-attr]
        assert site.last().warnings == []

    def test_an_external_id_is_remembered_and_brings_a_new_address(
        self, site: Site, browser: TestApp
    ) -> None:
        site.send(browser, "/auth/callback", external_user_id=12345)
        cleo = site.user("cleo@customer.test")
        site.send(browser, "/auth/callback", external_user_id="12345", email="cleo@new.test")
        moved = site.user("cleo@new.test")
        assert cleo is not None
        assert moved is not None
        assert moved.id == cleo.id
        assert site.user("cleo@customer.test") is None
        with site.world.factory.session(site.tenant.id) as db:
            (identity,) = db.scalars(select(Identity).where(Identity.tenant_id == site.tenant.id))
            assert (identity.namespace, identity.external_id) == ("company", "12345")

    def test_an_id_and_an_address_of_two_people_are_refused(
        self, site: Site, browser: TestApp
    ) -> None:
        site.send(browser, "/auth/callback", external_user_id="1")
        response = site.send(
            browser, "/auth/callback", external_user_id="1", email="carl@customer.test"
        )
        assert response.status_int == 403
        assert site.last().code == "identity_conflict"
        response = site.send(browser, "/auth/callback", external_user_id="2")
        assert (response.status_int, site.last().code) == (403, "identity_conflict")

    @pytest.mark.parametrize(
        ("changes", "claims", "code"),
        [
            ({}, {"email_verified": False}, "email_unverified"),
            ({}, {"email": "not an address"}, "email_invalid"),
            ({}, {"email": "\u212aelly@customer.test"}, "email_invalid"),
            ({"blocked_email_domains": ["customer.test"]}, {}, "email_domain_blocked"),
            ({"allowed_email_domains": ["*.customer.test"]}, {}, "email_domain_blocked"),
        ],
    )
    def test_addresses_that_are_not_taken(
        self,
        site: Site,
        browser: TestApp,
        changes: dict[str, Any],
        claims: dict[str, Any],
        code: str,
    ) -> None:
        site.configure(**changes)
        site.send(browser, **claims)
        assert site.last().code == code

    def test_projects_are_joined_by_dialects_that_name_them(self, site: Site, world: World) -> None:
        """No dialect of this version does; the pipeline is ready for those that will."""
        from portal.signin.assertion import Assertion
        from portal.signin.configuration import Configuration
        from portal.signin.models import SsoConfig
        from portal.signin.provisioning import Provisioning
        from portal.signin.trace import Trace

        for project, warnings in (("proj_abc123", []), ("nope", ["project_unknown"])):
            trace = Trace()
            with world.factory.session(site.tenant.id) as db:
                configuration = Configuration(db.get_one(SsoConfig, site.tenant.id), ())
                people = Provisioning(db, site.tenant, configuration, trace)
                wanted = Assertion("x", "dora@customer.test", project=project)
                for _ in range(2):
                    user = people.find(wanted, wanted.email)
                    people.provision(user, wanted, wanted.email, people.role(wanted, user))
            assert trace.notices == warnings
        with world.factory.session(site.tenant.id) as db:
            joined = db.scalars(
                select(UserProject.user_id).where(UserProject.tenant_id == site.tenant.id)
            ).all()
        assert joined == [world.seed.users["dora"].id]


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


class TestReplay:
    def test_a_token_works_once(self, site: Site, browser: TestApp, world: World) -> None:
        raw = site.token()
        assert site.send(browser, token=raw).status_int == 303
        other = world.anonymous()
        page = site.send(other, token=raw)
        assert page.status_int == 401
        assert "already used" in page.text
        assert "Continue" not in page.text
        assert site.last().code == "token_replayed"
        assert site.signed_in(other) is None

    def test_not_even_at_another_endpoint_or_with_another_signature_text(
        self, site: Site, browser: TestApp
    ) -> None:
        raw = site.token(jti="one")
        assert site.send(browser, "/jwt/", token=raw).status_int == 303
        assert site.send(browser, "/auth/callback", token=raw).status_int == 401
        assert site.send(browser, "/jwt/", token=raw + "=").status_int == 400
        assert site.send(browser, "/jwt/", jti="one", name="Other").status_int == 401

    def test_whoever_is_signed_in_already_goes_on(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        raw = site.token()
        site.send(browser, token=raw)
        page = site.send(browser, token=raw)
        links = {a.text.strip(): a["href"] for a in page.html.main.find_all("a")}
        assert links["Continue"] == world.url("/")
        assert "Try again" not in links
        # Of a new account too, whose number the ledger learns last.
        raw = site.token(email="new@customer.test")
        fresh = world.anonymous()
        site.send(fresh, token=raw)
        assert "Continue" in site.send(fresh, token=raw).text

    def test_a_refused_token_is_not_used_up(self, site: Site, browser: TestApp) -> None:
        site.configure(provisioning="existing")
        raw = site.token(email="new@customer.test")
        assert site.send(browser, token=raw).status_int == 403
        site.configure(provisioning="create")
        assert site.send(browser, token=raw).status_int == 303


class TestProbes:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Purpose": "prefetch"},
            {"Sec-Fetch-Mode": "cors"},
            {"Sec-Fetch-Mode": "no-cors"},
            {"X-API-Key": "tk_x"},
            {"Accept": "application/json"},
            {"Accept": "application/json, text/plain, */*"},
        ],
    )
    def test_a_program_uses_nothing_up(
        self, site: Site, world: World, browser: TestApp, headers: dict[str, str]
    ) -> None:
        raw = site.token()
        response = browser.get(world.url("/jwt/"), {"token": raw}, headers=headers)
        url = f"http://localhost{world.url('/jwt/')}?token={raw}"
        assert response.status_int == 200
        assert response.json == {"success": True, "redirect_url": url}
        assert response.headers["Location"] == url
        assert site.signed_in(browser) is None
        assert site.log() == []
        # The visitor who is sent there signs in.
        assert browser.get(response.json["redirect_url"]).status_int == 303
        assert site.signed_in(browser) == "cleo@customer.test"

    def test_a_click_on_what_was_fetched_ahead_goes_on_from_there(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        """Browsers show what speculation rules fetched, whatever it says about caching."""
        raw = site.token()
        url = f"http://localhost{world.url('/jwt/')}?token={raw}"
        fetched = browser.get(url, headers={"Sec-Purpose": "prefetch"})
        assert fetched.headers["Refresh"] == f"0; url={url}"
        shown = browser.get(url, headers={"Sec-Purpose": "prefetch;prerender"}, status=503)
        assert "Refresh" not in shown.headers
        assert site.log() == []
        program = browser.get(url, headers={"Accept": "application/json"})
        assert "Refresh" not in program.headers
        assert browser.get(url).status_int == 303

    def test_nor_does_head(self, site: Site, world: World, browser: TestApp) -> None:
        raw = site.token()
        response = browser.head(f"{world.url('/jwt/')}?token={raw}")
        assert (response.status_int, response.body) == (200, b"")
        assert site.send(browser, token=raw).status_int == 303

    def test_nor_a_posting_program(self, site: Site, world: World, browser: TestApp) -> None:
        raw = site.token()
        response = browser.post(
            world.url("/jwt/"), {"token": raw}, headers={"Accept": "application/json"}
        )
        assert browser.get(response.json["redirect_url"]).status_int == 303

    @pytest.mark.parametrize(
        "headers",
        [
            {"Accept": "*/*"},
            {"Accept": ""},
            {"Sec-Fetch-Mode": "navigate"},
            {"Accept": "text/html,application/json"},
        ],
    )
    def test_everything_else_is_a_visitor(
        self, site: Site, world: World, browser: TestApp, headers: dict[str, str]
    ) -> None:
        response = browser.get(world.url("/jwt/"), {"token": site.token()}, headers=headers)
        assert response.status_int == 303

    def test_a_program_is_told_of_a_refusal_in_json(
        self, site: Site, world: World, browser: TestApp
    ) -> None:
        response = browser.get(
            world.url("/jwt/"),
            {"token": site.token(secret="x" * 40)},
            headers={"Accept": "application/json"},
            status=401,
        )
        assert response.json["success"] is False
        assert response.json["error"]["code"] == "token_signature_invalid"
        assert response.json["error"]["request_id"] == site.last().reference
        login = browser.get(response.json["redirect_url"])
        assert site.last().reference in login.text


def test_what_has_expired_is_cleared_away(site: Site, world: World, browser: TestApp) -> None:
    """By the next sign-in, and by the next visit that is remembered."""
    site.send(browser)
    browser = world.anonymous()
    browser.get(world.url("/login"), {"next": world.url("/tickets")})
    with world.factory.session(site.tenant.id) as db:
        for model in (SsoReplay, PendingLogin):
            db.execute(update(model).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    site.send(world.anonymous())
    world.anonymous().get(world.url("/login"), {"next": world.url("/tickets")})
    with world.factory.session(site.tenant.id) as db:
        for model in (SsoReplay, PendingLogin):
            assert len(db.scalars(select(model)).all()) == 1
