"""Zendesk: the form and the link, the profile, the way back, logging out and errors."""

import socket
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from sqlalchemy import select
from webtest import TestApp

from portal.people.models import Identity, Organisation
from tests.factories import World
from tests.functional.signin.conftest import REMOTE_LOGIN, FromNow, Site
from tests.functional.signin.vendors import reason, send

LOGOUT_URL = "https://www.acme.test/signout"


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    made.configure(dialects=["zendesk"], primary_dialect="zendesk", remote_logout_url=LOGOUT_URL)
    return made


def token(site: Site, **changes: Any) -> str:
    """What Zendesk's own example signs: its jti is a number."""
    made = {"exp": ..., "jti": 8883362531196.326 + time.time_ns() % 10**6, "name": "Test User"}
    return site.token(**(made | changes))


def post(site: Site, browser: TestApp, query: str = "", **changes: Any) -> Any:
    """The form that the company's page submits by itself."""
    form = {"jwt": token(site, **changes.pop("claims", {}))} | changes
    at = site.world.url("/access/jwt") + query
    return browser.post(at, form, expect_errors=True)


def test_the_form_signs_in(site: Site, browser: TestApp) -> None:
    response = post(site, browser)
    assert response.status_int == 303
    assert response.location == f"http://localhost{site.world.url('/')}"
    assert site.signed_in(browser) == "cleo@customer.test"
    assert site.last().dialect == "zendesk"


def test_the_link_of_older_scripts_does_as_well(site: Site, browser: TestApp) -> None:
    back = f"http://localhost{site.world.url('/tickets')}"
    parameters = {"jwt": token(site), "return_to": back}
    response = send(browser, site.world.url("/access/jwt"), parameters)
    assert response.location == back


@pytest.mark.parametrize("jti", ["a-text", 8883362531196.326, 42])
def test_a_jti_is_a_text_or_a_number_and_counts_once(
    site: Site, browser: TestApp, world: World, jti: object
) -> None:
    assert post(site, browser, claims={"jti": jti}).status_int == 303
    assert post(site, world.anonymous(), claims={"jti": jti, "name": "X"}).location.startswith(
        f"{LOGOUT_URL}?kind=error"
    )
    assert site.last().code == "token_replayed"


def test_a_form_from_another_site_comes_without_cookies(site: Site, browser: TestApp) -> None:
    raw = token(site)
    response = browser.post(
        site.world.url("/access/jwt"),
        {"jwt": raw, "return_to": "/tickets"},
        headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    )
    assert response.location.endswith(site.world.url("/login/continue"))
    assert response.follow().location == f"http://localhost{site.world.url('/tickets')}"


@pytest.mark.parametrize("where", ["body", "query"])
@pytest.mark.parametrize(
    ("wanted", "below", "warnings"),
    [
        ("/tickets", "/tickets", []),
        ("https://evil.test/", "/", ["redirect_blocked"]),
        ("", "/", []),
    ],
)
def test_return_to(
    site: Site, browser: TestApp, where: str, wanted: str, below: str, warnings: list[str]
) -> None:
    if where == "body":
        response = post(site, browser, return_to=wanted)
    else:
        response = post(site, browser, f"?return_to={wanted}")
    assert response.location == f"http://localhost{site.world.url(below)}"
    assert site.last().warnings == warnings


class TestTheProfile:
    def test_what_our_tables_have_room_for_is_kept(self, site: Site, browser: TestApp) -> None:
        post(
            site,
            browser,
            claims={
                "email": "nina@elsewhere.test", "name": "Nina", "external_id": 56865,
                "locale": "de-AT", "organization": "Customer Ltd", "tags": ["vip"],
                "phone": "+49 30 1234", "user_fields": {"plan": "gold", "areas": ["a"]},
                "remote_photo_url": "http://127.0.0.1:9/never-fetched.png", "role": "end-user",
            },
        )  # fmt: skip
        user = site.user("nina@elsewhere.test")
        assert user is not None
        assert (user.name, user.role, user.locale) == ("Nina", "customer", "de")
        with site.world.factory.session(site.tenant.id) as db:
            organisation = select(Organisation.name).where(Organisation.id == user.organisation_id)
            assert db.scalar(organisation) == "Customer Ltd"
            known = select(Identity.external_id).where(Identity.user_id == user.id)
            assert db.scalars(known).all() == ["56865"]
        assert site.last().warnings == []

    def test_the_address_of_a_photo_is_not_looked_at(self, site: Site, browser: TestApp) -> None:
        with socket.create_server(("127.0.0.1", 0)) as photos:
            photos.settimeout(0.2)
            port = photos.getsockname()[1]
            photo = f"http://127.0.0.1:{port}/photo.png"
            assert post(site, browser, claims={"remote_photo_url": photo}).status_int == 303
            with pytest.raises(TimeoutError):
                photos.accept()

    def test_the_next_sign_in_brings_it_up_to_date(self, site: Site, browser: TestApp) -> None:
        assert post(site, browser, claims={"email": "dora@customer.test", "name": "Dora D"})
        user = site.user("dora@customer.test")
        assert user is not None
        assert user.organisation_id is None
        claims = {
            "email": "dora@customer.test", "organization": "Customer Ltd", "locale": "de",
        }  # fmt: skip
        post(site, browser, claims=claims)
        user = site.user("dora@customer.test")
        assert user is not None
        assert user.organisation_id is not None
        assert user.locale == "de"
        post(site, browser, claims=claims | {"locale": "en", "organization": ...})
        again = site.user("dora@customer.test")
        assert again is not None
        assert (again.locale, again.organisation_id) == ("de", user.organisation_id)

    def test_an_organisation_is_not_made(self, site: Site, browser: TestApp) -> None:
        response = post(
            site, browser, claims={"email": "n@elsewhere.test", "organization": "customer ltd"}
        )
        assert response.status_int == 303
        user = site.user("n@elsewhere.test")
        assert user is not None
        assert user.organisation_id is None
        assert site.last().warnings == ["organisation_unknown"]

    def test_without_syncing_an_account_stays_as_it_is(self, site: Site, browser: TestApp) -> None:
        site.configure(sync_profile=False)
        post(
            site,
            browser,
            claims={"email": "dora@customer.test", "organization": "Customer Ltd", "name": "X"},
        )
        user = site.user("dora@customer.test")
        assert user is not None
        assert (user.name, user.organisation_id) == ("Dora Customer", None)

    @pytest.mark.parametrize(
        ("word", "role", "warnings"),
        [("agent", "agent", []), ("admin", "agent", ["role_capped"]), ("user", "customer", [])],
    )
    def test_at_most_an_agent(
        self, site: Site, browser: TestApp, word: str, role: str, warnings: list[str]
    ) -> None:
        post(site, browser, claims={"email": "new@acme.test", "role": word})
        user = site.user("new@acme.test")
        assert user is not None
        assert user.role == role
        assert site.last().warnings == warnings

    def test_a_new_address_is_known_by_the_external_id(self, site: Site, browser: TestApp) -> None:
        post(site, browser, claims={"email": "a@elsewhere.test", "external_id": "u7"})
        first = site.user("a@elsewhere.test")
        post(site, browser, claims={"email": "b@elsewhere.test", "external_id": "u7"})
        second = site.user("b@elsewhere.test")
        assert first is not None
        assert second is not None
        assert first.id == second.id


def error_of(response: Any) -> dict[str, str]:
    """What the logout URL is told."""
    assert response.status_int == 303
    base, _, query = response.location.partition("?")
    assert base == LOGOUT_URL
    return dict(parse_qsl(query))


class TestRefusals:
    @pytest.mark.parametrize(
        ("claims", "code", "sentence"),
        [
            ({"iat": FromNow(-200)}, "token_expired",
             "Your sign-in link had expired before it reached us."),
            ({"iat": FromNow(500)}, "token_not_yet_valid", None),
            ({"name": ...}, "claim_missing", None),
            ({"jti": ...}, "claim_missing", None),
            ({"email": "nobody"}, "email_invalid", None),
            ({"secret": "x" * 40}, "token_signature_invalid", "We could not confirm this sign-in."),
            ({"email": "ada@acme.test"}, "role_requires_local_login", None),
        ],
    )  # fmt: skip
    def test_go_to_the_logout_url(
        self, site: Site, browser: TestApp, claims: dict[str, Any], code: str, sentence: str | None
    ) -> None:
        error = error_of(post(site, browser, claims=claims))
        line = site.last()
        assert line.code == code
        assert error["kind"] == "error"
        assert line.reference in error["message"]
        assert sentence is None or error["message"].startswith(sentence)
        assert set(error) == {"kind", "message"}
        assert site.signed_in(browser) is None

    def test_a_replay_too_but_not_for_who_is_in_already(self, site: Site, world: World) -> None:
        raw = token(site)
        at, browser = site.world.url("/access/jwt"), world.anonymous()
        assert send(browser, at, {"jwt": raw}).status_int == 303
        assert "already used" in error_of(send(world.anonymous(), at, {"jwt": raw}))["message"]
        again = send(browser, at, {"jwt": raw})
        assert again.status_int == 401
        assert "Continue" in again.text

    def test_without_a_logout_url_they_stay_here(self, site: Site, browser: TestApp) -> None:
        site.configure(remote_logout_url="")
        response = post(site, browser, claims={"name": ...})
        assert response.status_int == 401
        assert reason(response)

    def test_nobody_is_sent_anywhere_by_a_dialect_that_is_off(
        self, site: Site, browser: TestApp
    ) -> None:
        site.configure(dialects=["happyfox"])
        for claims in ({}, {"name": ...}):
            assert post(site, browser, claims=claims).status_int == 403
        garbage = browser.post(site.world.url("/access/jwt"), {"jwt": "a.b.c"}, expect_errors=True)
        assert garbage.status_int == 400

    def test_programs_get_json(self, site: Site, browser: TestApp) -> None:
        response = browser.post(
            site.world.url("/access/jwt"), {"jwt": "a.b.c"},
            headers={"Accept": "application/json"}, status=400,
        )  # fmt: skip
        assert response.json["error"]["code"] == "token_malformed"


class TestLinks:
    def test_the_sign_in_link(self, site: Site, browser: TestApp, world: World) -> None:
        page = browser.get(world.url("/login"), {"next": "/tickets"})
        (link,) = {a["href"] for a in page.html.select("a[href]") if REMOTE_LOGIN in a["href"]}
        query = parse_qs(urlsplit(link).query)
        assert query["brand_id"] == [world.slug]
        assert query["locale_id"] == ["1"]
        assert query["return_to"] == [f"http://localhost{world.url('/tickets')}"]
        assert abs(int(query["timestamp"][0]) - time.time()) < 60

    @pytest.mark.parametrize(
        ("configured", "expected"),
        [
            (LOGOUT_URL, "?email=cleo%40customer.test&external_id=u7&brand_id={slug}"),
            (f"{LOGOUT_URL}?email=&external_id=", "?email=&external_id=&brand_id={slug}"),
        ],
    )
    def test_logging_out_says_who_left(
        self, site: Site, browser: TestApp, world: World, configured: str, expected: str
    ) -> None:
        site.configure(remote_logout_url=configured)
        post(site, browser, claims={"external_id": "u7"})
        location = browser.get(world.url("/logout")).location
        assert location == LOGOUT_URL + expected.format(slug=world.slug)
