"""OpenID Connect Core, 3.1: from a client to the portal and back, with a code and with tokens."""

import time

from webtest import TestApp

from tests.factories import World
from tests.functional.issuer.conftest import CALLBACK, Forum, came_back


def test_whoever_is_signed_in_here_is_signed_in_there(
    forum: Forum, world: World, cleo: TestApp
) -> None:
    back = came_back(forum.send(cleo))
    assert back.keys() == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == ("the-state", forum.issuer)
    answer = forum.redeem(back["code"])
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    claims = forum.read(body["id_token"])
    user = world.seed.users["cleo"]
    assert claims["sub"] == str(user.id)
    assert (claims["email"], claims["name"]) == (user.email, user.name)
    assert claims["nonce"] == "the-nonce"
    assert claims["exp"] - claims["iat"] == 300
    assert abs(claims["auth_time"] - time.time()) < 60
    assert forum.userinfo(body["access_token"]).json["email"] == user.email


def test_a_stranger_signs_in_first_and_goes_on(forum: Forum, world: World) -> None:
    browser = world.anonymous()
    login = forum.send(browser)
    assert login.status_int == 303
    page = login.follow()
    form = next(each for each in page.forms.values() if "email" in each.fields)
    form["email"], form["password"] = "cleo@customer.test", "staple-lantern-orchid"
    answer = form.submit()
    assert came_back(answer.follow()).keys() == {"code", "state", "iss"}


def test_the_sign_in_page_lets_its_form_end_at_the_client(forum: Forum, world: World) -> None:
    """Browsers hold the redirects after a form to the policy of its page."""
    page = forum.send(world.anonymous()).follow()
    assert "form-action 'self' https://forum.acme.test;" in page.headers["Content-Security-Policy"]
    elsewhere = world.anonymous().get(world.url("/login"))
    assert "form-action 'self';" in elsewhere.headers["Content-Security-Policy"]


def test_discovery_names_what_there_is(forum: Forum) -> None:
    found = forum.server.get(forum.world.url("/.well-known/openid-configuration")).json
    assert found["issuer"] == forum.issuer
    assert found["token_endpoint"] == f"{forum.issuer}/oauth2/token"
    assert found["code_challenge_methods_supported"] == ["S256"]


def test_the_same_code_twice_ends_what_the_first_led_to(forum: Forum, cleo: TestApp) -> None:
    code = forum.code(cleo)
    tokens = forum.redeem(code).json
    again = forum.redeem(code)
    assert (again.status_int, again.json["error"]) == (400, "invalid_grant")
    assert forum.userinfo(tokens["access_token"]).status_int == 401
    assert forum.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_refreshing_rotates(forum: Forum, cleo: TestApp) -> None:
    first = forum.tokens(cleo)
    second = forum.refresh(first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    assert forum.read(second["id_token"])["sub"] == forum.read(first["id_token"])["sub"]
    assert "nonce" not in forum.read(second["id_token"])
    assert forum.userinfo(second["access_token"]).status_int == 200


def test_a_refresh_token_used_twice_ends_the_family(forum: Forum, cleo: TestApp) -> None:
    first = forum.tokens(cleo)
    second = forum.refresh(first["refresh_token"]).json
    assert forum.refresh(first["refresh_token"]).json["error"] == "invalid_grant"
    assert forum.userinfo(second["access_token"]).status_int == 401
    assert forum.refresh(second["refresh_token"]).json["error"] == "invalid_grant"


def test_signing_out_here_ends_it_there(forum: Forum, world: World, cleo: TestApp) -> None:
    tokens = forum.tokens(cleo)
    cleo.get(world.url("/logout"))
    assert forum.userinfo(tokens["access_token"]).status_int == 401
    assert forum.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_revoking_and_asking(forum: Forum, cleo: TestApp) -> None:
    tokens = forum.tokens(cleo)
    asked = forum.call("introspect", token=tokens["access_token"]).json
    assert asked["active"]
    assert asked["sub"] == str(forum.world.seed.users["cleo"].id)
    assert forum.call("revoke", token=tokens["refresh_token"]).status_int == 200
    assert forum.call("introspect", token=tokens["access_token"]).json == {"active": False}
    assert forum.userinfo(tokens["access_token"]).status_int == 401


def test_a_public_client_has_its_verifier_alone(world: World, cleo: TestApp) -> None:
    app = Forum(world, kind="public")
    code = app.code(cleo)
    assert app.redeem(code, code_verifier="x" * 43).json["error"] == "invalid_grant"
    assert app.redeem(code).status_int == 200
    assert CALLBACK
