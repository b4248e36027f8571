"""RFC 7009 and RFC 7662: a client takes tokens back, and asks whether they are good."""

from typing import Any

import pytest
from webtest import TestApp

from tests.factories import World
from tests.functional.issuer.conftest import Forum


@pytest.fixture
def tokens(forum: Forum, cleo: TestApp) -> dict[str, Any]:
    return forum.tokens(cleo)


@pytest.fixture
def other(world: World) -> Forum:
    return Forum(world)


def is_active(forum: Forum, token: str) -> bool:
    return bool(forum.call("introspect", token=token).json["active"])


class TestRevoking:
    def test_a_refresh_token_takes_its_family_along(
        self, forum: Forum, tokens: dict[str, Any]
    ) -> None:
        answer = forum.call("revoke", token=tokens["refresh_token"])
        assert (answer.status_int, answer.json) == (200, {})
        assert not is_active(forum, tokens["access_token"])
        assert forum.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"

    def test_an_access_token_goes_alone(self, forum: Forum, tokens: dict[str, Any]) -> None:
        forum.call("revoke", token=tokens["access_token"])
        assert forum.userinfo(tokens["access_token"]).status_int == 401
        assert forum.refresh(tokens["refresh_token"]).status_int == 200

    @pytest.mark.parametrize("hint", ["access_token", "refresh_token", "cookie", ""])
    def test_a_hint_changes_nothing(self, forum: Forum, tokens: dict[str, Any], hint: str) -> None:
        asked = forum.call("introspect", token=tokens["refresh_token"], token_type_hint=hint)
        assert asked.json["active"]
        answer = forum.call("revoke", token=tokens["refresh_token"], token_type_hint=hint)
        assert answer.status_int == 200
        assert not is_active(forum, tokens["refresh_token"])

    @pytest.mark.parametrize("token", ["x", "x" * 43, "é"])
    def test_what_is_none_is_no_error(self, forum: Forum, token: str) -> None:
        assert forum.call("revoke", token=token).status_int == 200
        assert forum.call("introspect", token=token).json == {"active": False}

    def test_without_one_it_is(self, forum: Forum) -> None:
        for name in ("revoke", "introspect"):
            answer = forum.call(name)
            assert (answer.status_int, answer.json["error"]) == (400, "invalid_request")

    def test_another_clients_is_refused(
        self, forum: Forum, other: Forum, tokens: dict[str, Any]
    ) -> None:
        for kind in ("access_token", "refresh_token"):
            answer = other.call("revoke", token=tokens[kind])
            assert (answer.status_int, answer.json["error"]) == (400, "invalid_grant")
            assert is_active(forum, tokens[kind])

    def test_who_does_not_authenticate(self, forum: Forum, tokens: dict[str, Any]) -> None:
        for name in ("revoke", "introspect"):
            answer = forum.call(name, secret="wrong", token=tokens["access_token"])
            assert (answer.status_int, answer.json["error"]) == (401, "invalid_client")
            assert "WWW-Authenticate" in answer.headers
        assert is_active(forum, tokens["access_token"])

    def test_a_public_client_takes_its_own_back(self, world: World, cleo: TestApp) -> None:
        app = Forum(world, kind="public")
        token = app.tokens(cleo)["access_token"]
        assert app.call("revoke", token=token).status_int == 200
        assert app.userinfo(token).status_int == 401


class TestAsking:
    def test_what_is_told(self, forum: Forum, tokens: dict[str, Any]) -> None:
        told = forum.call("introspect", token=tokens["access_token"]).json
        assert told["active"] is True
        assert told["client_id"] == told["aud"] == forum.client_id
        assert told["iss"] == forum.issuer
        assert told["scope"] == "openid profile email"
        assert told["token_type"] == "Bearer"
        assert told["exp"] - told["iat"] == 600
        refresh = forum.call("introspect", token=tokens["refresh_token"]).json
        assert refresh["active"] is True
        assert "token_type" not in refresh

    def test_another_client_learns_nothing(self, other: Forum, tokens: dict[str, Any]) -> None:
        for kind in ("access_token", "refresh_token"):
            told = other.call("introspect", token=tokens[kind])
            assert (told.status_int, told.json) == (200, {"active": False})

    def test_a_public_client_asks_nothing(self, world: World, cleo: TestApp) -> None:
        app = Forum(world, kind="public")
        answer = app.call("introspect", token=app.tokens(cleo)["access_token"])
        assert answer.status_int == 401

    def test_a_used_refresh_token_is_none(self, forum: Forum, tokens: dict[str, Any]) -> None:
        forum.refresh(tokens["refresh_token"])
        assert not is_active(forum, tokens["refresh_token"])
