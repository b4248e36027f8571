"""What each dialect says of itself, and that another vendor fits in without touching the rest."""

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationExecutionError

from portal.people.models import Role
from portal.signin.claims import Claim, Claims, Kind
from portal.signin.codes import Code
from portal.signin.dialects import dialects
from portal.signin.dialects.base import (
    Departure,
    Dialect,
    Endpoint,
    Farewell,
    Match,
    TenantFacts,
    with_query,
)
from portal.signin.dialects.central import CENTRAL
from portal.signin.dialects.happyfox import HAPPYFOX
from portal.signin.parameters import Parameters
from portal.signin.times import TimeRule

ACME = TenantFacts(
    slug="acme",
    home_url="https://portal.example/acme/",
    remote_login_url="https://www.acme.test/ticket-sso?lang=en#top",
    remote_logout_url="https://www.acme.test/bye",
)
BARE = TenantFacts(slug="acme", home_url="https://portal.example/acme/")
EMAIL = Claim("email", Kind.EMAIL, required=True)
EXP = Claim("exp", Kind.TIME, required=True)


def test_centrals_login_link_carries_its_three_parameters() -> None:
    deep = "https://portal.example/acme/tickets/42?a=1&b=ü"
    assert CENTRAL.login_url(Departure(ACME, deep)) == (
        "https://www.acme.test/ticket-sso?lang=en"
        "&redirect_url=https%3A%2F%2Fportal.example%2Facme%2Ftickets%2F42%3Fa%3D1%26b%3D%C3%BC"
        "&callback_api=https%3A%2F%2Fportal.example%2Facme%2Fapi%2Fauth%2Fredirect"
        "&tenant=acme#top"
    )
    dashboard = CENTRAL.login_url(Departure(ACME))
    assert dashboard is not None
    assert "redirect_url=https%3A%2F%2Fportal.example%2Facme%2Fdashboard&" in dashboard


def test_without_a_remote_login_url_there_is_no_link() -> None:
    assert CENTRAL.login_url(Departure(BARE, "https://portal.example/acme/tickets/42")) is None
    assert HAPPYFOX.login_url(Departure(BARE)) is None


def test_happyfoxs_link_is_the_url_as_configured() -> None:
    assert HAPPYFOX.login_url(Departure(ACME, "x")) == ACME.remote_login_url


@pytest.mark.parametrize("dialect", [CENTRAL, HAPPYFOX])
def test_logout_leads_to_the_configured_url_or_the_landing_page(dialect: Dialect) -> None:
    assert dialect.logout_url(Farewell(ACME, email="a@b.example")) == ACME.remote_logout_url
    assert dialect.logout_url(Farewell(BARE)) is None
    assert dialect.refusal_url(Farewell(ACME)) is None


def test_the_page_to_go_to() -> None:
    claims = Claims({"email": "a@b.example", "target": "/tickets/42"})
    parameters = Parameters("t", {"redirect_url": "https://evil.com", "return_to": "/x"})
    assert CENTRAL.target(claims, parameters) == "/tickets/42"
    assert HAPPYFOX.target(claims, parameters) is None


def test_happyfoxs_own_words() -> None:
    assert HAPPYFOX.sentence(Code.TOKEN_EXPIRED) == "Remote token has expired"
    assert CENTRAL.sentence(Code.TOKEN_EXPIRED) == Code.TOKEN_EXPIRED.public.sentence
    assert HAPPYFOX.sentence(Code.CLAIM_TYPE) == Code.CLAIM_TYPE.public.sentence


def test_a_claim_makes_at_most_a_customer() -> None:
    assert CENTRAL.role_cap is HAPPYFOX.role_cap is Role.CUSTOMER


def test_key_lengths() -> None:
    assert (CENTRAL.key_length, HAPPYFOX.key_length) == (48, 32)


@pytest.mark.parametrize(
    ("path", "segments", "found"),
    [
        ("jwt", ("jwt",), {}),
        ("jwt", ("jwt", "x"), None),
        ("jwt", ("JWT",), None),
        ("auth/callback", ("auth", "callback"), {}),
        ("auth/callback", ("auth",), None),
        ("sp/OIDC/{client_id}/implicit", ("sp", "OIDC", "c1", "implicit"), {"client_id": "c1"}),
        ("sp/OIDC/{client_id}/implicit", ("sp", "oidc", "c1", "implicit"), None),
    ],
)
def test_endpoints(path: str, segments: tuple[str, ...], found: dict[str, str] | None) -> None:
    assert Endpoint(path).match(segments) == found


@pytest.mark.parametrize(
    ("url", "result"),
    [
        ("https://a.test/x", "https://a.test/x?k=%2F%26+%20"),
        ("https://a.test/x?", "https://a.test/x?k=%2F%26+%20"),
        ("https://a.test/x?a=1", "https://a.test/x?a=1&k=%2F%26+%20"),
        ("https://a.test/x?a=1&", "https://a.test/x?a=1&k=%2F%26+%20"),
        ("https://a.test/x#f?g", "https://a.test/x?k=%2F%26+%20#f?g"),
    ],
)
def test_a_query_is_added_to_what_is_there(url: str, result: str) -> None:
    assert with_query(url, {"k": "/&+ "}) == result.replace("+", "%2B")
    assert with_query(url, {}) == url


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"claims": (EXP,)}, "e-mail"),
        ({"claims": (Claim("email", Kind.EMAIL), EXP)}, "e-mail"),
        ({"claims": (EMAIL,)}, "end"),
        ({"claims": (EMAIL,), "time": TimeRule(max_age=60)}, "end"),
        ({"time": TimeRule(max_age=601)}, "600"),
        ({"role_cap": Role.ADMIN}, "admin"),
        ({"started_here": True}, "state"),
        ({"started_here": True, "parameters": ("state",)}, "state"),
    ],
)
def test_a_dialect_that_would_be_unsafe_cannot_be_made(
    changes: dict[str, object], word: str
) -> None:
    made: dict[str, object] = {
        "name": "x", "label": "X", "endpoints": (), "claims": (EMAIL, EXP), "time": TimeRule(),
    }  # fmt: skip
    with pytest.raises(ValueError, match=word):
        Dialect(**(made | changes))  # type: ignore[arg-type]  # a table of arguments


def configurator() -> Configurator:
    config = Configurator()
    config.include("portal.signin.dialects")
    return config


def test_a_package_adds_one_with_a_directive() -> None:
    doorkeeper = Dialect(
        name="doorkeeper",
        label="Doorkeeper",
        endpoints=(Endpoint("door/sso"),),
        claims=(
            EMAIL,
            EXP,
            Claim("companyId", Kind.TEXT, required=True),
            Claim("name", Kind.NAME),
            Claim("role", Kind.TEXT),
            Claim("projectId", Kind.IDENTIFIER, slot="project"),
        ),
        time=TimeRule(),
        role_cap=Role.AGENT,
        tenant_hints=(Match("claim", "companyId", "company_id", Code.TENANT_MISMATCH),),
        name_on_first_sign_in_only=True,
    )
    config = configurator()
    config.add_dialect(doorkeeper)
    config.commit()
    assert set(dialects(config.registry)) == {
        "canny", "central", "doorkeeper", "freshworks", "happyfox", "issuely", "proprofs",
        "zendesk",
    }  # fmt: skip
    assert dialects(config.registry)["doorkeeper"] is doorkeeper


def test_two_of_one_name_are_a_conflict() -> None:
    config = configurator()
    config.commit()
    config.add_dialect(Dialect("z", "Z", (Endpoint("z"),), (EMAIL, EXP), TimeRule()))
    config.add_dialect(Dialect("z", "Z2", (Endpoint("z2"),), (EMAIL, EXP), TimeRule()))
    with pytest.raises(ConfigurationConflictError):
        config.commit()


def test_two_at_one_address_are_an_error() -> None:
    config = configurator()
    config.add_dialect(Dialect("z", "Z", (Endpoint("jwt"),), (EMAIL, EXP), TimeRule()))
    with pytest.raises(ConfigurationExecutionError, match="happyfox"):
        config.commit()
