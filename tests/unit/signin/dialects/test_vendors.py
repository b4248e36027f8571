"""What each vendor's document says, as tables: addresses, claims, times, links and words."""

from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest

from portal.people.models import Role
from portal.signin.claims import Claims, Kind, read_claims
from portal.signin.codes import Code
from portal.signin.dialects import BUILT_IN
from portal.signin.dialects.base import Departure, Dialect, Farewell, TenantFacts, no_url
from portal.signin.dialects.canny import CANNY
from portal.signin.dialects.central import CENTRAL
from portal.signin.dialects.freshworks import FRESHWORKS
from portal.signin.dialects.happyfox import HAPPYFOX
from portal.signin.dialects.issuely import ISSUELY
from portal.signin.dialects.proprofs import PROPROFS
from portal.signin.dialects.zendesk import ZENDESK
from portal.signin.parameters import Parameters
from portal.signin.times import TimeRule, Times, check_times
from portal.signin.trace import Trace
from tests.unit.signin.tokens import NOW, refusal_of

ACME = TenantFacts(
    slug="acme",
    home_url="https://portal.example/acme/",
    company_id="comp_acme",
    account_id="acct_acme",
    auth_url="https://www.acme.test/auth",
    authorization_url="https://www.acme.test/authorize?prompt=none",
    client_id="3028360",
    remote_login_url="https://www.acme.test/login?lang=en",
    remote_logout_url="https://www.acme.test/bye",
)
BARE = TenantFacts(slug="acme", home_url="https://portal.example/acme/")


class Said(NamedTuple):
    """What a vendor's document says."""

    dialect: Dialect
    path: str
    methods: tuple[str, ...]
    required: set[str]
    optional: set[str]
    time: TimeRule
    algorithm: str
    cap: Role


_BOTH = ("GET", "POST")
SAID = (
    Said(
        CENTRAL, "auth/callback", _BOTH, {"email", "iat", "exp", "jti"},
        {"name", "role", "external_user_id", "redirect_url"}, TimeRule(), "HS256", Role.CUSTOMER,
    ),
    Said(
        ISSUELY, "api/auth/sso", _BOTH, {"companyId", "email", "exp"},
        {"name", "role", "projectId"}, TimeRule(), "HS256", Role.AGENT,
    ),
    Said(
        PROPROFS, "sso/auth", _BOTH, {"email", "iat", "jti"}, set(), TimeRule(max_age=180),
        "HS256", Role.CUSTOMER,
    ),
    Said(
        HAPPYFOX, "jwt", _BOTH, {"email", "iat", "jti"}, {"name"}, TimeRule(max_age=120), "HS256",
        Role.CUSTOMER,
    ),
    Said(
        ZENDESK, "access/jwt", _BOTH, {"email", "iat", "jti", "name"},
        {"external_id", "locale", "organization", "tags", "phone", "role", "user_fields"},
        TimeRule(max_age=180, future=180), "HS256", Role.AGENT,
    ),
    Said(
        FRESHWORKS, "sp/OIDC/{client_id}/implicit", ("GET",), {"sub", "email", "nonce", "iat"},
        {"name", "given_name", "family_name"}, TimeRule(max_age=600), "RS256", Role.CUSTOMER,
    ),
    Said(
        CANNY, "api/redirects/sso", _BOTH, {"email", "id", "name", "iat"}, set(),
        TimeRule(max_age=600), "HS256", Role.CUSTOMER,
    ),
)  # fmt: skip


def test_every_dialect_is_in_the_table() -> None:
    assert {said.dialect.name for said in SAID} == {each.name for each in BUILT_IN}


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.dialect.name)
def test_the_document(said: Said) -> None:
    dialect = said.dialect
    (endpoint,) = dialect.endpoints
    assert (endpoint.path, endpoint.methods) == (said.path, said.methods)
    assert {claim.name for claim in dialect.claims if claim.required} == said.required
    assert {claim.name for claim in dialect.claims if not claim.required} == said.optional
    assert (dialect.time, dialect.algorithms) == (said.time, (said.algorithm,))
    assert dialect.role_cap is said.cap


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.dialect.name)
def test_each_required_claim_is_missed_by_its_name(said: Said) -> None:
    whole: dict[str, Any] = {
        claim.name: int(NOW) if claim.kind is Kind.TIME else "a@b.example"
        for claim in said.dialect.claims
        if claim.required
    }
    assert refusal_of(lambda: read_claims(whole, said.dialect.claims, Trace())) is None
    for name in said.required:
        part = {key: value for key, value in whole.items() if key != name}
        refused = refusal_of(lambda part=part: read_claims(part, said.dialect.claims, Trace()))  # type: ignore[misc]  # bound now, not later
        assert refused is not None
        assert (refused.code, refused.wanted) == (Code.CLAIM_MISSING, name)


@pytest.mark.parametrize(
    ("dialect", "iat", "exp", "code"),
    [
        (ISSUELY, None, 600, None),
        (ISSUELY, None, 601, Code.TOKEN_LIFETIME_TOO_LONG),
        (ISSUELY, -10, 590, None),
        (ISSUELY, -10, 591, Code.TOKEN_LIFETIME_TOO_LONG),
        (ISSUELY, 60, 300, None),
        (ISSUELY, 61, 300, Code.TOKEN_NOT_YET_VALID),
        (ISSUELY, None, 0, Code.TOKEN_EXPIRED),
        (PROPROFS, -180, None, None),
        (PROPROFS, -181, None, Code.TOKEN_EXPIRED),
        (PROPROFS, 61, None, Code.TOKEN_NOT_YET_VALID),
        (ZENDESK, -180, None, None),
        (ZENDESK, -181, None, Code.TOKEN_EXPIRED),
        (ZENDESK, 180, None, None),
        (ZENDESK, 181, None, Code.TOKEN_NOT_YET_VALID),
        (FRESHWORKS, -600, None, None),
        (FRESHWORKS, -601, None, Code.TOKEN_EXPIRED),
        (FRESHWORKS, 0, 3600, Code.TOKEN_LIFETIME_TOO_LONG),
        (CANNY, -600, None, None),
        (CANNY, -601, None, Code.TOKEN_EXPIRED),
    ],
)
def test_times_on_both_sides_of_each_bound(
    dialect: Dialect, iat: int | None, exp: int | None, code: Code | None
) -> None:
    times = Times(None if iat is None else NOW + iat, None if exp is None else NOW + exp)
    refused = refusal_of(lambda: check_times(times, dialect.time, now=NOW, trace=Trace()))
    assert (refused.code if refused else None) is code


def query(url: str | None) -> dict[str, str]:
    """The parameters of a URL; each may appear once."""
    assert url is not None
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


DEEP = "https://portal.example/acme/tickets/42?a=1&b=2"
LEAVING = Departure(ACME, DEEP, locale="de", now=1_800_000_000, state="s-1", nonce="n-1")


@pytest.mark.parametrize(
    ("dialect", "added"),
    [
        (ISSUELY, {}),
        (PROPROFS, {}),
        (HAPPYFOX, {}),
        (
            ZENDESK,
            {
                "brand_id": "acme", "locale_id": "8", "return_to": DEEP,
                "timestamp": "1800000000",
            },
        ),
        (CANNY, {"redirect": DEEP, "companyID": "comp_acme"}),
    ],
)  # fmt: skip
def test_what_the_sign_in_link_adds(dialect: Dialect, added: dict[str, str]) -> None:
    assert query(dialect.login_url(LEAVING)) == {"lang": "en"} | added
    assert dialect.login_url(Departure(BARE, DEEP)) is None


def test_where_freshworks_sends_people() -> None:
    url = FRESHWORKS.login_url(LEAVING)
    assert url is not None
    assert url.startswith("https://www.acme.test/authorize?prompt=none&response_type=id_token&")
    assert query(url) == {
        "prompt": "none",
        "response_type": "id_token",
        "client_id": "3028360",
        "scope": "openid email profile",
        "state": "s-1",
        "redirect_uri": "https://portal.example/acme/sp/OIDC/3028360/implicit",
        "nonce": "n-1",
    }
    for missing in ("authorization_url", "client_id"):
        values = {"authorization_url": "https://x.test", "client_id": "c"} | {missing: ""}
        facts = TenantFacts(slug="acme", home_url="https://portal.example/acme/", **values)
        assert FRESHWORKS.login_url(Departure(facts, DEEP)) is None


def test_without_a_page_to_go_to_zendesk_and_canny_come_home() -> None:
    assert query(ZENDESK.login_url(Departure(ACME)))["return_to"] == ACME.home_url
    assert query(ZENDESK.login_url(Departure(ACME, locale="fr")))["locale_id"] == "1"
    assert query(CANNY.login_url(Departure(ACME)))["redirect"] == ACME.home_url


@pytest.mark.parametrize(
    ("configured", "parameters"),
    [
        ("", {"email": "c@d.test", "external_id": "7", "brand_id": "acme"}),
        ("?email=", {"email": "", "external_id": "7", "brand_id": "acme"}),
        ("?email=&external_id=", {"email": "", "external_id": "", "brand_id": "acme"}),
        ("?email=&external_id=&brand_id=", {"email": "", "external_id": "", "brand_id": ""}),
        ("?x=1", {"x": "1", "email": "c@d.test", "external_id": "7", "brand_id": "acme"}),
    ],
)
def test_zendesks_logout_says_who_left_unless_left_blank(
    configured: str, parameters: dict[str, str]
) -> None:
    facts = TenantFacts(
        slug="acme",
        home_url="https://x.test/",
        remote_logout_url=f"https://www.acme.test/o{configured}",
    )
    farewell = Farewell(facts, email="c@d.test", external_id="7")
    assert query(ZENDESK.logout_url(farewell)) == parameters


def test_zendesks_errors_go_to_the_logout_url() -> None:
    url = ZENDESK.refusal_url(Farewell(ACME, message="Späte & böse"))
    assert url == "https://www.acme.test/bye?kind=error&message=Sp%C3%A4te%20%26%20b%C3%B6se"
    assert ZENDESK.refusal_url(Farewell(BARE, message="x")) is None
    assert ZENDESK.logout_url(Farewell(BARE)) is None
    assert [each.name for each in BUILT_IN if each.refusal_url is not no_url] == ["zendesk"]


@pytest.mark.parametrize("dialect", [ISSUELY, PROPROFS, FRESHWORKS, CANNY])
def test_others_log_out_to_the_url_as_it_is(dialect: Dialect) -> None:
    assert dialect.logout_url(Farewell(ACME, email="c@d.test")) == ACME.remote_logout_url
    assert dialect.logout_url(Farewell(BARE)) is None


@pytest.mark.parametrize(
    ("dialect", "parameter"),
    [
        (ISSUELY, None), (PROPROFS, None), (FRESHWORKS, None), (ZENDESK, "return_to"),
        (CANNY, "redirect"),
    ],
)  # fmt: skip
def test_which_parameter_says_where_to_go(dialect: Dialect, parameter: str | None) -> None:
    every = {name: f"/{name}" for name in ("return_to", "redirect", "redirect_url", "next")}
    claims = Claims({"email": "a@b.example", "target": "/claim"})
    wanted = None if parameter is None else f"/{parameter}"
    assert dialect.target(claims, Parameters("t", every)) == wanted
    assert parameter is None or parameter in dialect.parameters


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"given_name": "Lionel", "family_name": "Andrés"}, "Lionel Andrés"),
        ({"given_name": "Lionel"}, "Lionel"),
        ({"family_name": "Andrés"}, "Andrés"),
        ({"name": "Leo", "given_name": "Lionel"}, "Leo"),
        ({}, None),
    ],
)
def test_freshworks_puts_names_together(claims: dict[str, str], name: str | None) -> None:
    assert FRESHWORKS.person_name(Claims(claims)) == name


def test_zendesks_profile_is_read_and_typed() -> None:
    payload = {
        "iat": int(NOW), "jti": 8883362531196.326, "email": "a@b.example", "name": "A",
        "external_id": 56865, "locale": "en-US", "organization": "Customer Ltd",
        "tags": ["vip", "beta"], "phone": "+49 30 1234", "role": "end-user",
        "user_fields": {"plan": "gold", "seats": 3, "trial": False, "areas": ["a", "b"]},
        "remote_photo_url": "https://tracker.test/pixel.png",
    }  # fmt: skip
    claims = read_claims(payload, ZENDESK.claims, Trace())
    assert claims.text("jti") == "8883362531196.326"
    assert claims.text("external_id") == "56865"
    assert claims.text("organisation") == "Customer Ltd"
    assert claims.texts("tags") == ("vip", "beta")
    assert claims.text("phone") == "+49 30 1234"
    assert claims.fields("user_fields") == {
        "plan": "gold", "seats": "3", "trial": "false", "areas": "a, b",
    }  # fmt: skip
    assert "remote_photo_url" not in claims.values
    wrong: tuple[dict[str, Any], ...] = (
        {"tags": {}}, {"phone": []}, {"user_fields": "x"}, {"role": 1}, {"locale": 1},
    )  # fmt: skip
    for bad in wrong:
        refused = refusal_of(
            lambda bad=bad: read_claims(payload | bad, ZENDESK.claims, Trace())  # type: ignore[misc]  # bound now, not later
        )
        assert refused is not None
        assert refused.code is Code.CLAIM_TYPE


def test_issuelys_own_words() -> None:
    assert ISSUELY.sentence(Code.EMAIL_OTHER_COMPANY) == (
        "An account with this email already exists under a different company"
    )
    for other in BUILT_IN:
        if other is not ISSUELY:
            ours = Code.EMAIL_OTHER_COMPANY.public.sentence
            assert other.sentence(Code.EMAIL_OTHER_COMPANY) == ours
            assert other.rules == ()
