"""RFC 6749, and 7636, 9207 and 9700 on it: what clients send, and what they are told."""

import base64
import string
from typing import Any
from urllib.parse import quote

import pytest
from webtest import TestApp
from webtest.response import TestResponse

from portal.issuer import views_token
from portal.signin.throttles import Limit
from tests.factories import World
from tests.functional.issuer.conftest import CALLBACK, Forum, came_back

#: What an `error_description` may hold (5.2).
ALLOWED = set(string.printable) - set('"\\\t\n\r\x0b\x0c')


def basic(name: str, secret: str) -> dict[str, str]:
    """The header of HTTP Basic."""
    pair = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def exchanging(forum: Forum, code: str) -> dict[str, str]:
    """The body of a token request."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": forum.verifier,
    }


def post(forum: Forum, fields: Any, query: str = "", **headers: str) -> TestResponse:
    """A token request as it stands."""
    return forum.server.post(
        f"{forum.at('token')}{query}", fields, headers=headers, expect_errors=True
    )


class TestAuthentication:
    """2.3 and 3.2.1."""

    @pytest.mark.parametrize("extra", ["client_secret", "client_id"])
    def test_in_one_way_as_one_client(self, forum: Forum, cleo: TestApp, extra: str) -> None:
        code, other = forum.code(cleo), Forum(forum.world)
        more = {"client_secret": forum.secret, "client_id": other.client_id}[extra]
        answer = forum.redeem(code, **{extra: more})
        assert (answer.status_int, answer.json["error"]) == (400, "invalid_request")
        assert forum.redeem(code, client_id=forum.client_id).status_int == 200

    def test_a_failure_is_answered_with_a_challenge(self, forum: Forum) -> None:
        answer = forum.redeem("x", secret="wrong")
        assert answer.status_int == 401
        assert answer.headers["WWW-Authenticate"].startswith('Basic realm="')

    def test_guessing_is_cut_off(
        self, forum: Forum, cleo: TestApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views_token, "REFUSED_CLIENTS", Limit("issuer:address", 2, 300))
        code = forum.code(cleo)
        for status in (401, 401, 429):
            assert forum.redeem(code, secret="wrong").status_int == status
        # The right secret as well, until the time is up.
        assert forum.redeem(code).status_int == 429

    def test_an_unknown_client_and_a_wrong_secret_read_the_same(self, forum: Forum) -> None:
        wrong = forum.redeem("x", secret="wrong")
        forum.client_id = "site_unknown"
        unknown = forum.redeem("x", secret="wrong")
        assert (wrong.status_int, wrong.json) == (unknown.status_int, unknown.json)

    def test_its_parts_may_be_percent_encoded(self, forum: Forum, cleo: TestApp) -> None:
        """2.3.1 and Appendix B: some encode every character."""
        secret = "".join(f"%{ord(each):02X}" for each in forum.secret or "")
        headers = basic(quote(forum.client_id), secret)
        assert post(forum, exchanging(forum, forum.code(cleo)), **headers).status_int == 200

    def test_a_confidential_client_cannot_leave_it_out(self, forum: Forum, cleo: TestApp) -> None:
        fields = exchanging(forum, forum.code(cleo)) | {"client_id": forum.client_id}
        assert post(forum, fields).json["error"] == "invalid_client"

    def test_a_public_one_has_no_secret_to_guess(self, world: World, cleo: TestApp) -> None:
        app = Forum(world, kind="public")
        code = app.code(cleo)
        for headers in (basic(app.client_id, "x"), basic(app.client_id, "\0" * 32)):
            assert post(app, exchanging(app, code), **headers).status_int == 401


class TestParameters:
    """3.1, 3.2 and 4.1."""

    def test_in_the_address_they_count_for_nothing(self, forum: Forum, cleo: TestApp) -> None:
        fields, headers = (
            exchanging(forum, forum.code(cleo)),
            basic(forum.client_id, forum.secret or ""),
        )
        for name in ("grant_type", "code", "redirect_uri", "code_verifier"):
            rest = {key: value for key, value in fields.items() if key != name}
            answer = post(forum, rest, f"?{name}={quote(fields[name])}", **headers)
            assert answer.status_int == 400, name
        assert post(forum, fields, **headers).status_int == 200

    @pytest.mark.parametrize("name", ["code", "grant_type", "redirect_uri", "more"])
    def test_none_comes_twice(self, forum: Forum, cleo: TestApp, name: str) -> None:
        fields = exchanging(forum, forum.code(cleo))
        twice = [*fields.items(), (name, fields.get(name, "1")), (name, fields.get(name, "2"))]
        answer = post(forum, twice, **basic(forum.client_id, forum.secret or ""))
        assert (answer.status_int, answer.json["error"]) == (400, "invalid_request")

    def test_one_in_the_address_and_one_in_the_form_are_two(
        self, forum: Forum, cleo: TestApp
    ) -> None:
        query = f"?state=1&redirect_uri={quote('https://evil.test/')}"
        answer = cleo.post(f"{forum.at('authorize')}{query}", forum.asking(), expect_errors=True)
        assert answer.status_int == 400
        assert "Location" not in answer.headers

    def test_unknown_ones_are_ignored(self, forum: Forum, cleo: TestApp) -> None:
        code = forum.code(cleo, colour="green", resource="https://api.acme.test")
        assert forum.redeem(code, colour="green").status_int == 200

    def test_empty_ones_are_left_out(self, forum: Forum, cleo: TestApp) -> None:
        assert "state" not in came_back(forum.send(cleo, state="", nonce="", prompt=""))
        assert forum.redeem("", code="").json["error"] == "invalid_request"

    def test_a_body_that_is_no_form_has_none(self, forum: Forum, cleo: TestApp) -> None:
        answer = forum.server.post_json(
            forum.at("token"),
            exchanging(forum, forum.code(cleo)),
            headers=basic(forum.client_id, forum.secret or ""),
            expect_errors=True,
        )
        assert (answer.status_int, answer.json["error"]) == (400, "invalid_request")

    def test_a_registered_query_is_kept(self, forum: Forum, cleo: TestApp) -> None:
        uri = f"{CALLBACK}?shop=1"
        forum.change(redirect_uris=[uri])
        back = came_back(forum.send(cleo, redirect_uri=uri))
        assert (back["shop"], back["iss"]) == ("1", forum.issuer)
        assert forum.redeem(back["code"], redirect_uri=uri).status_int == 200


class TestErrors:
    """4.1.2.1 and 5.2."""

    @pytest.mark.parametrize("words", ['"', "\\", "é", "\n", "a\x7f", "x" * 3000])
    def test_no_description_holds_what_it_must_not(
        self, forum: Forum, cleo: TestApp, words: str
    ) -> None:
        told = forum.redeem("x", grant_type=words).json
        assert told["error"] == "unsupported_grant_type"
        # One that is too long for an address is told as well, in it.
        back = came_back(forum.send(cleo, response_type=words[:500]))
        assert back["error"] == "unsupported_response_type"
        for answer in (told, back):
            assert set(answer.get("error_description", "")) <= ALLOWED

    def test_they_say_who_says_so(self, forum: Forum, cleo: TestApp) -> None:
        """RFC 9207, 2: errors as well."""
        assert came_back(forum.send(cleo, scope=...))["error"] == "invalid_scope"
        assert came_back(forum.send(cleo, scope=...))["iss"] == forum.issuer

    def test_nothing_keeps_an_answer(self, forum: Forum, cleo: TestApp) -> None:
        tokens = forum.redeem(forum.code(cleo))
        answers = [
            tokens,
            forum.redeem("x"),
            forum.refresh(tokens.json["refresh_token"]),
            forum.call("introspect", token="x"),
            forum.call("revoke", token="x"),
            forum.userinfo("x"),
            forum.userinfo(tokens.json["access_token"]),
        ]
        for answer in answers:
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Pragma"] == "no-cache"
            assert answer.content_type == "application/json"
        assert "no-store" in forum.send(cleo).headers["Cache-Control"]
        assert forum.send(cleo).headers["Referrer-Policy"] == "no-referrer"


class TestRefreshing:
    """6."""

    def test_less_may_be_asked_for_and_never_more(self, forum: Forum, cleo: TestApp) -> None:
        first = forum.tokens(cleo, scope="openid email")
        wider = forum.refresh(first["refresh_token"], scope="openid email profile")
        assert wider.json["error"] == "invalid_scope"
        less = forum.refresh(first["refresh_token"], scope="openid").json
        assert less["scope"] == "openid"
        assert "email" not in forum.userinfo(less["access_token"]).json
        # What was granted stays granted.
        assert forum.refresh(less["refresh_token"]).json["scope"] == "openid email"

    def test_it_is_the_clients_own(self, forum: Forum, world: World, cleo: TestApp) -> None:
        other, token = Forum(world), forum.tokens(cleo)["refresh_token"]
        assert other.refresh(token).json["error"] == "invalid_grant"
        # A stranger who tries it out ends nothing.
        assert forum.refresh(token).status_int == 200

    def test_a_confidential_client_authenticates(self, forum: Forum, cleo: TestApp) -> None:
        token = forum.tokens(cleo)["refresh_token"]
        assert forum.refresh(token, secret="wrong").status_int == 401
        fields = {"grant_type": "refresh_token", "refresh_token": token}
        assert post(forum, fields | {"client_id": forum.client_id}).status_int == 401

    def test_an_access_token_is_none(self, forum: Forum, cleo: TestApp) -> None:
        token = forum.tokens(cleo)["access_token"]
        assert forum.refresh(token).json["error"] == "invalid_grant"


class TestPkce:
    """RFC 7636, 4."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"code_challenge": ...},
            {"code_challenge_method": ...},
            {"code_challenge_method": "plain"},
            {"code_challenge_method": "s256"},
            {"code_challenge": "x" * 42},
            {"code_challenge": "x" * 129},
            {"code_challenge": "+" * 43},
        ],
    )
    def test_what_is_none_is_refused(
        self, forum: Forum, cleo: TestApp, changes: dict[str, Any]
    ) -> None:
        assert came_back(forum.send(cleo, **changes))["error"] == "invalid_request"

    @pytest.mark.parametrize("verifier", ["x" * 42, "x" * 129, "é" * 43, "x" * 43 + "\n"])
    def test_a_verifier_that_is_none(self, forum: Forum, cleo: TestApp, verifier: str) -> None:
        code = forum.code(cleo)
        error = forum.redeem(code, code_verifier=verifier).json["error"]
        assert error in ("invalid_request", "invalid_grant")
        assert forum.redeem(code).status_int == 200

    def test_the_challenge_is_no_verifier(self, forum: Forum, cleo: TestApp) -> None:
        """Whoever saw the request has nothing to redeem with: it is not compared as it is."""
        asked = forum.asking()
        answer = forum.redeem(forum.code(cleo), code_verifier=asked["code_challenge"])
        assert answer.json["error"] == "invalid_grant"

    def test_another_sign_ins_verifier(self, forum: Forum, cleo: TestApp) -> None:
        code = forum.code(cleo)
        forum.verifier = "z" * 43
        assert forum.redeem(code).json["error"] == "invalid_grant"
        assert forum.redeem(forum.code(cleo)).status_int == 200
