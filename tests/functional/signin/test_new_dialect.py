"""Another vendor is one value of data: nothing in the pipeline knows its name."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pyramid.router import Router
from sqlalchemy import select
from sqlalchemy.orm import Session
from webtest import TestApp

from portal import configure
from portal.people.models import Role, UserProject
from portal.settings import Settings
from portal.signin.claims import Claim, Claims, Kind
from portal.signin.codes import Code
from portal.signin.dialects.base import Dialect, Endpoint, Match
from portal.signin.parameters import Parameters
from portal.signin.refusals import Refusal
from portal.signin.times import TimeRule
from portal.tenants.models import Tenant
from tests.factories import TenantFactory, World
from tests.functional.signin.conftest import Site

AUTH_URL = "https://www.acme.test/auth"


def no_rivals(_db: Session, _tenant: Tenant, email: str) -> None:
    """A rule about the person, as one vendor has it."""
    if email.startswith("rival"):
        raise Refusal(Code.EMAIL_OTHER_COMPANY)


def return_to(_claims: Claims, parameters: Parameters) -> str | None:
    """The page to go to is a parameter."""
    return parameters.get("return_to")


#: With parameters that name the tenant and must equal its settings.
ACCOUNTS = Dialect(
    name="accounts",
    label="Accounts",
    endpoints=(Endpoint("knock/auth"),),
    claims=(
        Claim("email", Kind.EMAIL, required=True),
        Claim("iat", Kind.TIME, required=True),
        Claim("jti", Kind.IDENTIFIER, required=True),
    ),
    time=TimeRule(max_age=180, future=180),
    parameters=("return_to",),
    tenant_hints=(Match("parameter", "account_id", "account_id", Code.TENANT_MISMATCH),),
    matches=(
        Match("parameter", "account_id", "account_id", Code.ACCOUNT_MISMATCH),
        Match("parameter", "auth_url", "auth_url", Code.ACCOUNT_MISMATCH),
    ),
    target=return_to,
)
#: With the company in the token, projects, agents, and no need of ``iat`` or ``jti``.
COMPANIES = Dialect(
    name="companies",
    label="Companies",
    endpoints=(Endpoint("door/{client_id}/in", methods=("GET",)),),
    claims=(
        Claim("email", Kind.EMAIL, required=True),
        Claim("exp", Kind.TIME, required=True),
        Claim("companyId", Kind.TEXT, required=True),
        Claim("name", Kind.NAME),
        Claim("role", Kind.TEXT),
        Claim("projectId", Kind.IDENTIFIER, slot="project"),
    ),
    time=TimeRule(),
    role_cap=Role.AGENT,
    tenant_hints=(Match("claim", "companyId", "company_id", Code.TENANT_MISMATCH),),
    matches=(Match("claim", "companyId", "company_id", Code.ACCOUNT_MISMATCH),),
    name_on_first_sign_in_only=True,
    rules=(no_rivals,),
)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Router]:
    """The application with two vendors more."""
    with configure(settings) as config:
        config.add_dialect(ACCOUNTS)
        config.add_dialect(COMPANIES)
        router: Router = config.make_wsgi_app()
    yield router
    router.registry["db.engine"].dispose()


@pytest.fixture
def tenants(app: Router, settings: Settings) -> TenantFactory:
    return TenantFactory(app.registry["db.engine"], settings)


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    made.configure(dialects=["accounts", "companies"], auth_url=AUTH_URL)
    with world.factory.session(made.tenant.id) as db:
        tenant = db.merge(made.tenant)
        tenant.account_id = f"acct_{uuid.uuid4().hex}"
        tenant.company_id = f"comp_{uuid.uuid4().hex}"
        db.flush()
        made.tenant = tenant
    return made


class TestParameters:
    def go(self, site: Site, browser: TestApp, path: str = "/knock/auth", **changes: Any) -> Any:
        query = {
            "token": site.token(exp=...),
            "account_id": site.tenant.account_id,
            "auth_url": AUTH_URL,
        } | changes
        at = site.world.url(path) if path.startswith("/knock") else path.removeprefix("root:")
        return browser.get(at, {k: v for k, v in query.items() if v}, expect_errors=True)

    def test_it_signs_in(self, site: Site, browser: TestApp) -> None:
        response = self.go(site, browser, return_to="/tickets")
        assert response.location == f"http://localhost{site.world.url('/tickets')}"
        assert site.last().dialect == "accounts"

    def test_at_the_root_the_parameter_names_the_tenant(self, site: Site, browser: TestApp) -> None:
        assert self.go(site, browser, "root:/knock/auth").status_int == 303
        assert site.signed_in(browser) == "cleo@customer.test"
        assert self.go(site, browser, "root:/knock/auth", account_id="nope").status_int == 404

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"account_id": "acct_other"}, "tenant_mismatch"),
            ({"account_id": ""}, "tenant_mismatch"),
            ({"auth_url": ""}, "account_mismatch"),
            ({"auth_url": AUTH_URL + "/"}, "account_mismatch"),
            ({"auth_url": AUTH_URL.upper()}, "account_mismatch"),
        ],
    )
    def test_the_settings_must_be_met_letter_by_letter(
        self, site: Site, browser: TestApp, changes: dict[str, str], code: str
    ) -> None:
        assert self.go(site, browser, **changes).status_int == 403
        assert site.last().code == code

    def test_each_parameter_comes_once(self, site: Site, browser: TestApp) -> None:
        query = f"token={site.token()}&account_id=a&account_id=a"
        browser.get(site.world.url(f"/knock/auth?{query}"), status=400)

    def test_its_clock_tolerance_is_its_own(self, site: Site, browser: TestApp) -> None:
        ahead = site.token(iat=int(time.time()) + 170, exp=...)
        assert self.go(site, browser, token=ahead).status_int == 303


class TestClaims:
    PATH = "/door/{client_id}/in"

    def go(self, site: Site, browser: TestApp, path: str = "", **claims: Any) -> Any:
        claims = {"companyId": site.tenant.company_id, "iat": ..., "jti": ...} | claims
        at = path or site.world.url(self.PATH.format(client_id="c1"))
        return browser.get(at, {"id_token": site.token(**claims)}, expect_errors=True)

    def test_it_signs_in_without_iat_or_jti_and_once(self, site: Site, browser: TestApp) -> None:
        raw = site.token(companyId=site.tenant.company_id, iat=..., jti=...)
        at = site.world.url(self.PATH.format(client_id="c1"))
        assert browser.get(at, {"token": raw}).status_int == 303
        assert site.world.anonymous().get(at, {"token": raw}, status=401)
        assert site.last().code == "token_replayed"
        assert site.last().jti_hash is None

    def test_only_by_the_methods_that_it_has(self, site: Site, browser: TestApp) -> None:
        at = site.world.url(self.PATH.format(client_id="c1"))
        response = browser.post(at, {"token": site.token()}, status=405)
        assert response.headers["Allow"] == "GET"

    def test_agents_projects_and_the_first_name(self, site: Site, browser: TestApp) -> None:
        new = {"email": "nina@customer.test", "role": "AGENT", "projectId": "proj_abc123"}
        assert self.go(site, browser, name="Nina", **new).status_int == 303
        assert self.go(site, browser, name="Other", **new).status_int == 303
        user = site.user("nina@customer.test")
        assert user is not None
        assert (user.name, user.role) == ("Nina", "agent")
        with site.world.factory.session(site.tenant.id) as db:
            joined = select(UserProject.user_id).where(UserProject.tenant_id == site.tenant.id)
            assert db.scalars(joined).all() == [user.id]

    def test_an_unknown_project_is_noted_and_no_more(self, site: Site, browser: TestApp) -> None:
        assert self.go(site, browser, projectId="nope").status_int == 303
        assert site.last().warnings == ["project_unknown"]

    def test_its_own_rule_may_refuse(self, site: Site, browser: TestApp) -> None:
        assert self.go(site, browser, email="rival@customer.test").status_int == 403
        assert site.last().code == "email_other_company"
        assert site.user("rival@customer.test") is None

    def test_at_the_root_the_claim_names_the_tenant(self, site: Site, browser: TestApp) -> None:
        at = self.PATH.format(client_id="c1")
        assert self.go(site, browser, at).status_int == 303
        assert self.go(site, browser, at, companyId="nope").status_int == 404

    def test_ten_minutes_are_the_most(self, site: Site, browser: TestApp) -> None:
        assert self.go(site, browser, exp=int(time.time()) + 700).status_int == 401
        assert site.last().code == "token_lifetime_too_long"


def test_switching_tokens_off_switches_every_dialect_off(
    site: Site, world: World, browser: TestApp
) -> None:
    with world.factory.session(site.tenant.id) as db:
        db.merge(site.tenant).authenticators = ["session", "local_password"]
    browser.get(
        world.url("/door/c/in"),
        {"token": site.token(companyId=site.tenant.company_id)},
        status=403,
    )
    assert site.last().code == "dialect_disabled"
    assert "as a whole" in site.last().hint
