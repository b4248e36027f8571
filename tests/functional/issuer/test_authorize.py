"""The authorization endpoint: what a client may ask, and who is told of a fault."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import update
from webtest import TestApp

from portal.issuer.models import IssuerConsent
from portal.security.models import Session
from portal.tenants.models import Tenant
from tests.factories import World
from tests.functional.issuer.conftest import CALLBACK, Forum, came_back

#: What is wrong with the client or its address: nobody is sent anywhere.
NOWHERE: dict[str, dict[str, Any]] = {
    "an unknown client": {"client_id": "site_unknown"},
    "no client": {"client_id": ...},
    "a NUL in the client": {"client_id": "site_\0"},
    "no address": {"redirect_uri": ...},
    "another address": {"redirect_uri": "https://evil.test/"},
    "more path": {"redirect_uri": f"{CALLBACK}/"},
    "a query": {"redirect_uri": f"{CALLBACK}?x=1"},
    "another case": {"redirect_uri": CALLBACK.upper()},
    "a user": {"redirect_uri": CALLBACK.replace("https://", "https://evil.test@")},
    "a quotation mark": {"redirect_uri": f'{CALLBACK}"'},
    "a line break": {"redirect_uri": f"{CALLBACK}\r\nX: y"},
}

#: What the client is told, at its own address.
TOLD: dict[str, tuple[dict[str, Any], str]] = {
    "another response type": ({"response_type": "token"}, "unsupported_response_type"),
    "no response type": ({"response_type": ...}, "invalid_request"),
    "the hybrid flow": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "no scope that there is": ({"scope": "calendar"}, "invalid_scope"),
    "no PKCE": ({"code_challenge": ...}, "invalid_request"),
    "plain PKCE": ({"code_challenge_method": "plain"}, "invalid_request"),
    "PKCE without its method": ({"code_challenge_method": ...}, "invalid_request"),
    "a short challenge": ({"code_challenge": "x"}, "invalid_request"),
    "a request object": ({"request": "e30.e30."}, "request_not_supported"),
    "a request's address": ({"request_uri": "https://x.test/"}, "request_uri_not_supported"),
    "an answer in the fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "none and login": ({"prompt": "none login"}, "invalid_request"),
    "an unknown prompt": ({"prompt": "dance"}, "invalid_request"),
    "an age in words": ({"max_age": "young"}, "invalid_request"),
    "a negative age": ({"max_age": "-1"}, "invalid_request"),
    "a huge nonce": ({"nonce": "n" * 513}, "invalid_request"),
}


@pytest.mark.parametrize("fault", NOWHERE)
def test_who_names_no_client_of_ours_is_told_here(forum: Forum, cleo: TestApp, fault: str) -> None:
    answer = forum.send(cleo, **NOWHERE[fault])
    assert answer.status_int == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("fault", TOLD)
def test_the_client_is_told_what_is_wrong(forum: Forum, cleo: TestApp, fault: str) -> None:
    changes, error = TOLD[fault]
    back = came_back(forum.send(cleo, **changes))
    assert back["error"] == error
    assert (back["state"], back["iss"]) == ("the-state", forum.issuer)
    assert "code" not in back


def test_a_parameter_that_comes_twice_counts_for_nobody(forum: Forum, cleo: TestApp) -> None:
    query = urlencode([*forum.asking().items(), ("redirect_uri", CALLBACK)])
    assert cleo.get(f"{forum.at('authorize')}?{query}", status=400)


def test_a_client_that_is_switched_off(forum: Forum, cleo: TestApp) -> None:
    forum.change(disabled_at=datetime.now(UTC))
    assert forum.send(cleo).status_int == 400


def test_the_state_comes_back_as_it_was(forum: Forum, cleo: TestApp) -> None:
    state = "a b&c=d?e#f/g\\h\"i'ü\N{GRINNING FACE}%0d%0a"
    assert came_back(forum.send(cleo, state=state))["state"] == state


def test_what_is_not_asked_for_is_not_told(forum: Forum, cleo: TestApp) -> None:
    body = forum.tokens(cleo, scope="openid email calendar")
    assert body["scope"] == "openid email"
    claims = forum.read(body["id_token"])
    assert "email" in claims
    assert "name" not in claims
    assert forum.userinfo(body["access_token"]).json.keys() == {"sub", "email", "email_verified"}


def test_without_openid_there_is_no_id_token(forum: Forum, cleo: TestApp) -> None:
    body = forum.tokens(cleo, scope="profile")
    assert "id_token" not in body
    answer = forum.userinfo(body["access_token"])
    assert answer.status_int == 403
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_the_organisation(forum: Forum, cleo: TestApp) -> None:
    body = forum.tokens(cleo, scope="openid organisation")
    organisation = forum.world.seed.organisation
    assert forum.read(body["id_token"])["organisation"] == {
        "id": str(organisation.id),
        "name": organisation.name,
    }


def test_a_form_from_another_site_becomes_a_visit(forum: Forum, cleo: TestApp) -> None:
    answer = cleo.post(forum.at("authorize"), forum.asking())
    assert answer.status_int == 303
    assert "code" in came_back(answer.follow())


class TestPrompt:
    def test_none_signs_in_whoever_is_in(self, forum: Forum, cleo: TestApp) -> None:
        assert "code" in came_back(forum.send(cleo, prompt="none"))

    def test_none_asks_nobody(self, forum: Forum, world: World) -> None:
        back = came_back(forum.send(world.anonymous(), prompt="none"))
        assert back["error"] == "login_required"

    @pytest.mark.parametrize("prompt", ["login", "select_account"])
    def test_login_asks_for_it_anew(self, forum: Forum, world: World, prompt: str) -> None:
        browser = world.browser("cleo")
        self.make_older(world)
        login = forum.send(browser, prompt=prompt)
        assert "/login?" in login.location
        form = next(each for each in login.follow().forms.values() if "password" in each.fields)
        form["email"], form["password"] = "carl@customer.test", "staple-lantern-orchid"
        code = came_back(form.submit().follow())["code"]
        claims = forum.read(forum.redeem(code).json["id_token"])
        assert claims["email"] == "carl@customer.test"

    def test_too_old_a_sign_in_is_made_anew(self, forum: Forum, world: World) -> None:
        browser = world.browser("cleo")
        assert "code" in came_back(forum.send(browser, max_age="300"))
        self.make_older(world)
        assert "/login?" in forum.send(browser, max_age="300").location
        back = came_back(forum.send(browser, max_age="300", prompt="none"))
        assert back["error"] == "login_required"

    def make_older(self, world: World) -> None:
        """Everybody signed in an hour ago."""
        with world.factory.session(world.seed.tenant.id) as db:
            db.execute(update(Session).values(created_at=datetime.now(UTC) - timedelta(hours=1)))


class TestThirdParty:
    @pytest.fixture
    def theirs(self, world: World) -> Forum:
        return Forum(world, third_party=True)

    def test_people_are_asked_once(self, theirs: Forum, cleo: TestApp) -> None:
        page = theirs.send(cleo)
        assert page.status_int == 200
        assert "Sign in at Forum?" in page
        assert "your e-mail address" in page
        assert "https://forum.acme.test" in page.headers["Content-Security-Policy"]
        answer = page.forms[0].submit("decision", value="allow")
        code = came_back(answer)["code"]
        assert theirs.redeem(code).status_int == 200
        assert "code" in came_back(theirs.send(cleo))

    def test_more_than_was_allowed_is_asked_again(self, theirs: Forum, cleo: TestApp) -> None:
        page = theirs.send(cleo, scope="openid")
        assert "your e-mail address" not in page
        came_back(page.forms[0].submit("decision", value="allow"))
        assert theirs.send(cleo, scope="openid email").status_int == 200

    def test_who_says_no_goes_back_without(self, theirs: Forum, cleo: TestApp) -> None:
        back = came_back(theirs.send(cleo).forms[0].submit("decision", value="deny"))
        assert back["error"] == "access_denied"
        with theirs.world.factory.session(theirs.world.seed.tenant.id) as db:
            assert db.query(IssuerConsent).count() == 0

    def test_nobody_is_asked_with_prompt_none(self, theirs: Forum, cleo: TestApp) -> None:
        assert came_back(theirs.send(cleo, prompt="none"))["error"] == "consent_required"

    def test_the_answer_needs_our_own_form(self, theirs: Forum, cleo: TestApp) -> None:
        query = urlencode(theirs.asking())
        cleo.post(f"{theirs.at('consent')}?{query}", {"decision": "allow"}, status=400)

    def test_prompt_consent_asks_again(self, theirs: Forum, cleo: TestApp) -> None:
        came_back(theirs.send(cleo).forms[0].submit("decision", value="allow"))
        assert theirs.send(cleo, prompt="consent").status_int == 200


def test_an_own_site_asks_nobody(forum: Forum, cleo: TestApp) -> None:
    assert "code" in came_back(forum.send(cleo, prompt="consent"))


def test_a_request_that_is_too_long_to_come_back_to(forum: Forum, world: World) -> None:
    back = came_back(forum.send(world.anonymous(), state="s" * 1900))
    assert back["error"] == "invalid_request"
    assert quote(back["state"]) == "s" * 1900


class TestSecondFactor:
    """Where the tenant wants one of its team, nobody gets to another site without it."""

    @pytest.fixture
    def ben(self, world: World) -> TestApp:
        with world.factory.session(world.seed.tenant.id) as db:
            db.get_one(Tenant, world.seed.tenant.id).second_factor = "staff"
        return world.browser("ben")

    def test_it_is_set_up_first(self, forum: Forum, ben: TestApp) -> None:
        answer = forum.send(ben)
        assert "/profile/security?next=" in answer.location
        idp = ben.get(f"{forum.world.url('/idp/')}?{urlencode({'redirect': CALLBACK})}")
        assert "/profile/security?next=" in idp.location

    def test_nobody_is_asked_with_prompt_none(self, forum: Forum, ben: TestApp) -> None:
        assert came_back(forum.send(ben, prompt="none"))["error"] == "login_required"

    def test_customers_go_on(self, forum: Forum, ben: TestApp, cleo: TestApp) -> None:
        assert ben
        assert "code" in came_back(forum.send(cleo))
