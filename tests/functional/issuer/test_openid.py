"""OpenID Connect Core, 2, 3.1, 5.3 and 12: what a provider of the code flow has to do."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from sqlalchemy import update
from webtest import TestApp
from webtest.response import TestResponse

from portal.security.models import Session
from tests.factories import PASSWORD, World
from tests.functional.issuer.conftest import Forum, came_back


def sign_in(page: TestResponse, who: str) -> TestResponse:
    """Fill in the sign-in page; the answer is the first page after it."""
    form = next(each for each in page.forms.values() if "password" in each.fields)
    form["email"], form["password"] = f"{who}@customer.test", PASSWORD
    return form.submit().follow()


def change_sessions(world: World, **values: Any) -> None:
    with world.factory.session(world.seed.tenant.id) as db:
        db.execute(update(Session).values(**values))


class TestIdToken:
    """2 and 3.1.3.6."""

    def test_its_claims(self, forum: Forum, cleo: TestApp) -> None:
        body = forum.tokens(cleo)
        decoded = jwt.decode(body["id_token"], forum.keys(), algorithms=["RS256"])
        assert decoded.header["alg"] == "RS256"
        assert decoded.header["kid"] in {key.kid for key in forum.keys().keys}
        claims = decoded.claims
        assert claims["iss"] == forum.issuer
        assert claims["aud"] == forum.client_id
        assert claims["sub"].isascii()
        assert len(claims["sub"]) <= 255
        assert all(isinstance(claims[name], int) for name in ("iat", "exp", "auth_time"))
        assert claims["nonce"] == "the-nonce"
        half = hashlib.sha256(body["access_token"].encode()).digest()[:16]
        assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()

    def test_no_nonce_without_one(self, forum: Forum, cleo: TestApp) -> None:
        assert "nonce" not in forum.read(forum.tokens(cleo, nonce=...)["id_token"])

    def test_the_same_person_is_the_same_everywhere(
        self, forum: Forum, world: World, cleo: TestApp
    ) -> None:
        body = forum.tokens(cleo)
        sub = forum.read(body["id_token"])["sub"]
        assert forum.userinfo(body["access_token"]).json["sub"] == sub
        assert forum.read(forum.tokens(world.browser("carl"))["id_token"])["sub"] != sub

    def test_a_refreshed_one_is_about_the_same_sign_in(
        self, forum: Forum, world: World, cleo: TestApp
    ) -> None:
        """12.2."""
        change_sessions(world, created_at=datetime.now(UTC) - timedelta(hours=1))
        first = forum.tokens(cleo)
        second = forum.refresh(first["refresh_token"]).json
        old, new = forum.read(first["id_token"]), forum.read(second["id_token"])
        for name in ("iss", "sub", "aud", "auth_time", "sid"):
            assert old[name] == new[name]
        assert new["iat"] >= old["iat"]
        assert new["iat"] - new["auth_time"] >= 3600
        assert "nonce" not in new

    def test_a_refreshed_one_says_how_they_had_signed_in_then(
        self, forum: Forum, world: World, cleo: TestApp
    ) -> None:
        """Like `auth_time`, also when the session has gone on in another way since."""
        change_sessions(world, methods=["pwd", "otp", "mfa"])
        first = forum.tokens(cleo)
        change_sessions(world, methods=[])
        second = forum.refresh(first["refresh_token"]).json
        for body in (first, second):
            assert forum.read(body["id_token"])["amr"] == ["pwd", "otp", "mfa"]
        assert "amr" not in forum.read(forum.tokens(cleo)["id_token"])


class TestIgnored:
    """3.1.2.1 and 15.1: no error, whatever they say."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("display", "popup"),
            ("display", "wap"),
            ("ui_locales", "tlh de"),
            ("claims_locales", "tlh"),
            ("acr_values", "urn:nobody:knows"),
            ("login_hint", "carl@customer.test"),
            ("claims", '{"id_token": {"acr": null}}'),
            ("registration", "{}"),
            ("response_mode", "query"),
        ],
    )
    def test_it_is_no_error(self, forum: Forum, cleo: TestApp, name: str, value: str) -> None:
        assert "code" in came_back(forum.send(cleo, **{name: value}))


class TestMaxAge:
    def test_nought_asks_once(self, forum: Forum, world: World, cleo: TestApp) -> None:
        change_sessions(world, created_at=datetime.now(UTC) - timedelta(minutes=5))
        back = sign_in(forum.send(cleo, max_age="0").follow(), "cleo")
        assert "code" in came_back(back)

    def test_a_moment_in_the_address_makes_no_session_younger(
        self, forum: Forum, world: World, cleo: TestApp
    ) -> None:
        change_sessions(world, created_at=datetime.now(UTC) - timedelta(hours=1))
        for since in ("0", "1", "9" * 12, "-1", "x"):
            answer = forum.send(cleo, max_age="60", prompt="login", signed_in_since=since)
            assert "/login?" in answer.location

    def test_the_question_is_no_way_round(self, world: World, cleo: TestApp) -> None:
        theirs = Forum(world, third_party=True)
        page = theirs.send(cleo, max_age="600")
        change_sessions(world, created_at=datetime.now(UTC) - timedelta(hours=1))
        answer = page.forms[0].submit("decision", value="allow")
        assert "/login?" in answer.location


class TestHint:
    """3.1.2.1, `id_token_hint`, and 3.1.2.2."""

    @pytest.fixture
    def carls(self, forum: Forum, world: World) -> str:
        token: str = forum.tokens(world.browser("carl"))["id_token"]
        return token

    def test_of_whoever_is_there(self, forum: Forum, cleo: TestApp) -> None:
        hint = forum.tokens(cleo)["id_token"]
        assert "code" in came_back(forum.send(cleo, id_token_hint=hint, prompt="none"))

    def test_of_somebody_else(self, forum: Forum, cleo: TestApp, carls: str) -> None:
        back = came_back(forum.send(cleo, id_token_hint=carls, prompt="none"))
        assert back["error"] == "login_required"
        assert "/login?" in forum.send(cleo, id_token_hint=carls).location

    @pytest.mark.parametrize(("who", "outcome"), [("carl", "code"), ("cleo", "error")])
    def test_who_then_signs_in(
        self, forum: Forum, world: World, cleo: TestApp, carls: str, who: str, outcome: str
    ) -> None:
        change_sessions(world, created_at=datetime.now(UTC) - timedelta(minutes=5))
        login = forum.send(cleo, id_token_hint=carls)
        assert outcome in came_back(sign_in(login.follow(), who))

    def test_one_that_is_none_of_ours_means_nobody(self, forum: Forum, cleo: TestApp) -> None:
        assert "code" in came_back(forum.send(cleo, id_token_hint="x.y.z"))
        back = came_back(forum.send(cleo, id_token_hint="x.y.z", prompt="none"))
        assert back["error"] == "login_required"


class TestUserinfo:
    """5.3, and RFC 6750, 2 and 3."""

    def test_a_challenge_says_what_is_wrong(self, forum: Forum, cleo: TestApp) -> None:
        nothing = forum.server.get(forum.at("userinfo"), expect_errors=True)
        assert nothing.status_int == 401
        assert nothing.headers["WWW-Authenticate"].startswith('Bearer realm="')
        assert "error" not in nothing.headers["WWW-Authenticate"]
        wrong = forum.userinfo("x").headers["WWW-Authenticate"]
        assert 'error="invalid_token"' in wrong

    def test_two_ways_at_once_are_refused(self, forum: Forum, cleo: TestApp) -> None:
        token = forum.tokens(cleo)["access_token"]
        answer = forum.server.post(
            forum.at("userinfo"),
            {"access_token": token},
            headers={"Authorization": f"Bearer {token}"},
            expect_errors=True,
        )
        assert (answer.status_int, answer.json["error"]) == (400, "invalid_request")
        assert 'error="invalid_request"' in answer.headers["WWW-Authenticate"]


def test_a_form_and_a_link_are_one_request(forum: Forum, world: World, cleo: TestApp) -> None:
    """3.1.2.1: GET and POST."""
    asked = forum.asking(state="a b&c", scope="openid email")
    visit = cleo.post(forum.at("authorize"), asked)
    assert dict(parse_qsl(urlsplit(visit.location).query)) == asked
    stranger = world.anonymous().post(forum.at("authorize"), asked)
    assert "/login?" in stranger.follow().location
