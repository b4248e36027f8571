"""Issuely: its four samples as clients, its rules, and the company that has the address already."""

import itertools
import time
import uuid
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp

from portal.people.models import User, UserProject
from portal.people.service import PeopleService
from tests.factories import TenantFactory, World
from tests.functional.signin.conftest import FromNow, Site
from tests.functional.signin.vendors import name_tenant, reason, send

OTHER_COMPANY = "An account with this email already exists under a different company"


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    made.configure(dialects=["issuely"], primary_dialect="issuely")
    name_tenant(made)
    return made


#: Issuely's tokens have no jti, so two of the same second would be the same token: each ends a
#: second later than the one before it, however much time passed between them.
_later = itertools.cycle(range(60))


def jane(site: Site) -> str:
    """An address that no other company has."""
    return f"jane-{site.world.slug}@customer.test"


def claims(site: Site, **changes: Any) -> dict[str, Any]:
    """What the samples for PHP and Python sign."""
    now = int(time.time())
    made = {
        "companyId": site.tenant.company_id, "email": jane(site), "name": "Jane Smith",
        "role": "CUSTOMER", "iat": now, "exp": now + 300 + next(_later), "jti": ...,
    }  # fmt: skip
    return made | changes


def go(site: Site, browser: TestApp, at: str = "", **changes: Any) -> Any:
    """As the samples redirect: ``/api/auth/sso?token=``."""
    address = at or site.world.url("/api/auth/sso")
    return send(browser, address, {"token": site.token(**claims(site, **changes))})


#: By sample: what it signs differently.
SAMPLES: dict[str, dict[str, Any]] = {
    "node: expiresIn 5m": {},
    "php and python": {},
    "net: no iat": {"iat": ..., "nbf": FromNow(-1)},
    "the document: ten minutes": {"exp": FromNow(590)},
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_each_sample_signs_in_to_the_dashboard(site: Site, browser: TestApp, sample: str) -> None:
    response = go(site, browser, **SAMPLES[sample])
    assert response.status_int == 303
    assert response.location == f"http://localhost{site.world.url('/')}"
    assert site.signed_in(browser) == jane(site)
    user = site.user(jane(site))
    assert user is not None
    assert (user.name, user.role) == ("Jane Smith", "customer")
    assert site.last().dialect == "issuely"


def test_the_host_alone_is_changed(site: Site, browser: TestApp) -> None:
    """At the root, as in the samples: ``companyId`` says whose sign-in it is."""
    assert go(site, browser, "/api/auth/sso").status_int == 303
    assert site.signed_in(browser) == jane(site)
    unknown = go(site, browser, "/api/auth/sso", companyId="nobody")
    assert unknown.status_int == 404


def test_the_recommended_form_is_a_post(site: Site, browser: TestApp) -> None:
    raw = site.token(**claims(site))
    at = site.world.url("/api/auth/sso")
    assert browser.post(at, {"token": raw}).status_int == 303
    assert site.signed_in(browser) == jane(site)


def test_without_iat_it_is_used_up_all_the_same(site: Site, browser: TestApp) -> None:
    raw = site.token(**claims(site, iat=...))
    at = site.world.url("/api/auth/sso")
    assert send(browser, at, {"token": raw}).status_int == 303
    assert send(site.world.anonymous(), at, {"token": raw}).status_int == 401
    assert site.last().code == "token_replayed"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"companyId": ...}, 401, "claim_missing"),
        ({"companyId": "comp_other"}, 403, "tenant_mismatch"),
        ({"companyId": 7}, 403, "tenant_mismatch"),
        ({"email": ...}, 401, "claim_missing"),
        ({"exp": ...}, 401, "claim_missing"),
        ({"exp": FromNow(900)}, 401, "token_lifetime_too_long"),
        ({"iat": ..., "exp": FromNow(900)}, 401, "token_lifetime_too_long"),
        ({"exp": FromNow(-5), "iat": FromNow(-60)}, 401, "token_expired"),
        ({"secret": "x" * 40}, 401, "token_signature_invalid"),
    ],
)
def test_refusals(
    site: Site, browser: TestApp, changes: dict[str, Any], status: int, code: str
) -> None:
    assert go(site, browser, **changes).status_int == status
    assert site.last().code == code
    assert site.signed_in(browser) is None


def test_a_tenant_without_a_company_id_is_told_where_to_enter_it(
    site: Site, browser: TestApp
) -> None:
    token = site.token(**claims(site, companyId="comp_x"))
    with site.world.factory.session(site.tenant.id) as db:
        db.merge(site.tenant).company_id = None
    assert send(browser, site.world.url("/api/auth/sso"), {"token": token}).status_int == 403
    assert site.last().code == "account_mismatch"
    assert "Enter it there" in site.last().hint


class TestRoles:
    @pytest.mark.parametrize(
        ("word", "role", "warnings"),
        [
            ("CUSTOMER", "customer", []),
            (..., "customer", []),
            ("AGENT", "agent", []),
            ("agent", "agent", []),
            ("ADMIN", "agent", ["role_capped"]),
            ("KING", "customer", ["role_unknown"]),
        ],
    )
    def test_at_most_an_agent(
        self, site: Site, browser: TestApp, word: Any, role: str, warnings: list[str]
    ) -> None:
        assert go(site, browser, role=word).status_int == 303
        user = site.user(jane(site))
        assert user is not None
        assert user.role == role
        assert site.last().warnings == warnings

    def test_the_name_is_taken_at_the_first_sign_in_only(
        self, site: Site, browser: TestApp
    ) -> None:
        go(site, browser, name="Jane Smith")
        go(site, browser, name="Somebody Else")
        user = site.user(jane(site))
        assert user is not None
        assert user.name == "Jane Smith"

    def test_without_a_name_it_is_the_local_part(self, site: Site, browser: TestApp) -> None:
        go(site, browser, name=...)
        user = site.user(jane(site))
        assert user is not None
        assert user.name == f"jane-{site.world.slug}"


class TestProjects:
    def joined(self, site: Site) -> list[int]:
        with site.world.factory.session(site.tenant.id) as db:
            return list(db.scalars(select(UserProject.user_id)))

    def test_the_project_is_joined(self, site: Site, browser: TestApp) -> None:
        go(site, browser, projectId="proj_abc123")
        user = site.user(jane(site))
        assert user is not None
        assert self.joined(site) == [user.id]

    def test_a_project_of_another_company_is_passed_over(
        self, site: Site, browser: TestApp, tenants: TenantFactory
    ) -> None:
        tenants.create()
        assert go(site, browser, projectId="proj_elsewhere").status_int == 303
        assert self.joined(site) == []
        assert site.last().warnings == ["project_unknown"]


class TestTheAddressElsewhere:
    def register(self, tenants: TenantFactory, email: str) -> None:
        """Another company has a person with this address."""
        there = tenants.create()
        with tenants.session(there.tenant.id) as db:
            PeopleService(db, there.tenant).create(email, "Somebody")

    def test_whoever_another_company_knows_is_refused_in_issuelys_words(
        self, site: Site, browser: TestApp, tenants: TenantFactory
    ) -> None:
        email = f"{uuid.uuid4().hex}@customer.test"
        self.register(tenants, email)
        response = go(site, browser, email=email.upper())
        assert response.status_int == 403
        assert reason(response).startswith(OTHER_COMPANY)
        assert site.last().code == "email_other_company"
        assert site.user(email) is None

    def test_who_has_an_account_here_keeps_it(
        self, site: Site, browser: TestApp, tenants: TenantFactory
    ) -> None:
        """Otherwise one company could lock another's people out."""
        email = f"{uuid.uuid4().hex}@customer.test"
        assert go(site, browser, email=email).status_int == 303
        self.register(tenants, email)
        assert go(site, browser, email=email).status_int == 303

    def test_the_rule_is_issuelys_alone(
        self, site: Site, browser: TestApp, tenants: TenantFactory
    ) -> None:
        email = f"{uuid.uuid4().hex}@customer.test"
        self.register(tenants, email)
        site.configure(dialects=["issuely", "happyfox"])
        assert site.send(browser, "/jwt/", email=email).status_int == 303
        assert site.user(email) is not None

    def test_nobody_is_asked_about_before_the_token_is_verified(
        self, site: Site, browser: TestApp, tenants: TenantFactory
    ) -> None:
        email = f"{uuid.uuid4().hex}@customer.test"
        self.register(tenants, email)
        refused = go(site, browser, email=email, secret="x" * 40)
        assert reason(refused) == "We could not confirm this sign-in."
        assert OTHER_COMPANY not in refused.text


class TestBesideTheApi:
    """``/api/auth/sso`` stands below the API, which takes keys and speaks JSON."""

    def test_somebody_who_is_signed_in_is_asked(self, site: Site, world: World) -> None:
        browser = world.browser("dora")
        response = go(site, browser, email="cleo@customer.test")
        assert response.location.endswith(world.url("/login/switch"))

    def test_the_api_goes_on(self, site: Site, world: World, browser: TestApp) -> None:
        assert browser.get(world.url("/api/v2/tickets"), expect_errors=True).status_int == 401
        missing = browser.get(world.url("/api/nothing"), expect_errors=True)
        assert missing.status_int in (401, 404)
        assert missing.content_type == "application/json"

    def test_programs_are_answered_in_json(self, site: Site, browser: TestApp) -> None:
        raw = site.token(**claims(site, exp=...))
        response = send(
            browser, site.world.url("/api/auth/sso"), {"token": raw},
            headers={"Accept": "application/json"},
        )  # fmt: skip
        assert response.json["error"]["code"] == "claim_missing"

    def test_on_the_tenants_own_users(self, site: Site, browser: TestApp) -> None:
        with site.world.factory.session(site.tenant.id) as db:
            before = len(db.scalars(select(User.id)).all())
        go(site, browser, email="cleo@customer.test")
        with site.world.factory.session(site.tenant.id) as db:
            assert len(db.scalars(select(User.id)).all()) == before
